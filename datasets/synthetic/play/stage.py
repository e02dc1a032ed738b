"""A store with a cast, ready for a plot: finds the places where a story can happen."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from cart_tracker.store_map import Shelf
from datasets.recording import Expectation
from datasets.synthetic.play.acts import Action, Errand, Into, Manner, Spot
from datasets.synthetic.play.agenda import NoPlaceError, ShoppingList, Stock
from datasets.synthetic.play.motion import Body
from datasets.synthetic.play.plot import Cue, NewProp, NewUnit, Part, Plot, Scan, Stop
from datasets.synthetic.play.routes import RoutePlanner
from datasets.synthetic.play.staging import HORIZON_S
from datasets.synthetic.scene import FloatArray, UnitPose
from datasets.synthetic.store.layout import GeneratedStore
from datasets.synthetic.store.planogram import Facing

SCAN_M = 0.42  # where one stops at the reader
# Heights that everybody reaches without bending much.
EASY_REACH_M = (0.6, 1.35)
STANDING_M = 0.46  # about how far from a shelf people stand
# Two people who give each other something.
HAND_OVER_M, HAND_OVER_HEIGHT_M = 0.75, 1.05
_SPOT_CLEARANCE_M = 0.30
_PACE_M_S = 0.8
_GATE_S = 7.0
_APART_S = 4.5


class Stage:
    """One store, one cast, one stream of chance; what is taken from it is kept for the plot."""

    def __init__(
        self,
        store: GeneratedStore,
        planner: RoutePlanner,
        cast: tuple[Body, ...],
        crowding: float,
        rng: np.random.Generator,
    ) -> None:
        """Start with everything free."""
        self.store, self.planner, self.cast, self.crowding, self.rng = store, planner, cast, crowding, rng
        self.stock = Stock(store, rng)
        self._pose = {unit.pose.unit_id: unit.pose for unit in store.units}
        self._used: list[Facing] = []
        self._mouth: FloatArray = store.entry.mouth_xy_m

    @property
    def used(self) -> tuple[Facing, ...]:
        """Places that the plot is about."""
        return tuple(self._used)

    def shelf(self, facing: Facing) -> Shelf:
        """Return the shelf of a place."""
        return self.stock.shelf(facing)

    def front_xy_m(self, facing: Facing, away_m: float = 0.0, aside_m: float = 0.0) -> FloatArray:
        """Return a point `(2,)` before a place: so far from the shelf's front, so far along the shelf."""
        at: FloatArray = self.shelf(facing).to_store(np.array([facing.along_m + aside_m, -away_m, 0.0]))[:2]
        return at

    def unit(self, facing: Facing, row: int = 0) -> UnitPose:
        """Return a unit of a place, 0 the front one."""
        return self._pose[facing.unit_ids[row]]

    def product_id(self, facing: Facing) -> str:
        """Return what belongs at a place."""
        return self.store.assortment[facing.product_index].product_id

    def take(self, facing: Facing) -> Facing:
        """Keep a place for the plot."""
        self._used.append(facing)
        self.stock.remove((facing,))
        return facing

    def filled(
        self, height_m: tuple[float, float] = EASY_REACH_M, units: int = 1, is_roomy: bool = True
    ) -> list[Facing]:
        """Return free places with units at such heights, in the order of the store.

        Args:
            height_m: Of the board.
            units: At least so many behind each other.
            is_roomy: Only where somebody can stand before it.
        """
        found = [
            facing
            for facing in self.stock.places
            if len(facing.unit_ids) >= units and height_m[0] <= facing.board_m <= height_m[1]
        ]
        return [facing for facing in found if not is_roomy or self._has_room(facing)]

    def any_filled(self, height_m: tuple[float, float] = EASY_REACH_M, units: int = 1) -> Facing:
        """Draw a place and keep it.

        Raises:
            NoPlaceError: If there is none.
        """
        return self.take(self.choose(self.filled(height_m, units)))

    def choose(self, places: Sequence[Facing]) -> Facing:
        """Draw one of some places.

        Raises:
            NoPlaceError: If there are none.
        """
        if not places:
            raise NoPlaceError("no such place in this store")
        return places[int(self.rng.integers(len(places)))]

    def choose_pair(self, pairs: Sequence[tuple[Facing, Facing]]) -> tuple[Facing, Facing]:
        """Draw and keep one of some pairs of places.

        Raises:
            NoPlaceError: If there are none.
        """
        if not pairs:
            raise NoPlaceError("no such two places in this store")
        one, other = pairs[int(self.rng.integers(len(pairs)))]
        return self.take(one), self.take(other)

    def pairs(
        self, apart_m: tuple[float, float], height_m: tuple[float, float] = EASY_REACH_M
    ) -> list[tuple[Facing, Facing]]:
        """Return pairs of filled places of different products on one shelf, left one first."""
        by_shelf: dict[str, list[Facing]] = {}
        for facing in self.filled(height_m):
            by_shelf.setdefault(facing.shelf_id, []).append(facing)
        return [
            (one, other)
            for places in by_shelf.values()
            for one in places
            for other in places
            if apart_m[0] <= other.along_m - one.along_m <= apart_m[1]
            and one.product_index != other.product_index
        ]

    def neighbours(
        self, height_m: tuple[float, float] = EASY_REACH_M, same_product: bool = True
    ) -> list[tuple[Facing, Facing]]:
        """Return pairs of filled places beside each other on one board, of one product or of two."""
        places = sorted(self.filled(height_m), key=lambda f: (f.shelf_id, f.board_m, f.along_m))
        return [
            (one, other)
            for one, other in pairwise(places)
            if one.shelf_id == other.shelf_id
            and one.board_m == other.board_m
            and other.along_m - one.along_m < 1.6 * max(one.width_m, other.width_m)
            and (one.product_index == other.product_index) == same_product
        ]

    def spots(self, clearance_m: float = _SPOT_CLEARANCE_M) -> FloatArray:
        """Return `(n, 2)` where one can stand without being in a way out or in."""
        at = self.planner.standing_xy_m
        free = self.planner.obstacles.clearance_m(at) > clearance_m
        return at[free]

    def meeting(self, apart_m: float = HAND_OVER_M, near_xy_m: FloatArray | None = None) -> tuple[Spot, Spot]:
        """Draw two spots where people face each other, near a point if one is given.

        Raises:
            NoPlaceError: If there is no room.
        """
        at = self.spots(0.24)
        if near_xy_m is not None:
            at = at[np.argsort(np.hypot(*(at - near_xy_m).T), kind="stable")[:60]]
        for row in self.rng.permutation(len(at))[:40]:
            for turn in self.rng.permutation(8):
                way = np.array([np.cos(turn * np.pi / 4), np.sin(turn * np.pi / 4)])
                other = at[row] + apart_m * way
                middle = at[row] + 0.5 * apart_m * way
                clearance = self.planner.obstacles.clearance_m(np.stack([other, middle]))
                if clearance.min() > 0.27 and self._are_connected(at[row], other):
                    return facing_each_other(at[row], other)
        raise NoPlaceError("no room for two who face each other")

    def soon_s(self, *points_xy_m: FloatArray) -> float:
        """Return a time by which people can have come in one after another and be at some points."""
        walk = max(self.planner.walking_s(self._mouth, point, _PACE_M_S) for point in points_xy_m)
        if not np.isfinite(walk):
            raise NoPlaceError("no way there")
        return float(_GATE_S + walk + _APART_S * len(points_xy_m) + self.rng.uniform(1.0, 4.0))

    def shopper(self, body: int, visit: int | None = None, enter_s: float | None = None) -> Part:
        """Return the part of somebody who scans a code, does what the cues say and leaves."""
        visit = body if visit is None else visit
        stop = Stop(SCAN_M, float(self.rng.uniform(0.9, 1.6)))
        return Part(body, visit=visit, enter_s=enter_s, scans=(Scan(visit),), stop=stop)

    def spot_before(self, facing: Facing, aside_m: float, away_m: float = STANDING_M) -> Spot:
        """Return where somebody stands who faces a place from so far to the right of it.

        Raises:
            NoPlaceError: If there is no room.
        """
        at = self.front_xy_m(facing, away_m, aside_m)
        if self.planner.obstacles.clearance_m(at[None])[0] < _SPOT_CLEARANCE_M - 0.04:
            raise NoPlaceError("no room beside this place")
        inward = self.shelf(facing).inward_xy
        return Spot((float(at[0]), float(at[1])), float(np.arctan2(inward[0], -inward[1])))

    def plot(
        self,
        parts: Sequence[Part],
        cues: Sequence[Cue],
        expectations: tuple[Expectation, ...] = (),
        length_s: tuple[float, float] = (18.0, 75.0),
        new_units: tuple[NewUnit, ...] = (),
        new_props: tuple[NewProp, ...] = (),
    ) -> Plot:
        """Put a plot together; the rest of the cast comes to shop besides, some of them at the same place."""
        if self._used:
            self.stock.gather(self.front_xy_m(self._used[0]))
        visits = 1 + max((scan.visit for part in parts for scan in part.scans), default=-1)
        bodies = {part.body for part in parts}
        others = [body for body in range(len(self.cast)) if body not in bodies]
        extra = tuple(
            replace(
                self.shopper(body, visits + row, float(self.rng.uniform(0.5, 14.0))),
                shopping=self.shopping_list(),
                until_s=float(self.rng.uniform(20.0, 40.0)),
            )
            for row, body in enumerate(others)
        )
        return Plot(
            cast=self.cast,
            parts=(*parts, *extra),
            accounts=tuple(f"account-{visit + 1}" for visit in range(visits + len(extra))),
            cues=tuple(cues),
            new_units=new_units,
            new_props=new_props,
            used=self.used,
            expectations=expectations,
            length_s=(length_s[0], min(length_s[1], HORIZON_S - 10.0)),
        )

    def shopping_list(self) -> ShoppingList:
        """Draw what somebody wants who is not what the scenario is about."""
        rng = self.rng
        return ShoppingList(
            picks=int(rng.integers(1, 3)),
            put_backs=int(rng.random() < 0.2),
            touches=int(rng.random() < 0.25),
            crowding=self.crowding,
        )

    def _has_room(self, facing: Facing) -> bool:
        at = self.front_xy_m(facing, STANDING_M)
        return bool(self.planner.obstacles.clearance_m(at[None])[0] > 0.26)

    def _are_connected(self, one_xy_m: FloatArray, other_xy_m: FloatArray) -> bool:
        walk = self.planner.walking_s(one_xy_m, other_xy_m, 1.0)
        return walk < 3.0


def facing_each_other(one_xy_m: FloatArray, other_xy_m: FloatArray) -> tuple[Spot, Spot]:
    """Return the spots of two people who look at each other."""
    way = other_xy_m - one_xy_m
    yaw = float(np.arctan2(way[0], -way[1]))
    return (
        Spot((float(one_xy_m[0]), float(one_xy_m[1])), yaw),
        Spot((float(other_xy_m[0]), float(other_xy_m[1])), yaw + np.pi),
    )


def pick(
    facing: Facing,
    units: tuple[UnitPose, ...],
    manner: Manner | None = None,
    at_s: float | None = None,
    spot: Spot | None = None,
) -> Errand:
    """Return the errand of taking units."""
    return Errand(Action.PICK, facing, units, manner or Manner(), at_s=at_s, spot=spot)


def put(facing: Facing, unit: UnitPose, is_misplaced: bool = False) -> Errand:
    """Return the errand of putting a unit to the front of a place."""
    return Errand(Action.PUT, facing, (unit,), Manner(is_misplaced=is_misplaced))


IN_HAND = Manner(into=Into.HAND)
