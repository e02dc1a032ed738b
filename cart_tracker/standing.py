"""Who stood where and when: for moves that no hand was seen to make.

A shelf that lost a unit was emptied by somebody who stood in front of it, even if every camera missed
the hand. `hidden_reach` offers that person's stay as an interaction; `attribution` decides.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cart_tracker.identity import ShopperId
from cart_tracker.reaches import Reach
from cart_tracker.store_map import Shelf, SlotId

FloatArray = npt.NDArray[np.float64]

ARM_M = 0.95  # nobody takes anything from further away
USUAL_M = 0.55  # pelvis to slot, measured along the floor, when somebody takes something
USUAL_SIGMA_M = 0.2
SLOW_M_S = 0.35
SHORTEST_STAY_S = 0.8
OTHER_SLOT_NATS = -8.0
UNSEEN_NATS = 2.5  # a reach of which no camera saw anything
UNSEEN_DEPTH_M = 0.0  # neither a touch nor a move by its depth


class Whereabouts:
    """Where everybody was, tick by tick: rows of (time, x, y, speed)."""

    def __init__(self) -> None:
        self._rows: dict[ShopperId, list[tuple[float, float, float, float]]] = {}

    def add(self, at_s: float, shopper_id: Sequence[ShopperId], state: FloatArray) -> None:
        """Remember a tick: `state` `(n, 4)` is x, y, vx, vy of each person."""
        for one, (x, y, vx, vy) in zip(shopper_id, state.tolist(), strict=True):
            self._rows.setdefault(one, []).append((at_s, x, y, float(np.hypot(vx, vy))))

    def merge(self, gone: ShopperId, kept: ShopperId) -> None:
        """Everything of one id belongs to another."""
        self._rows[kept] = sorted(self._rows.get(kept, []) + self._rows.pop(gone, []))

    def knows(self, shopper_id: ShopperId) -> bool:
        """Say whether anything is remembered of somebody."""
        return shopper_id in self._rows

    def forget(self, before_s: float) -> None:
        """Drop older places."""
        for one, rows in list(self._rows.items()):
            kept = rows[bisect_left(rows, before_s, key=lambda row: row[0]) :]
            if kept:
                self._rows[one] = kept
            else:
                del self._rows[one]

    def hidden_reach(
        self, shopper_id: ShopperId, shelf: Shelf, slot_id: SlotId, from_s: float, to_s: float
    ) -> Reach | None:
        """Offer the longest stay of a person before a slot as a reach that nobody saw.

        Args:
            shopper_id: Who.
            shelf: The shelf of the slot.
            slot_id: What changed.
            from_s: Earliest time.
            to_s: Latest time.
        """
        rows = self._rows.get(shopper_id, [])
        first = bisect_left(rows, from_s, key=lambda row: row[0])
        last = bisect_right(rows, to_s, key=lambda row: row[0])
        if first >= last:
            return None
        path = np.array(rows[first:last])
        index = next(number for number, slot in enumerate(shelf.slots) if slot.slot_id == slot_id)
        slot = shelf.slots[index]
        place = shelf.to_store(np.array([np.mean(slot.along_m), 0.0, np.mean(slot.height_m)]))
        metres = np.linalg.norm(path[:, 1:3] - place[:2], axis=1)
        before = (path[:, 1:3] - np.asarray(shelf.origin_xy_m)) @ np.asarray(shelf.inward_xy) < 0.0
        stay = _longest_run((metres < ARM_M) & (path[:, 3] < SLOW_M_S) & before)
        if len(stay) == 0 or path[stay[-1], 0] - path[stay[0], 0] < SHORTEST_STAY_S:
            return None
        likelihood = np.full(len(shelf.slots), OTHER_SLOT_NATS)
        excess = max(0.0, float(np.median(metres[stay])) - USUAL_M) / USUAL_SIGMA_M
        likelihood[index] = 0.0
        start_s, end_s = float(path[stay[0], 0]), float(path[stay[-1], 0])
        return Reach(
            start_s,
            0.5 * (start_s + end_s),
            end_s,
            UNSEEN_DEPTH_M,
            float(np.mean(path[stay, 3])),
            place,
            likelihood,
            0.5 * excess**2 + UNSEEN_NATS,
        )


def _longest_run(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Indices of the longest run of true values; the first of equals."""
    index = np.flatnonzero(mask)
    if len(index) == 0:
        return index
    runs = np.split(index, np.flatnonzero(np.diff(index) > 1) + 1)
    longest: npt.NDArray[np.int64] = max(runs, key=len)
    return longest
