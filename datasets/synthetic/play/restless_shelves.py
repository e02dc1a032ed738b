"""Shelves from which units go, to which they come back and on which they shift, without anybody's hands.

For networks that judge what changed on a shelf: a recording has a dozen changes, this has hundreds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cart_tracker.store_map import Shelf
from datasets.synthetic.scene import UnitPose
from datasets.synthetic.store.layout import GeneratedStore
from datasets.synthetic.store.planogram import Facing

_MOVABLE_SHARE = 0.7  # of places; the others belong to the picture of the empty store, as in recordings
_TWO_DEEP_SHARE = 0.3  # of those, where the unit behind can go, too
_FIRST_EMPTY_SHARE = 0.35
_CHANGED_SHARE = 0.2  # of movable places from one phase to the next: most slots stay as they are
_LEAST_CHANGED = 2
_PAIR_SHARE = 0.08  # two places of one slot at once
_SHIFTED_SHARE, _CAME_SHARE = 0.27, 0.4
_TURNED_SHARE, _TURN_RAD = 0.55, (0.2, 1.6)
_PUSH_M, _ASIDE = (0.015, 0.06), 0.4  # sideways a unit is pushed less far: others stand there
_TURNED_BACK_RAD = 0.12  # a unit that comes stands less straight than one that was faced up


@dataclass(slots=True)
class SlotChange:
    """What happened in a slot between two phases: units that came less units that left, and if any moved."""

    net_units: int = 0
    is_touched: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """How the shelves are for a while.

    Attributes:
        units: Movable units that stand there.
        changes: Of the slots that were otherwise in the phase before.
    """

    units: tuple[UnitPose, ...]
    changes: Mapping[str, SlotChange]


@dataclass(slots=True)
class _Place:
    facing: Facing
    shelf: Shelf
    homes: tuple[UnitPose, ...]  # front first
    there: list[UnitPose] = field(default_factory=list)  # likewise, a suffix of `homes`

    def take(self) -> bool:
        """Let the front unit go, if there is one."""
        if not self.there:
            return False
        self.there.pop(0)
        return True

    def put(self, rng: np.random.Generator) -> bool:
        """Let the unit come back that went last, if there is room."""
        if len(self.there) == len(self.homes):
            return False
        home = self.homes[len(self.homes) - len(self.there) - 1]
        self.there.insert(0, replace(home, yaw_rad=home.yaw_rad + float(rng.normal(0.0, _TURNED_BACK_RAD))))
        return True

    def shift(self, rng: np.random.Generator) -> bool:
        """Turn or push the front unit, if there is one."""
        if not self.there:
            return False
        unit, sign = self.there[0], float(rng.choice([-1.0, 1.0]))
        if rng.random() < _TURNED_SHARE:
            self.there[0] = replace(unit, yaw_rad=unit.yaw_rad + sign * float(rng.uniform(*_TURN_RAD)))
            return True
        by_m, (into_x, into_y) = float(rng.uniform(*_PUSH_M)), self.shelf.inward_xy
        if rng.random() < 0.5:
            x, y = into_x * by_m, into_y * by_m
        else:
            x, y = -into_y * sign * by_m * _ASIDE, into_x * sign * by_m * _ASIDE
        at = unit.xyz_m
        self.there[0] = replace(unit, xyz_m=(at[0] + float(x), at[1] + float(y), at[2]))
        return True


class RestlessShelves:
    """The shelves of one store.

    Attributes:
        movable: Ids of the units that may go; not for the static picture.
    """

    def __init__(self, store: GeneratedStore, rng: np.random.Generator) -> None:
        """Draw which units may move."""
        pose = {unit.pose.unit_id: unit.pose for unit in store.units}
        shelf = {shelf.shelf_id: shelf for shelf in store.store_map.shelves}
        self._rng = rng
        self._places: list[_Place] = []
        for facing in store.facings:
            if facing.unit_ids and rng.random() < _MOVABLE_SHARE:
                deep = 2 if rng.random() < _TWO_DEEP_SHARE else 1
                homes = tuple(pose[unit_id] for unit_id in facing.unit_ids[:deep])
                place = _Place(facing, shelf[facing.shelf_id], homes, list(homes))
                if rng.random() < _FIRST_EMPTY_SHARE:
                    place.take()
                self._places.append(place)
        self.movable = frozenset(unit.unit_id for place in self._places for unit in place.homes)

    def phases(self, count: int) -> tuple[Phase, ...]:
        """Let things happen; the first phase is how it is now."""
        return (Phase(self._standing(), {}), *(self._next() for _ in range(count - 1)))

    def _standing(self) -> tuple[UnitPose, ...]:
        return tuple(unit for place in self._places for unit in place.there)

    def _next(self) -> Phase:
        rng, changes = self._rng, dict[str, SlotChange]()
        wanted = max(_LEAST_CHANGED, round(len(self._places) * _CHANGED_SHARE))
        for index in rng.permutation(len(self._places))[:wanted]:
            first = self._places[index]
            slot_id = first.facing.slot_id
            if slot_id in changes:
                continue
            act = rng.random()
            for place in self._drawn_with(first):
                change = changes.setdefault(slot_id, SlotChange())
                if act < _SHIFTED_SHARE:
                    change.is_touched |= place.shift(rng)
                elif act < _SHIFTED_SHARE + _CAME_SHARE:
                    change.net_units += int(place.put(rng))
                else:
                    change.net_units -= int(place.take())
        return Phase(self._standing(), changes)

    def _drawn_with(self, first: _Place) -> Sequence[_Place]:
        if self._rng.random() >= _PAIR_SHARE:
            return (first,)
        slot_id = first.facing.slot_id
        others = [one for one in self._places if one is not first and one.facing.slot_id == slot_id]
        return (first, *others[:1])
