"""Which errands a shopper has: drawn from a shopping list so that no unit is promised to two people."""

from copy import copy
from dataclasses import dataclass

import numpy as np

from cart_tracker.store_map import Shelf
from datasets.synthetic.play.acts import Action, Errand, Into, Manner
from datasets.synthetic.scene import FloatArray, UnitPose
from datasets.synthetic.store.layout import GeneratedStore
from datasets.synthetic.store.layout_types import FridgeDoor
from datasets.synthetic.store.planogram import Facing

_NEAR_M = 1.1
# Where a hand gets into an open fridge: away from the hinge, neither low nor high.
_FROM_HINGE_M, _EASY_BOARD_M = 0.25, (0.6, 1.35)
_COLD_SHARE = 0.5  # of shoppers with a list where there are fridges with doors


class NoPlaceError(Exception):
    """The store has no place left for an errand."""


@dataclass(frozen=True, slots=True)
class ShoppingList:
    """How often a shopper does what.

    Attributes:
        picks: Units taken, also those that are put back later.
        put_backs: Of these, units put back where they came from.
        misplacements: Of these, units put where they do not belong.
        touches: Reaches into a slot that take nothing.
        keeps_in_hand: Probability that a unit stays in the hand while nothing else is wanted.
        crowding: Probability of an errand near the store's favourite spot.
    """

    picks: int
    put_backs: int = 0
    misplacements: int = 0
    touches: int = 0
    keeps_in_hand: float = 0.3
    crowding: float = 0.0


class Stock:
    """What is still to be had: places at the front of shelves that nobody has an errand for.

    Places behind the doors of fridges are apart: they are for those who open the door, one in all.
    """

    def __init__(self, store: GeneratedStore, rng: np.random.Generator) -> None:
        """Start with everything, and a favourite spot for crowding."""
        self._shelf = {shelf.shelf_id: shelf for shelf in store.store_map.shelves}
        self._pose = {unit.pose.unit_id: unit.pose for unit in store.units}
        self._assortment = store.assortment
        self._open = [facing for facing in store.facings if not is_behind_door(store, facing)]
        self._behind = [
            (door, facing) for door in store.doors for facing in store.facings if _is_easy(door, facing)
        ]
        self._rng = rng
        place = self._open[int(rng.integers(len(self._open)))]
        self._favourite = self._spot(place)

    def fork(self) -> "Stock":
        """Return a copy to try something with."""
        other = copy(self)
        other._open, other._behind = list(self._open), list(self._behind)
        return other

    def remove(self, facings: tuple[Facing, ...]) -> None:
        """Keep places for somebody else."""
        self._open = [facing for facing in self._open if facing not in facings]
        doors = {door.prop_index for door, facing in self._behind if facing in facings}
        self._behind = [(door, facing) for door, facing in self._behind if door.prop_index not in doors]

    def gather(self, xy_m: FloatArray) -> None:
        """Let the favourite spot be at a point `(2,)`."""
        self._favourite = xy_m

    @property
    def places(self) -> tuple[Facing, ...]:
        """Everything that is still open, in the order of the store."""
        return tuple(self._open)

    def shelf(self, facing: Facing) -> Shelf:
        """Return the shelf of a place."""
        return self._shelf[facing.shelf_id]

    def take_filled(self, crowding: float) -> Facing:
        """Draw a place with a unit, and keep it for the caller."""
        filled = [facing for facing in self._open if facing.unit_ids]
        if self._rng.random() < crowding:
            near = [f for f in filled if np.hypot(*(self._spot(f) - self._favourite)) < _NEAR_M]
            filled = near or filled
        return self._take(filled)

    def take_behind_door(self) -> tuple[FridgeDoor, Facing] | None:
        """Draw a fridge door and a place with a unit behind it, and keep the door; None without one."""
        if not self._behind:
            return None
        door, facing = self._behind[int(self._rng.integers(len(self._behind)))]
        self._behind = [(one, place) for one, place in self._behind if one is not door]
        return door, facing

    def take_gap(self, product_index: int, home: Facing) -> Facing:
        """Draw an empty place of another product where this one fits, away from home if there is one.

        Raises:
            NoPlaceError: If there is none.
        """
        width, _, height = self._assortment[product_index].size_m
        gaps = [
            facing
            for facing in self._open
            if not facing.unit_ids
            and facing.product_index != product_index
            and width <= facing.width_m
            and height + 0.03 <= facing.headroom_m
        ]
        away = [facing for facing in gaps if facing.shelf_id != home.shelf_id]
        return self._take(away or gaps)

    def front_unit(self, facing: Facing) -> UnitPose:
        """Return the unit at the front of a place."""
        return self._pose[facing.unit_ids[0]]

    def _take(self, facings: list[Facing]) -> Facing:
        if not facings:
            raise NoPlaceError("no place of this kind is left on any shelf")
        facing = facings[int(self._rng.integers(len(facings)))]
        self._open.remove(facing)
        return facing

    def _spot(self, facing: Facing) -> FloatArray:
        xy: FloatArray = self._shelf[facing.shelf_id].to_store(np.array([facing.along_m, 0.0, 0.0]))[:2]
        return xy


def is_behind_door(store: GeneratedStore, facing: Facing) -> bool:
    """Tell whether a place is in a fridge with a door."""
    return any(
        door.shelf_id == facing.shelf_id
        and door.along_m[0] - facing.width_m / 2 < facing.along_m < door.along_m[1] + facing.width_m / 2
        for door in store.doors
    )


def _is_easy(door: FridgeDoor, facing: Facing) -> bool:
    """Tell whether something stands behind a door where one gets at it beside the open leaf."""
    low, high = door.along_m
    hinge = low if door.is_hinged_left else high
    return (
        facing.shelf_id == door.shelf_id
        and bool(facing.unit_ids)
        and low + 0.05 < facing.along_m < high - 0.05
        and abs(facing.along_m - hinge) > _FROM_HINGE_M
        and _EASY_BOARD_M[0] <= facing.board_m <= _EASY_BOARD_M[1]
    )


def draw_errands(
    rng: np.random.Generator, stock: Stock, wishes: ShoppingList, opens_doors: bool = False
) -> list[Errand]:
    """Turn a shopping list into errands in an order that can be carried out.

    Args:
        rng: Draws.
        stock: What is to be had; what is wanted is taken out.
        wishes: The list.
        opens_doors: One thing that is kept may come from behind a fridge's door.
    """
    returns = ["put"] * wishes.put_backs + ["misplace"] * wishes.misplacements
    returns += ["keep"] * (wishes.picks - len(returns))
    rng.shuffle(returns)
    errands: list[Errand] = []
    pending: list[Errand] = []
    is_cold_due = opens_doors and rng.random() < _COLD_SHARE
    for fate in returns:
        cold = stock.take_behind_door() if is_cold_due and fate == "keep" else None
        if cold is not None:
            errands += _fetch(stock, *cold)
            is_cold_due = False
            continue
        facing = stock.take_filled(wishes.crowding)
        unit = stock.front_unit(facing)
        back = _return_errand(stock, fate, facing, unit)
        holds_on = back is not None and rng.random() < max(wishes.keeps_in_hand, 0.5)
        errands.append(Errand(Action.PICK, facing, (unit,), Manner(into=Into.HAND if holds_on else Into.BAG)))
        if back is not None and holds_on:
            errands.append(back)
        elif back is not None:
            pending.append(back)
        if pending and rng.random() < 0.5:
            errands.append(pending.pop(0))
    errands += pending
    for _ in range(wishes.touches):
        touch = Errand(Action.TOUCH, stock.take_filled(wishes.crowding))
        errands.insert(_place_for_touch(rng, errands), touch)
    last = errands[-1] if errands else None
    if last is not None and last.action is Action.PICK and rng.random() < wishes.keeps_in_hand:
        errands[-1] = Errand(Action.PICK, last.facing, last.units, Manner(into=Into.HAND))
    return errands


def _fetch(stock: Stock, door: FridgeDoor, facing: Facing) -> list[Errand]:
    """Open a fridge, take what stands at the front of a place, shut it again."""
    return [
        Errand(Action.OPEN_DOOR, door=door),
        Errand(Action.PICK, facing, (stock.front_unit(facing),), door=door),
        Errand(Action.CLOSE_DOOR, door=door),
    ]


def draw_browse(rng: np.random.Generator, stock: Stock, store: GeneratedStore) -> Errand:
    """Draw a stop that only looks; it keeps nothing from anybody."""
    return Errand(Action.BROWSE, store.facings[int(rng.integers(len(store.facings)))])


def _return_errand(stock: Stock, fate: str, facing: Facing, unit: UnitPose) -> Errand | None:
    if fate == "keep":
        return None
    if fate == "misplace":
        gap = stock.take_gap(unit.product_index, facing)
        return Errand(Action.PUT, gap, (unit,), Manner(is_misplaced=True))
    return Errand(Action.PUT, facing, (unit,))


def _place_for_touch(rng: np.random.Generator, errands: list[Errand]) -> int:
    """Touching comes anywhere but between taking something into the hand and putting it back."""
    free = [i for i in range(len(errands) + 1) if i == 0 or not errands[i - 1].binds_the_next]
    return int(rng.choice(free))
