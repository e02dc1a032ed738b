"""Notice a camera whose pictures are of no use, and say in one sentence why.

Black, dark, burnt out, covered, damaged, out of focus, moved, of another size, or frozen. What is usual is
learned from the first two seconds of a view that stays the same, and followed over minutes, so that people,
goods and daylight do not count. A condition begins when it has lasted for a second, or comes in every second
frame for a few, and ends when it has been gone for two.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import numpy as np

from cart_tracker.observations import CameraHealthChanged, CameraId
from vision.picture_signs import Float32Array, Signs, alike_share, signs_of, view_of
from vision.types import BoolArray, FloatArray, Frame, Image

BLACK_LEVEL = 12.0  # mean grey level of a covered lens or a dead sensor
BLACK_SPREAD = 6.0
# The limits below lie between demo and real footage as it is and with faults put in (`docs/robustness.md`).
DARK_LEVEL = 50.0  # nine tenths of the picture are darker; 65 and more at a third of the usual light
BURNT_SHARE, BURNT_MORE = 0.35, 0.2  # of the picture, and more than is usual: windows may be
CONTRAST = 30.0  # mean square over 8 pixels from which on a tile shows something
COVERED_SHARE = 0.25  # of the tiles that usually show something
FLAT, FLAT_SHARE = 1.0, 0.25  # mean square of decoders' grey, and tiles of it that usually are not flat
BLOCKS, BLOCKS_TIMES_USUAL = 2.5, 2.0  # 1.2 to 1.4 as it is; above 4.5 with a seventh of the blocks misplaced
BLURRED, BLURRED_OF_USUAL = 0.02, 0.4  # 0.09 to 0.23 as it is; below 0.03 with a blur of 2 pixels
# Of the tiles that show something. Real shoppers before a camera leave 0.68 alike, a shift by 8 pixels of 640
# leaves 0.32 at most; smaller ones are for `walkout calibrate drift`.
MOVED_ALIKE = 0.33
LASTS_S, FADES = 1.0, 0.5
# An encoder may repeat an empty view exactly for seconds; a living person never stands that still.
FROZEN_AFTER_S = 2.0
FROZEN_EMPTY_AFTER_S = 30.0
STRIDE_PX = 16
SAME_TROUBLE_S = 5.0
_LEARNT_FROM, _LEARN_EVERY_S = 10, 0.2
_VIEW_EVERY_S = 0.5
_STEADY = 0.5  # of the tiles alike, from look to look while learning
_FOLLOW = 0.001  # of what is seen every half second: a time constant of eight minutes
_SMALLEST_PX = 64  # either way, of pictures that are looked at
_LONGEST_STEP_S = 0.5  # between frames; a gap is the stream's matter


class Trouble(StrEnum):
    """What may be wrong with a picture, in the order in which it is asked for."""

    SIZE = "sends pictures of another size than it was calibrated at"
    BLACK = "the picture is black"
    DARK = "the picture is too dark"
    GLARE = "the picture is burnt out by glare"
    COVERED = "the lens is covered"
    DAMAGED = "sends damaged pictures"
    BLURRED = "the picture is out of focus"
    MOVED = "shows something else than before: it was moved, or something is before it"
    FROZEN = "the picture is frozen"


@dataclass(slots=True)
class _Usual:
    """What a camera's pictures are like as a rule; `view` is what it shows."""

    signs: Signs
    view: Float32Array

    @classmethod
    def of(cls, learnt: Sequence[tuple[Signs, Float32Array]]) -> "_Usual":
        signs = [one for one, _ in learnt]
        middle = Signs(*(_median([getattr(one, part.name) for one in signs]) for part in fields(Signs)))
        return cls(middle, np.median([view for _, view in learnt], axis=0).astype(np.float32))

    @property
    def shows(self) -> BoolArray:
        """Tiles `(6, 8)` with something in them."""
        return self.signs.coarse > CONTRAST


@dataclass(slots=True)
class _Lasting:
    """How long something has been the case, in seconds; wears off half as fast."""

    level_s: float = 0.0
    is_on: bool = False

    def update(self, is_case: bool, elapsed_s: float) -> bool:
        if is_case:
            self.level_s = min(self.level_s + elapsed_s, LASTS_S)
        else:
            self.level_s = max(self.level_s - FADES * elapsed_s, 0.0)
        self.is_on = self.level_s >= LASTS_S - 1e-6 or (self.is_on and self.level_s > 1e-6)
        return self.is_on


class CameraHealth:
    """Watches the frames of one camera in order of time."""

    def __init__(self, size_px: tuple[int, int] | None = None) -> None:
        """Start as usable; `size_px` is the (width, height) it was calibrated at, None for any."""
        self.is_usable = True  # whether the frame last checked may be looked at
        self._size_px = size_px
        self._at_s: float | None = None
        self._lasting = {trouble: _Lasting() for trouble in Trouble if trouble is not Trouble.FROZEN}
        self._told: Trouble | None = None
        self._last: Image | None = None
        self._changed_s = -np.inf
        self._usual: _Usual | None = None
        self._learnt: list[tuple[Signs, Float32Array]] = []
        self._viewed_s = -np.inf
        self._is_moved = False

    def check(self, frame: Frame, people: int) -> CameraHealthChanged | None:
        """Return what changed with this frame, if anything.

        Args:
            frame: The next frame.
            people: How many people were last seen.
        """
        elapsed_s = 0.0 if self._at_s is None else min(max(frame.at_s - self._at_s, 0.0), _LONGEST_STEP_S)
        self._at_s = frame.at_s
        found = self._trouble(frame)
        for trouble, lasting in self._lasting.items():
            lasting.update(trouble is found, elapsed_s)
        is_frozen = self._is_frozen(frame, people)
        told = self._worst(is_frozen=is_frozen)
        self.is_usable = told is None and found not in (Trouble.SIZE, Trouble.DAMAGED)
        if told is self._told:
            return None
        self._told = told
        reason = "the picture is back" if told is None else self._in_words(told, frame)
        return CameraHealthChanged(frame.at_s, frame.camera_id, is_usable=told is None, reason=reason)

    def _worst(self, *, is_frozen: bool) -> Trouble | None:
        """What was told stays as long as it lasts; then the first that does."""
        lasting: list[Trouble] = [trouble for trouble, one in self._lasting.items() if one.is_on]
        lasting += [Trouble.FROZEN] if is_frozen else []
        if self._told in lasting:
            return self._told
        return lasting[0] if lasting else None

    def _trouble(self, frame: Frame) -> Trouble | None:
        height, width = frame.image.shape[:2]
        if self._size_px is not None and (width, height) != self._size_px:
            return Trouble.SIZE
        if min(width, height) < _SMALLEST_PX:
            return None
        signs = signs_of(frame.image)
        trouble = _trouble_of_light(signs, self._usual)
        if trouble is None and self._usual is not None:
            trouble = _trouble_of_detail(signs, self._usual)
        if trouble is None:
            self._compare_views(frame, signs)
            trouble = Trouble.MOVED if self._is_moved else None
        return trouble

    def _compare_views(self, frame: Frame, signs: Signs) -> None:
        """Learn what is usual; later see now and then whether the camera still shows it."""
        every_s = _LEARN_EVERY_S if self._usual is None else _VIEW_EVERY_S
        if frame.at_s - self._viewed_s < every_s - 1e-3:
            return
        self._viewed_s = frame.at_s
        view = view_of(frame.image)
        if self._usual is not None:
            self._is_moved = alike_share(self._usual.view, view) < MOVED_ALIKE
            if not self._is_moved:
                _follow(self._usual, signs, view)
            return
        if self._learnt and alike_share(self._learnt[-1][1], view) < _STEADY:
            self._learnt.clear()
        self._learnt.append((signs, view))
        if len(self._learnt) == _LEARNT_FROM:
            self._usual = _Usual.of(self._learnt)
            self._learnt.clear()

    def _is_frozen(self, frame: Frame, people: int) -> bool:
        sample = frame.image[::STRIDE_PX, ::STRIDE_PX]
        if self._last is None or not np.array_equal(sample, self._last):
            self._changed_s = frame.at_s
            self._last = sample.copy()
        return frame.at_s - self._changed_s >= (FROZEN_AFTER_S if people else FROZEN_EMPTY_AFTER_S)

    def _in_words(self, trouble: Trouble, frame: Frame) -> str:
        if trouble is Trouble.SIZE and self._size_px is not None:
            height, width = frame.image.shape[:2]
            expected = f"{self._size_px[0]}x{self._size_px[1]}"
            return f"sends {width}x{height} pixels but was calibrated at {expected}"
        return str(trouble)


def _trouble_of_light(signs: Signs, usual: _Usual | None) -> Trouble | None:
    if signs.mean <= BLACK_LEVEL and signs.spread <= BLACK_SPREAD:
        return Trouble.BLACK
    if signs.bright < DARK_LEVEL:
        return Trouble.DARK
    usually = 0.0 if usual is None else usual.signs.burnt
    if signs.burnt > max(BURNT_SHARE, usually + BURNT_MORE):
        return Trouble.GLARE
    return None


def _trouble_of_detail(signs: Signs, usual: _Usual) -> Trouble | None:
    if not usual.shows.any():
        return None
    both = usual.shows & (signs.coarse > CONTRAST)
    if both.sum() < COVERED_SHARE * usual.shows.sum():
        return Trouble.COVERED
    went_flat = (signs.coarse < FLAT) & (usual.signs.coarse > 2 * FLAT)
    if went_flat.mean() >= FLAT_SHARE:
        return Trouble.DAMAGED
    if signs.edges_of_blocks > max(BLOCKS, BLOCKS_TIMES_USUAL * usual.signs.edges_of_blocks):
        return Trouble.DAMAGED
    sharp = float(np.median(signs.fine[both] / signs.coarse[both]))
    usually = float(np.median(usual.signs.fine[both] / usual.signs.coarse[both]))
    return Trouble.BLURRED if sharp < max(BLURRED, BLURRED_OF_USUAL * usually) else None


def _follow(usual: _Usual, signs: Signs, view: Float32Array) -> None:
    """Move what is usual towards what is seen, by a little."""
    parts = (part.name for part in fields(Signs))
    usual.signs = Signs(
        *((1 - _FOLLOW) * getattr(usual.signs, part) + _FOLLOW * getattr(signs, part) for part in parts)
    )
    usual.view += np.float32(_FOLLOW) * (view - usual.view)


def _median(values: Sequence[float | FloatArray]) -> Any:
    return np.median(np.asarray(values), axis=0)


class StreamWatch:
    """Puts together what is wrong with a camera's pictures, clock and stream, and says what changed.

    Another reason for the same trouble is told too, but not more often than every 5 s: a camera that is away
    has a new one with every attempt to reach it.
    """

    def __init__(self, camera_id: CameraId) -> None:
        """Start as usable."""
        self.is_usable = True
        self._camera_id = camera_id
        self._reason = ""
        self._picture_reason = ""
        self._clock_reason = ""
        self._stream_reason = ""
        self._told_s = -np.inf

    def picture_changed(self, change: CameraHealthChanged) -> None:
        """Take note of what `CameraHealth` says."""
        self._picture_reason = "" if change.is_usable else change.reason

    def clock_changed(self, change: CameraHealthChanged) -> None:
        """Take note of what `ClockComparison` says."""
        self._clock_reason = "" if change.is_usable else change.reason

    @property
    def sees(self) -> bool:
        """Whether its pictures are of use; its clock may be off."""
        return not (self._stream_reason or self._picture_reason)

    def changes(self, stream_reason: str, now_s: float, at_s: float) -> list[CameraHealthChanged]:
        """Return what `check` does, as a list."""
        change = self.check(stream_reason, now_s, at_s)
        return [] if change is None else [change]

    def check(self, stream_reason: str, now_s: float, at_s: float) -> CameraHealthChanged | None:
        """Return what changed, if anything.

        Args:
            stream_reason: Why no good frames come; empty if they do.
            now_s: The store's time.
            at_s: Time of the change: that up to which everything seen has been told.
        """
        self._stream_reason = stream_reason
        reason = stream_reason or self._picture_reason or self._clock_reason
        is_usable = not reason
        is_repeated = is_usable == self.is_usable and now_s - self._told_s < SAME_TROUBLE_S
        if reason == self._reason or is_repeated:
            return None
        self.is_usable, self._reason, self._told_s = is_usable, reason, now_s
        return CameraHealthChanged(at_s, self._camera_id, is_usable, reason or "the picture is back")
