"""When a hand was in a shelf: a state machine with hysteresis per person, hand and shelf.

Made to miss nothing: what was only a touch is decided later, with more evidence.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cart_tracker.hands3d import HandPoints
from cart_tracker.identity import ShopperId
from cart_tracker.observations import Hand
from cart_tracker.store_map import Shelf, ShelfId, StoreMap

FloatArray = npt.NDArray[np.float64]

# Seen by one camera a hand is known to 5-15 cm in depth, so the trigger is generous: it fires a little
# before the front, and `evidence` weighs how deep the hand really was.
ENTER_M = -0.05
LEAVE_M = -0.11
MERGE_GAP_S = 0.4  # a hand that comes back sooner never left
HIDDEN_LATEST_S = 3.0  # a hand that vanished in the shelf is believed to be there no longer than this
SHORTEST_TICKS = 2
SURE_DEPTH_M = 0.05  # one look at a hand this deep, by two cameras, is enough
SIDE_MARGIN_M = 0.15
TOP_MARGIN_M = 0.25
BACK_MARGIN_M = 0.2
LARGEST_LEAN_M = 0.1  # whoever stands further behind the front than this is behind the shelf
LARGEST_SIGMA_M = 0.25  # a hand known no better than this says nothing about the front plane
SLOT_SIGMA_M = 0.06  # where in a slot the hand is when it takes something, and error of the wrist
SPLIT_GAP_S = 0.8  # somebody who looks at a thing before the shelf and reaches in again does it twice
_DEEP_RANGE_M = 0.08
_DEEPEST_M = 0.04  # points this near to the deepest one tell the slot
_OUTLIER_NATS = -8.0


@dataclass(frozen=True, slots=True, eq=False)
class Interaction:
    """One hand entering and leaving a shelf.

    Attributes:
        in_s: First seen deep.
        contact_s: When the hand was deepest.
        out_s: Last seen deep.
        depth_m: How deep that was.
        speed_m_s: How fast the body moved over the floor meanwhile.
        contact_xyz_m: `(3,)` where, store frame.
        slot_log_likelihood: `(n_slots,)` of the shelf's slots given the deepest part of the path.
    """

    interaction_id: int
    shopper_id: ShopperId
    hand: Hand
    shelf_id: ShelfId
    in_s: float
    contact_s: float
    out_s: float
    depth_m: float
    speed_m_s: float
    contact_xyz_m: FloatArray
    slot_log_likelihood: FloatArray


_Point = tuple[float, float, float, float, float, int, float]


@dataclass(slots=True, eq=False)
class _Reach:
    """A hand that is at a shelf now; points are (time, along, inward, height, sigma, views, speed)."""

    last_seen_s: float
    out_since_s: float | None = None
    points: list[_Point] = field(default_factory=list)


_Key = tuple[ShopperId, Hand, int]


class InteractionDetector:
    """Turns hand points, tick by tick, into interactions."""

    def __init__(self, store_map: StoreMap) -> None:
        self._shelves = store_map.shelves
        self._reaches: dict[_Key, _Reach] = {}
        self._next_id = 1

    def update(self, at_s: float, hands: HandPoints) -> list[Interaction]:
        """Take in one tick; returns the interactions that ended."""
        finished = []
        for index, shelf in enumerate(self._shelves):
            local = shelf.to_shelf(hands.xyz_m)
            inward = np.array([*shelf.inward_xy, 0.0])
            depth_sigma = np.sqrt(np.einsum("i,nhij,j->nh", inward, hands.cov_m2, inward))
            sigma = np.sqrt(np.einsum("nhii->nh", hands.cov_m2) / 3.0)
            stands_before = _inward(shelf, hands.body_xy_m) < LARGEST_LEAN_M
            near = (local[..., 1] > LEAVE_M) & _within(shelf, local) & stands_before[:, None]
            seen = (hands.views > 0) & (depth_sigma < LARGEST_SIGMA_M)
            for row, shopper_id in enumerate(hands.shopper_id):
                for hand in Hand:
                    key = (shopper_id, hand, index)
                    if not (key in self._reaches or (near[row, hand] and seen[row, hand])):
                        continue
                    along, deep, height = (float(value) for value in local[row, hand])
                    views = int(hands.views[row, hand])
                    speed = float(hands.body_speed_m_s[row])
                    point = (at_s, along, deep, height, float(sigma[row, hand]), views, speed)
                    ended = self._step(key, point, bool(near[row, hand]), bool(seen[row, hand]))
                    finished += ended
        return finished

    def close(self, shopper_id: ShopperId) -> list[Interaction]:
        """End what a person who is gone was doing."""
        keys = [key for key in self._reaches if key[0] == shopper_id]
        return [ended for key in keys for ended in self._end(key)]

    def close_all(self) -> list[Interaction]:
        """End everything: nothing more will be seen."""
        people = sorted({key[0] for key in self._reaches})
        return [ended for shopper_id in people for ended in self.close(shopper_id)]

    def merge(self, gone: ShopperId, kept: ShopperId) -> None:
        """Hand the open reaches of one id over to another."""
        for key in [key for key in self._reaches if key[0] == gone]:
            reach = self._reaches.pop(key)
            self._reaches.setdefault((kept, key[1], key[2]), reach)

    def _step(self, key: _Key, point: _Point, near: bool, seen: bool) -> list[Interaction]:
        at_s, inward = point[0], point[2]
        reach = self._reaches.get(key)
        if reach is None:
            if inward > ENTER_M:
                self._reaches[key] = _Reach(at_s, points=[point])
            return []
        if not seen:
            hidden_s = at_s - reach.last_seen_s
            return self._end(key) if hidden_s > HIDDEN_LATEST_S else []
        if near:
            reach.last_seen_s, reach.out_since_s = at_s, None
            reach.points.append(point)
            return []
        if reach.out_since_s is None:
            reach.out_since_s = at_s
        return self._end(key) if at_s - reach.out_since_s >= MERGE_GAP_S else []

    def _end(self, key: _Key) -> list[Interaction]:
        """Tell the visits to the depth of the shelf that one stay at its front was made of."""
        points = np.array(self._reaches.pop(key).points)
        deep = points[points[:, 2] >= min(points[:, 2].max() - _DEEP_RANGE_M, 0.0)]
        parts = np.split(deep, np.flatnonzero(np.diff(deep[:, 0]) > SPLIT_GAP_S) + 1)
        return [self._interaction(key, part) for part in parts if _is_sure(part)]

    def _interaction(self, key: _Key, points: FloatArray) -> Interaction:
        shelf = self._shelves[key[2]]
        depth = float(points[:, 2].max())
        deepest = points[points[:, 2] >= depth - _DEEPEST_M]
        self._next_id += 1
        return Interaction(
            self._next_id - 1,
            key[0],
            key[1],
            shelf.shelf_id,
            float(points[0, 0]),
            float(deepest[:, 0].mean()),
            float(points[-1, 0]),
            depth,
            float(deepest[:, 6].mean()),
            shelf.to_store(deepest[:, 1:4].mean(axis=0)),
            slot_log_likelihood(shelf, deepest[:, 1], deepest[:, 3], deepest[:, 4]),
        )


def _is_sure(points: FloatArray) -> bool:
    return len(points) >= SHORTEST_TICKS or bool(points[0, 2] >= SURE_DEPTH_M and points[0, 5] >= 2)


def slot_log_likelihood(
    shelf: Shelf, along_m: FloatArray, height_m: FloatArray, sigma_m: FloatArray
) -> FloatArray:
    """Log likelihood `(n_slots,)` that a hand at these points `(k,)` reached into each slot.

    Gaussian of the distance to the slot's front rectangle; the points of one reach share their error,
    so their mean counts once.
    """
    along = np.array([slot.along_m for slot in shelf.slots]).reshape(-1, 2)
    height = np.array([slot.height_m for slot in shelf.slots]).reshape(-1, 2)
    side = np.maximum(along[:, :1] - along_m, along_m - along[:, 1:]).clip(min=0.0)
    rise = np.maximum(height[:, :1] - height_m, height_m - height[:, 1:]).clip(min=0.0)
    variance = SLOT_SIGMA_M**2 + sigma_m**2
    nats: FloatArray = (-0.5 * (side**2 + rise**2) / variance).mean(axis=1)
    return np.maximum(nats, _OUTLIER_NATS)


def _within(shelf: Shelf, local_m: FloatArray) -> npt.NDArray[np.bool_]:
    top = max((slot.height_m[1] for slot in shelf.slots), default=0.0)
    along, inward, height = local_m[..., 0], local_m[..., 1], local_m[..., 2]
    inside: npt.NDArray[np.bool_] = (along > -SIDE_MARGIN_M) & (along < shelf.width_m + SIDE_MARGIN_M)
    inside &= (inward < shelf.depth_m + BACK_MARGIN_M) & (height < top + TOP_MARGIN_M)
    return inside


def _inward(shelf: Shelf, xy_m: FloatArray) -> FloatArray:
    depth: FloatArray = (xy_m - np.asarray(shelf.origin_xy_m)) @ np.asarray(shelf.inward_xy)
    return depth
