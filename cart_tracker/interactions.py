"""When a hand was in a shelf: a state machine with hysteresis per person, hand and shelf.

Made to miss nothing: what was only a touch is decided later, with more evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cart_tracker.hands3d import HandPoints
from cart_tracker.identity import ShopperId
from cart_tracker.observations import Hand
from cart_tracker.reaches import ENTER_M, HIDDEN_LATEST_S, SPLIT_GAP_S, Look, Reach, reaches
from cart_tracker.store_map import Shelf, ShelfId, StoreMap

FloatArray = npt.NDArray[np.float64]

ZONE_M = -0.4  # a hand this far before the front, or further in, is at the shelf
GONE_AFTER_S = 0.4  # a hand that comes back to the zone sooner never left
SIDE_MARGIN_M = 0.15
TOP_MARGIN_M = 0.25
BACK_MARGIN_M = 0.2
LARGEST_LEAN_M = 0.1  # whoever stands further behind the front than this is behind the shelf
LARGEST_SIGMA_M = 0.25  # a hand known no better than this says nothing about the front plane


@dataclass(frozen=True, slots=True, eq=False)
class Interaction:
    """One hand entering and leaving a shelf."""

    interaction_id: int
    shopper_id: ShopperId
    hand: Hand
    shelf_id: ShelfId
    reach: Reach


@dataclass(slots=True, eq=False)
class _Stay:
    """A hand that is at a shelf now: the looks that are not yet told as interactions."""

    looks: list[Look]
    last_seen_s: float
    away_since_s: float | None = None


_Key = tuple[ShopperId, Hand, int]


class InteractionDetector:
    """Turns hand points, tick by tick, into interactions."""

    def __init__(self, store_map: StoreMap) -> None:
        self._shelves = store_map.shelves
        self._stays: dict[_Key, _Stay] = {}
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
            near = (local[..., 1] > ZONE_M) & _within(shelf, local) & stands_before[:, None]
            seen = (hands.views > 0) & (depth_sigma < LARGEST_SIGMA_M)
            for row, shopper_id in enumerate(hands.shopper_id):
                for hand in Hand:
                    key = (shopper_id, hand, index)
                    if not (key in self._stays or (near[row, hand] and seen[row, hand])):
                        continue
                    along, deep, height = (float(value) for value in local[row, hand])
                    views, speed = int(hands.views[row, hand]), float(hands.body_speed_m_s[row])
                    look = Look(at_s, along, deep, height, float(sigma[row, hand]), views, speed)
                    finished += self._step(key, look, bool(near[row, hand]), bool(seen[row, hand]))
        return finished

    def close(self, shopper_id: ShopperId) -> list[Interaction]:
        """End what a person who is gone was doing."""
        keys = [key for key in self._stays if key[0] == shopper_id]
        return [ended for key in keys for ended in self._tell(key, self._stays.pop(key).looks)]

    def close_all(self) -> list[Interaction]:
        """End everything: nothing more will be seen."""
        people = sorted({key[0] for key in self._stays})
        return [ended for shopper_id in people for ended in self.close(shopper_id)]

    def merge(self, gone: ShopperId, kept: ShopperId) -> None:
        """Hand the open stays of one id over to another."""
        for key in [key for key in self._stays if key[0] == gone]:
            stay = self._stays.pop(key)
            self._stays.setdefault((kept, key[1], key[2]), stay)

    def _step(self, key: _Key, look: Look, near: bool, seen: bool) -> list[Interaction]:
        stay = self._stays.get(key)
        if stay is None:
            self._stays[key] = _Stay([look], look.at_s)
            return []
        if not seen:
            return self._end(key) if look.at_s - stay.last_seen_s > HIDDEN_LATEST_S else []
        stay.last_seen_s = look.at_s
        if near:
            stay.away_since_s = None
            stay.looks.append(look)
            return self._tell_early(key, stay)
        stay.away_since_s = look.at_s if stay.away_since_s is None else stay.away_since_s
        return self._end(key) if look.at_s - stay.away_since_s >= GONE_AFTER_S else []

    def _tell_early(self, key: _Key, stay: _Stay) -> list[Interaction]:
        """Tell what is over while the hand is still near; the newest looks stay for what comes next."""
        deep = [look.at_s for look in stay.looks if look.inward_m > ENTER_M]
        if not deep or stay.looks[-1].at_s - deep[-1] <= SPLIT_GAP_S:
            return []
        done = [look for look in stay.looks if look.at_s <= deep[-1] + SPLIT_GAP_S / 2]
        stay.looks = [look for look in stay.looks if look.at_s > deep[-1] + SPLIT_GAP_S / 2]
        return self._tell(key, done)

    def _end(self, key: _Key) -> list[Interaction]:
        return self._tell(key, self._stays.pop(key).looks)

    def _tell(self, key: _Key, looks: Sequence[Look]) -> list[Interaction]:
        shelf = self._shelves[key[2]]
        told = []
        for reach in reaches(shelf, looks):
            told.append(Interaction(self._next_id, key[0], key[1], shelf.shelf_id, reach))
            self._next_id += 1
        return told


def _within(shelf: Shelf, local_m: FloatArray) -> npt.NDArray[np.bool_]:
    top = max((slot.height_m[1] for slot in shelf.slots), default=0.0)
    along, inward, height = local_m[..., 0], local_m[..., 1], local_m[..., 2]
    inside: npt.NDArray[np.bool_] = (along > -SIDE_MARGIN_M) & (along < shelf.width_m + SIDE_MARGIN_M)
    inside &= (inward < shelf.depth_m + BACK_MARGIN_M) & (height < top + TOP_MARGIN_M)
    return inside


def _inward(shelf: Shelf, xy_m: FloatArray) -> FloatArray:
    depth: FloatArray = (xy_m - np.asarray(shelf.origin_xy_m)) @ np.asarray(shelf.inward_xy)
    return depth
