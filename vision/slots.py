"""Notice that a slot looks different after somebody stood in front of it.

Pictures of a slot count only while nobody's box covers it. What was seen before somebody came is compared
with what is seen after they left, once the new look has lasted; exposure is evened out over the whole shelf.
A look that came without anybody in front is light, and is taken over silently.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cart_tracker.observations import CameraId, SlotChanged, SlotLogLikelihood
from cart_tracker.store_map import StoreMap
from vision.boxes import FloatArray, grown, touch
from vision.camera_model import Camera
from vision.slot_change import Blob, largest_blob
from vision.slot_views import MARGIN_PX, ShelfView, SlotRectangle, shelf_views
from vision.types import Frame

Patch = npt.NDArray[np.float32]

SAMPLE_EVERY_S = 0.25
LASTING_S = 0.7  # a look must last this long: shadows of passers-by do not
MIN_SAMPLES = 3
BOX_GROWN_BY = 0.12  # hands and hair reach out of a box
ADAPTION = 0.15  # share of the newest sample in the look of an undisturbed slot
MIN_LOG_RATIO = 0.0  # weaker evidence is not worth an observation
MAX_LOG_RATIO = 6.0
# Evidence grows with the blob's area, in fronts of the slot's product, times its contrast. In three rendered
# stores 73 changes reached 15 to 600; of 2,900 looks at slots where nothing moved one passed 12.
EVEN_STRENGTH = 15.0
LOG_RATIO_PER_LOG_STRENGTH = 6.0
SAME_LOOK_FACES = 0.1  # less has changed between two pictures of one state
LARGEST_UNITS = 2.5  # fronts of the store's largest product; a larger blob is a person or a bag
LOOKS_REMEMBERED = 6


@dataclass(slots=True)
class _Look:
    """How a slot looked when it held `level` units more than when the store opened."""

    patch: Patch
    level: int


@dataclass(slots=True)
class _SlotState:
    """What is known about one slot's looks; `after` holds samples since somebody stood in front."""

    before: _Look | None = None
    clear_s: float = -np.inf
    was_covered: bool = False
    after: list[tuple[float, Patch]] = field(default_factory=list)
    looks: deque[_Look] = field(default_factory=lambda: deque(maxlen=LOOKS_REMEMBERED))


class SlotWatcher:
    """Watches all slots that one camera sees."""

    def __init__(self, camera: Camera, store_map: StoreMap) -> None:
        """Work out which slots the camera sees."""
        self._camera_id: CameraId = camera.camera_id
        self._shelves = [
            (view, [_SlotState() for _ in view.slots]) for view in shelf_views(camera, store_map)
        ]
        self._sampled_s = -np.inf

    def look(self, frame: Frame, people_xyxy: FloatArray) -> list[SlotChanged]:
        """Compare the slots that nobody covers with how they looked before.

        Args:
            frame: The picture.
            people_xyxy: `(n, 4)` boxes of everybody who might be there, weak detections too.
        """
        if frame.at_s - self._sampled_s < SAMPLE_EVERY_S - 1e-3:
            return []
        self._sampled_s = frame.at_s
        boxes = grown(people_xyxy, BOX_GROWN_BY)
        return [
            change for view, states in self._shelves for change in self._look_at(view, states, frame, boxes)
        ]

    def _look_at(
        self, view: ShelfView, states: list[_SlotState], frame: Frame, boxes: FloatArray
    ) -> list[SlotChanged]:
        is_clear = ~touch(view.cover_xyxy, boxes).any(axis=1)
        for state in (states[number] for number in np.flatnonzero(~is_clear)):
            state.was_covered = True
            state.after.clear()
        if not is_clear.any():
            return []
        clear = [(view.slots[number], states[number]) for number in np.flatnonzero(is_clear)]
        picture = view.rectify(frame.image)
        changes = (self._sample(rectangle, state, picture, frame.at_s) for rectangle, state in clear)
        return [change for change in changes if change is not None]

    def _sample(
        self, rectangle: SlotRectangle, state: _SlotState, picture: Patch, at_s: float
    ) -> SlotChanged | None:
        patch = rectangle.of(picture)
        if state.before is None:
            state.before = _Look(patch.copy(), level=0)
            state.looks.append(state.before)
            state.clear_s, state.was_covered = at_s, False
            return None
        if not state.was_covered:
            state.before.patch += ADAPTION * (patch - state.before.patch)
            state.clear_s = at_s
            return None
        state.after.append((at_s, patch.copy()))
        first_s = state.after[0][0]
        if at_s - first_s < LASTING_S or len(state.after) < MIN_SAMPLES:
            return None
        return self._conclude(rectangle, state, first_s, at_s)

    def _conclude(
        self, rectangle: SlotRectangle, state: _SlotState, first_s: float, at_s: float
    ) -> SlotChanged | None:
        assert state.before is not None  # noqa: S101  # _sample sees to it
        after: Patch = np.mean([patch for _, patch in state.after], axis=0)
        since_s, before = state.clear_s, state.before
        blob = largest_blob(before.patch, after)
        log_ratio = evidence(blob, rectangle)
        state.after.clear()
        state.clear_s, state.was_covered = at_s, False
        if log_ratio < MIN_LOG_RATIO:
            before.patch += ADAPTION * (after - before.patch)
            return None
        known = _recognised(after, state, SAME_LOOK_FACES * rectangle.face_px)
        if known is None or known.level == before.level:
            units = blob.units
            # A place that changed without saying how was most likely taken from.
            state.before = _Look(after, before.level + (1 if units > 0 else -1))
            state.looks.append(state.before)
        else:
            units = float(np.sign(known.level - before.level))
            state.before = known
        return SlotChanged(
            camera_id=self._camera_id,
            at_s=first_s,
            since_s=since_s,
            slot_id=rectangle.slot_id,
            log_likelihood=SlotLogLikelihood.of_ratio(round(float(log_ratio), 3), units),
            units=units,
        )


def evidence(blob: Blob, rectangle: SlotRectangle) -> float:
    """Natural log of P(blob | a unit left or came) / P(blob | nothing moved) for one slot."""
    column, row = blob.centre
    height, width = rectangle.bottom - rectangle.top, rectangle.right - rectangle.left
    is_inside = MARGIN_PX <= column < width - MARGIN_PX and MARGIN_PX <= row < height - MARGIN_PX
    if not is_inside:
        return -MAX_LOG_RATIO
    if blob.area_px > LARGEST_UNITS * rectangle.largest_face_px:
        return -MAX_LOG_RATIO
    strength = blob.area_px / rectangle.face_px * blob.contrast
    log_ratio = LOG_RATIO_PER_LOG_STRENGTH * np.log(max(strength, 1e-3) / EVEN_STRENGTH)
    return float(np.clip(log_ratio, -MAX_LOG_RATIO, MAX_LOG_RATIO))


def _recognised(after: Patch, state: _SlotState, most_changed_px: float) -> _Look | None:
    """Find the earlier look that the slot has again, if any."""
    others = [look for look in state.looks if look is not state.before]
    if not others:
        return None
    changed = [largest_blob(look.patch, after).area_px for look in others]
    best = int(np.argmin(changed))
    return others[best] if changed[best] < most_changed_px else None
