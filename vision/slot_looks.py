"""What a shelf looks like while nobody is in front of it, pixel by pixel, in the light of its first picture.

Every part of a shelf is either settled, and then its look is kept up to date, or somebody has been in front
of it since: then its new look is collected until it has lasted. Light is evened out over the whole shelf by
its settled parts, so that exposure and white balance that changed meanwhile do not look like sales.
"""

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from vision.boxes import FloatArray
from vision.slot_views import CELL_PX, LIGHT_STEP
from vision.types import BoolArray, Image

Look = npt.NDArray[np.float32]
Window = tuple[slice, slice]  # rows and columns of cells
_Value = TypeVar("_Value", bound=np.generic)

LASTING_S = 0.7  # a look must last this long: shadows of passers-by do not
MIN_SAMPLES = 3
UPDATE_S = 1.0  # settled parts are brought up to date so often
ADAPTION = 0.3  # share of the newest sample in the look of a settled part
FIRST_NOISE = 4.0  # grey levels, until it has been seen
MIN_LIGHT_PX = 50
MIN_TOLD_SHARE = 0.1
MOST_GAIN = 3.0
MIN_LEVEL, MAX_LEVEL = 12, 243  # darker or lighter pixels do not tell the light: they are cut off
FLOOR_LEVELS = 4.0  # keeps ratios of dark pixels finite


@dataclass(frozen=True, slots=True, eq=False)
class LookPair:
    """Part of a shelf before and after somebody was in front of it; one light, `(h, w, 3)` float32.

    Attributes:
        noise: `(h, w)` how far a settled pixel is from its mean, grey levels.
        valid: `(h, w)` pixels that both looks show; elsewhere `after` is `before`.
        since_s: `(h, w)` when each pixel was last seen before.
        at_s: `(h, w)` when each was seen first after.
    """

    before: Look
    after: Look
    noise: Look
    valid: BoolArray
    since_s: FloatArray
    at_s: FloatArray


class ShelfLooks:
    """Looks of one shelf in one camera; sizes in cells are of `CELL_PX` rectified pixels."""

    def __init__(self, seen: BoolArray) -> None:
        """Remember nothing yet of the cells `(rows, columns)` that are seen."""
        self._seen = seen
        shape = (seen.shape[0] * CELL_PX, seen.shape[1] * CELL_PX)
        self._before: Look = np.zeros((*shape, 3), np.float32)
        self._noise: Look = np.full(shape, FIRST_NOISE, np.float32)
        self._total: Look = np.zeros((*shape, 3), np.float32)
        self._known = np.zeros(seen.shape, np.bool_)
        self._count = np.zeros(seen.shape, np.int32)
        self._before_s = np.full(seen.shape, -np.inf)
        self._first_s = np.full(seen.shape, np.inf)
        self._updated_s = -np.inf
        self.is_open = seen.copy()

    def cover(self, covered: BoolArray) -> None:
        """Somebody is in front of these cells."""
        self.is_open |= covered & self._seen
        self._count[covered] = 0

    def gains(self, light: Image, covered: BoolArray) -> Look | None:
        """Gains `(3,)` that give a picture the light of the looks, by what did not change.

        None if too much of what is known is cut off, dark or bright, or the light differs beyond belief:
        then the picture says nothing.

        Args:
            light: Of `ShelfView.light`.
            covered: Cells that people may hide.
        """
        clear = self._seen & ~covered
        for cells in (clear & ~self.is_open, clear & self._known):
            rows, columns = np.nonzero(cells[::LIGHT_STEP, ::LIGHT_STEP])
            if len(rows) < MIN_LIGHT_PX:
                continue
            now = light[rows, columns].astype(np.float32)
            step = LIGHT_STEP * CELL_PX
            then = self._before[rows * step, columns * step]
            told = ((now > MIN_LEVEL) & (now < MAX_LEVEL)).all(axis=1)
            if told.mean() < MIN_TOLD_SHARE:
                return None
            gains = np.median((then[told] + FLOOR_LEVELS) / (now[told] + FLOOR_LEVELS), axis=0)
            is_usable = (gains > 1 / MOST_GAIN).all() and (gains < MOST_GAIN).all()
            return np.asarray(gains, np.float32) if is_usable else None
        return np.ones(3, np.float32)

    def wanted(self, at_s: float, covered: BoolArray) -> Window | None:
        """Cells of which a picture is of use now, None for none: new looks, and all of it once a second."""
        if at_s - self._updated_s >= UPDATE_S - 1e-3:
            return slice(0, self._seen.shape[0]), slice(0, self._seen.shape[1])
        collecting = self._seen & ~covered & self.is_open
        rows, columns = (np.flatnonzero(collecting.any(axis=axis)) for axis in (1, 0))
        if len(rows) == 0:
            return None
        return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)

    def add(self, at_s: float, picture: Image, window: Window, gains: Look, covered: BoolArray) -> None:
        """Take in a rectified picture `(h, w, 3)` of the cells of `window`, which `wanted` gave."""
        clear = self._seen & ~covered
        collecting, settled = clear & self.is_open, clear & ~self.is_open
        self._first_s[collecting & (self._count == 0)] = at_s
        self._before_s[settled] = at_s
        part = tuple(slice(side.start * CELL_PX, side.stop * CELL_PX) for side in window)
        even: Look = picture * gains
        if collecting.any():
            total = self._total[part]
            total[pixels((collecting & (self._count == 0))[window])] = 0.0
            cv2.accumulate(even, total, pixels(collecting[window]).astype(np.uint8))
            self._count[collecting] += 1
        if at_s - self._updated_s >= UPDATE_S - 1e-3:
            self._updated_s = at_s
            mask = pixels(settled).astype(np.uint8)
            off = np.abs(even - self._before).max(axis=2)
            cv2.accumulateWeighted(off, self._noise, ADAPTION, mask)
            cv2.accumulateWeighted(even, self._before, ADAPTION, mask)

    def lasting(self, at_s: float) -> BoolArray:
        """Cells whose new look has lasted."""
        return self.is_open & (self._count >= MIN_SAMPLES) & (at_s - self._first_s >= LASTING_S - 1e-3)

    def lasted_s(self, at_s: float) -> FloatArray:
        """How long each cell has its new look; 0 where it has none."""
        return np.where(self.is_open & (self._count > 0), at_s - self._first_s, 0.0)

    def pair(self, window: Window, lasting: BoolArray) -> LookPair:
        """Both looks of a window of cells."""
        part = tuple(slice(side.start * CELL_PX, side.stop * CELL_PX) for side in window)
        count = pixels(np.maximum(self._count[window], 1)).astype(np.float32)
        valid = pixels(lasting[window] & self._known[window])
        before = self._before[part]
        return LookPair(
            before=before,
            after=np.where(valid[..., None], self._total[part] / count[..., None], before),
            noise=self._noise[part],
            valid=valid,
            since_s=pixels(self._before_s[window]),
            at_s=pixels(self._first_s[window]),
        )

    def settle(self, cells: BoolArray) -> None:
        """Take the new looks of these cells for what the shelf looks like from now on."""
        mask = pixels(cells)
        count = pixels(np.maximum(self._count, 1)).astype(np.float32)
        self._before[mask] = self._total[mask] / count[mask][:, None]
        self._known |= cells
        self.is_open &= ~cells
        self._before_s[cells] = self._first_s[cells]
        self._count[cells] = 0


def pixels(cells: npt.NDArray[_Value]) -> npt.NDArray[_Value]:
    """Spread cells `(rows, columns)` over their pixels."""
    return np.repeat(np.repeat(cells, CELL_PX, axis=0), CELL_PX, axis=1)
