"""Every place of every unit and of every prop over a script, in order of time."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from datasets.synthetic.play.acts import (
    Eaten,
    InBag,
    InCarton,
    InHand,
    InSlot,
    Move,
    OnFloor,
    Outside,
    Place,
    PropAt,
    PropAway,
    PropMove,
    PropPlace,
    PropWith,
)
from datasets.synthetic.play.plot import NewUnit
from datasets.synthetic.play.stay import Stay
from datasets.synthetic.scene import PropPose
from datasets.synthetic.store.layout import GateWing, GeneratedStore

_WING_TURNS_S = 0.45
_WING_WAITS_S = 0.6


@dataclass(frozen=True, slots=True)
class UnitHistory:
    """Every place of one unit in order of time; the first holds from the start."""

    unit_id: int
    product_index: int
    places: tuple[tuple[float, Place], ...]

    @property
    def is_for_sale(self) -> bool:
        """Whether it was the store's in the beginning, not something that somebody brought."""
        return isinstance(self.places[0][1], (InSlot, InCarton, OnFloor))

    @property
    def is_on_shelf_first(self) -> bool:
        """Whether it stood on a shelf when the store opened."""
        return isinstance(self.places[0][1], InSlot)

    @property
    def taken_by(self) -> int | None:
        """Who left with it or ate it; None if nobody."""
        last = self.places[-1][1]
        return last.shopper if isinstance(last, (Outside, Eaten)) else None

    def place_at(self, at_s: float) -> Place:
        """Return where the unit is."""
        row = bisect_right(self.places, at_s, key=lambda entry: entry[0])
        return self.places[max(0, row - 1)][1]


@dataclass(frozen=True, slots=True)
class PropHistory:
    """Every place of one prop in order of time; the first holds from the start."""

    places: tuple[tuple[float, PropPlace], ...]

    def place_at(self, at_s: float) -> PropPlace:
        """Return where the prop is, in between two resting places linearly."""
        row = max(0, bisect_right(self.places, at_s, key=lambda entry: entry[0]) - 1)
        from_s, place = self.places[row]
        if row + 1 < len(self.places):
            to_s, after = self.places[row + 1]
            if isinstance(place, PropAt) and isinstance(after, PropAt) and to_s > from_s:
                return PropAt(_between(place.pose, after.pose, (at_s - from_s) / (to_s - from_s)))
        return place


def unit_histories(
    store: GeneratedStore, new_units: Sequence[NewUnit], stays: Sequence[Stay]
) -> tuple[UnitHistory, ...]:
    """Follow every unit through everybody's routines; who leaves takes along what they hold."""
    places: dict[int, list[tuple[float, Place]]] = {
        **{unit.pose.unit_id: [(0.0, InSlot(unit.slot_id, unit.pose))] for unit in store.units},
        **{unit.unit_id: [(0.0, unit.first)] for unit in new_units},
    }
    products = {
        **{unit.pose.unit_id: unit.pose.product_index for unit in store.units},
        **{unit.unit_id: unit.product_index for unit in new_units},
    }
    for at_s, move, leaver in _in_order(stays):
        if move is not None:
            places[move.unit_id].append((at_s, move.place))
            continue
        for history in places.values():
            last = history[-1][1]
            if isinstance(last, (InHand, InBag)) and last.shopper == leaver:
                history.append((at_s, Outside(leaver)))
    return tuple(UnitHistory(unit, products[unit], tuple(history)) for unit, history in places.items())


def _in_order(stays: Sequence[Stay]) -> list[tuple[float, Move | None, int]]:
    """Return (time, move, shopper) of everything that happens to units; no move where somebody leaves."""
    happened: list[tuple[float, Move | None, int]] = []
    for shopper, stay in enumerate(stays):
        for timed in stay.routines:
            happened += [(timed.start_s + move.at_s, move, shopper) for move in timed.routine.moves]
        happened.append((stay.left_s, None, shopper))
    return sorted(happened, key=lambda entry: entry[0])


def prop_histories(
    store: GeneratedStore, first: Sequence[PropPlace], pushed: dict[int, int], stays: Sequence[Stay]
) -> tuple[PropHistory, ...]:
    """Follow every prop.

    Args:
        store: Its props come first.
        first: Where each further prop is in the beginning.
        pushed: Prop to the shopper who pushes it.
        stays: Everybody's routines.
    """
    resting = {pose.prop_index: PropAt(pose) for pose in store.resting_props}
    places: list[list[tuple[float, PropPlace]]] = [
        [(0.0, resting.get(index, PropAway()))] for index in range(len(store.props))
    ]
    places += [[(0.0, place)] for place in first]
    for prop, shopper in pushed.items():
        places[prop] = [(0.0, PropAway()), (stays[shopper].start_s, PropWith(shopper))]
        places[prop] += _parkings(prop, shopper, stays[shopper])
        places[prop].append((stays[shopper].end_s, PropAway()))
    for at_s, move in sorted(_prop_moves(stays), key=lambda entry: entry[0]):
        places[move.prop_index].append((at_s, move.place))
    for wing in store.wings:
        places[wing.prop_index] += _wing_moves(store, wing, stays)
    return tuple(PropHistory(tuple(sorted(history, key=lambda entry: entry[0]))) for history in places)


def _parkings(prop: int, shopper: int, stay: Stay) -> list[tuple[float, PropPlace]]:
    moves: list[tuple[float, PropPlace]] = []
    for parking in () if stay.pushed is None else stay.pushed.parkings:
        x, y = parking.xy_m
        stands = PropAt(PropPose(prop, (float(x), float(y), 0.0), parking.yaw_rad))
        moves += [(parking.from_s, stands), (parking.to_s, PropWith(shopper))]
    return moves


def _prop_moves(stays: Sequence[Stay]) -> list[tuple[float, PropMove]]:
    return [
        (timed.start_s + move.at_s, move)
        for stay in stays
        for timed in stay.routines
        for move in timed.routine.prop_moves
    ]


def _wing_moves(
    store: GeneratedStore, wing: GateWing, stays: Sequence[Stay]
) -> list[tuple[float, PropPlace]]:
    """Turn a wing out of the way of everybody who passes, and back."""
    lane_s = sorted(
        (stay.left_s - 1.6, stay.left_s) if wing.is_exit else (stay.stop_s[1], stay.stop_s[1] + 2.2)
        for stay in stays
    )
    height = next(pose.xyz_m for pose in store.resting_props if pose.prop_index == wing.prop_index)
    shut, wide = (
        PropAt(PropPose(wing.prop_index, height, yaw)) for yaw in (wing.closed_yaw_rad, wing.open_yaw_rad)
    )
    moves: list[tuple[float, PropPlace]] = []
    free_s = 0.0
    for from_s, to_s in lane_s:
        start_s = from_s - _WING_TURNS_S
        if moves and start_s < free_s + _WING_WAITS_S:
            moves = moves[:-2]
        else:
            moves += [(max(start_s, 0.01), shut), (max(from_s, 0.02), wide)]
        free_s = to_s + _WING_TURNS_S
        moves += [(to_s, wide), (free_s, shut)]
    return moves


def _between(one: PropPose, other: PropPose, share: float) -> PropPose:
    x, y, z = (a + (b - a) * share for a, b in zip(one.xyz_m, other.xyz_m, strict=True))
    return PropPose(one.prop_index, (x, y, z), one.yaw_rad + (other.yaw_rad - one.yaw_rad) * share)
