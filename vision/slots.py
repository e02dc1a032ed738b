"""Notice that a slot looks different after somebody was in front of it.

What was seen of a shelf before somebody came is compared with what is seen after they left, once the new
look has lasted; only what boxes of people hide waits, the rest of the shelf goes on. A look that came without
anybody in front is light, and is taken over silently. So is, after a while, what is larger than any grab: an
open door, a person who was not found, a camera that was knocked.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from cart_tracker.observations import CameraId, SlotChanged, SlotLogLikelihood, SlotsWatched
from cart_tracker.store_map import StoreMap
from vision.boxes import FloatArray, grown, touch
from vision.camera_model import Camera
from vision.slot_change import Comparison, compare
from vision.slot_evidence import SlotReader, units_moved
from vision.slot_looks import UPDATE_S, ShelfLooks, Window
from vision.slot_views import CELL_PX, ShelfView, SlotRectangle, shelf_views
from vision.types import BoolArray, Frame

SAMPLE_EVERY_S = 0.25
BOX_GROWN_BY = 0.12  # hands and hair reach out of a box
PATIENCE_S = 4.0  # who stays before one end of a slot does not keep the other end waiting for longer
LEAST_KNOWN_SHARE = 0.1  # of a slot's cells, to compare it at all
AROUND_CELLS = 6  # light is judged with so much around a slot
MOST_SPREAD = 0.6  # of what is clear of a slot: more than hands move, an open door shows
MOST_UNITS = 6.0
MOST_HEIGHT = 2.2  # units: the one that left and, above it, the one behind it that now shows
HEIGHT_MARGIN_PX = 8.0  # rectified: low units are seen with their lids
MOST_BEYOND = 0.25  # of a part, over boards: a trolley or a bag before the shelf
# Of the camera's picture: of units so large half of those that come or go are noticed, and how steeply that
# grows. In 15 recordings from pixels (109 moves): of units up to 15 pixels 17 %, to 30 70 %, to 60 78 %, of
# larger ones 87 %. What is told of small units is weak, so they are taken to be noticed less.
HALF_NOTICED_PX, NOTICED_POWER = 25.0, 4
OBSTACLE_S = 20.0  # what stands before a shelf for longer belongs to it


@dataclass(slots=True)
class _Slot:
    """One slot and how many units more it holds than when the store opened, as far as this camera saw."""

    rectangle: SlotRectangle
    window: Window  # of cells, with what is around the slot
    opening: Window  # of that window's pixels
    level: int = 0
    obstacle_since_s: float = np.inf


@dataclass(slots=True)
class _Shelf:
    view: ShelfView
    looks: ShelfLooks
    slots: list[_Slot] = field(default_factory=list)
    sampled_s: float = -np.inf

    @classmethod
    def of(cls, view: ShelfView) -> "_Shelf":
        slots = [_Slot(rectangle, *_windows(rectangle, view.seen.shape)) for rectangle in view.slots]
        return cls(view, ShelfLooks(view.seen), slots)


class SlotWatcher:
    """Watches all slots that one camera sees."""

    def __init__(
        self,
        camera: Camera,
        store_map: StoreMap,
        on_compared: Callable[[Comparison, SlotChanged], None] | None = None,
    ) -> None:
        """Work out which slots the camera sees.

        Args:
            camera: Its calibration; one that knows only its floor sees no slots.
            store_map: The shelves.
            on_compared: Called with everything that was compared, also if nothing is told; for measuring.
        """
        self._camera_id: CameraId = camera.camera_id
        self._shelves = [_Shelf.of(view) for view in shelf_views(camera, store_map)]
        self._on_compared = on_compared

    @property
    def n_slots(self) -> int:
        """How many slots the camera sees well enough to watch."""
        return sum(len(shelf.slots) for shelf in self._shelves)

    def watched(self, at_s: float) -> SlotsWatched:
        """Say which slots the camera sees well enough to watch, and how much it notices there."""
        slots = [slot.rectangle for shelf in self._shelves for slot in shelf.slots]
        unit_px = np.array([slot.unit_seen_px for slot in slots])
        noticed = np.round(1.0 / (1.0 + (HALF_NOTICED_PX / unit_px) ** NOTICED_POWER), 3)
        return SlotsWatched(self._camera_id, at_s, tuple(slot.slot_id for slot in slots), noticed)

    def look(self, frame: Frame, people_xyxy: FloatArray, reader: SlotReader) -> list[SlotChanged]:
        """Compare what nobody covers with how it looked before.

        Args:
            frame: The picture.
            people_xyxy: `(n, 4)` boxes of everybody who might be there, weak detections too.
            reader: Judges what changed; one worker's, so it comes with every frame.
        """
        boxes = grown(people_xyxy, BOX_GROWN_BY)
        found = [one for shelf in self._shelves for one in self._look_at(shelf, frame, boxes)]
        read = reader.read([compared.picture for _, compared in found])
        told = (self._told(*one, likelihood) for one, likelihood in zip(found, read, strict=True))
        return [change for change in told if _is_worth_telling(change.log_likelihood)]

    def _look_at(self, shelf: _Shelf, frame: Frame, boxes: FloatArray) -> list[tuple[_Slot, Comparison]]:
        near = touch(shelf.view.bounds_xyxy[None], boxes)[0]
        is_idle = not near.any() and not shelf.looks.is_open.any()
        if frame.at_s - shelf.sampled_s < (UPDATE_S if is_idle else SAMPLE_EVERY_S) - 1e-3:
            return []
        shelf.sampled_s = frame.at_s
        covered = shelf.view.covered(boxes[near])
        shelf.looks.cover(covered)
        if covered[shelf.view.seen].all():
            return []
        gains = shelf.looks.gains(shelf.view.light(frame.image), covered)
        window = shelf.looks.wanted(frame.at_s, covered)
        if gains is None or window is None:
            return []
        shelf.looks.add(frame.at_s, shelf.view.rectify(frame.image, window), window, gains, covered)
        lasting = shelf.looks.lasting(frame.at_s)
        return self._conclude(shelf, lasting, frame.at_s) if lasting.any() else []

    def _conclude(self, shelf: _Shelf, lasting: BoolArray, at_s: float) -> list[tuple[_Slot, Comparison]]:
        """Compare every slot whose new look is complete; what lies between slots is settled as it is."""
        lasted_s = shelf.looks.lasted_s(at_s)
        settled = lasting.copy()
        changed = []
        for slot in shelf.slots:
            cells = slot.rectangle.cells
            ripe = lasting[cells]
            waiting = shelf.looks.is_open[cells] & ~ripe
            if not ripe.any() or (waiting.any() and lasted_s[cells][ripe].max() < PATIENCE_S):
                settled[cells] = False
                continue
            compared = self._compare(shelf.looks, slot, lasting)
            if compared is None:
                continue
            if not _is_obstacle(slot.rectangle, compared):
                changed.append((slot, compared))
            elif not _has_stood(slot, compared, at_s):
                settled[cells] = False
        shelf.looks.settle(settled)
        return changed

    def _compare(self, looks: ShelfLooks, slot: _Slot, lasting: BoolArray) -> Comparison | None:
        pair = looks.pair(slot.window, lasting)
        if pair.valid[slot.opening].mean() < LEAST_KNOWN_SHARE:
            return None
        compared = compare(pair, slot.opening, slot.rectangle.unit_px)
        if compared is None or not _is_obstacle(slot.rectangle, compared):
            slot.obstacle_since_s = np.inf
        return compared

    def _told(self, slot: _Slot, compared: Comparison, likelihood: SlotLogLikelihood) -> SlotChanged:
        units = units_moved(compared, likelihood, slot.rectangle, slot.level)
        change = SlotChanged(
            camera_id=self._camera_id,
            at_s=compared.first_s,
            since_s=compared.since_s,
            slot_id=slot.rectangle.slot_id,
            log_likelihood=likelihood,
            units=units,
        )
        if self._on_compared is not None:
            self._on_compared(compared, change)
        if change.log_ratio > 0.0:
            slot.level += round(units)
        return change


def _is_worth_telling(likelihood: SlotLogLikelihood) -> bool:
    """Whether anything is likelier than that nothing happened."""
    return max(likelihood.shifted, likelihood.taken, likelihood.came) > likelihood.nothing


def _is_obstacle(rectangle: SlotRectangle, compared: Comparison) -> bool:
    """Whether what changed is larger than units are, or crosses boards: it stands before the shelf."""
    tallest = MOST_HEIGHT + HEIGHT_MARGIN_PX / max(rectangle.unit_px[1], 1.0)
    is_large = compared.spread > MOST_SPREAD or compared.largest > MOST_UNITS or compared.height > tallest
    return is_large or compared.beyond > MOST_BEYOND


def _has_stood(slot: _Slot, compared: Comparison, at_s: float) -> bool:
    """Whether what is before the slot has been there for so long that it belongs there."""
    slot.obstacle_since_s = min(slot.obstacle_since_s, compared.first_s)
    return at_s - slot.obstacle_since_s > OBSTACLE_S


def _windows(rectangle: SlotRectangle, shape: tuple[int, ...]) -> tuple[Window, Window]:
    """Cells of a slot with what is around it, and the slot's opening in the pixels of those cells."""
    rows, columns = (
        slice(max(side.start - AROUND_CELLS, 0), min(side.stop + AROUND_CELLS, size))
        for side, size in zip(rectangle.cells, shape, strict=True)
    )
    opening = tuple(
        slice(side.start - part.start * CELL_PX, side.stop - part.start * CELL_PX)
        for side, part in zip(rectangle.window, (rows, columns), strict=True)
    )
    return (rows, columns), (opening[0], opening[1])
