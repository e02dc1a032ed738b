"""A scripted world: who is where, what every hand does and where every unit is, at any time.

All truth is derived from here, never from what a tracker or a camera saw.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cart_tracker.store_map import StoreMap
from datasets.recording import Expectation
from datasets.synthetic.body.people import Person
from datasets.synthetic.mesh import Mesh
from datasets.synthetic.play.acts import (
    Action,
    CoatMove,
    InHand,
    InSlot,
    OnFloor,
    PropAt,
    PropHeld,
    PropWith,
    RoutineEvent,
)
from datasets.synthetic.play.agenda import Stock
from datasets.synthetic.play.entrance_doors import with_doors
from datasets.synthetic.play.faults import FaultWish
from datasets.synthetic.play.fridge_fog import fog_at
from datasets.synthetic.play.gestures import Grip, held_unit_xyz_yaw
from datasets.synthetic.play.histories import PropHistory, UnitHistory, prop_histories, unit_histories
from datasets.synthetic.play.motion import Body
from datasets.synthetic.play.plot import Part, Plot
from datasets.synthetic.play.routes import RoutePlanner
from datasets.synthetic.play.staging import Staging
from datasets.synthetic.play.stay import Stay, TimedRoutine
from datasets.synthetic.scene import BodyPose, FloatArray, PropPose, SceneState, UnitPose
from datasets.synthetic.store.layout import GeneratedStore
from datasets.synthetic.store.layout_types import StoreLayout

_AFTER_S = 1.5  # the recording goes on after the last shopper has left
_WATCH_TICK_S = 0.025
# Without a shelf front to cross, an act at one moment is said to take so long before and after it.
_AROUND_S = 0.5
# Slow picks are inside for ten seconds, and hands that hold something inside for twenty.
_LONGEST_REACH_S = 25.0


class ScriptError(Exception):
    """No script for this seed: the errands do not fit into the store and the time."""


@dataclass(frozen=True, slots=True)
class ScriptEvent:
    """One hand at one unit, slot or door; times from the start of the script.

    Attributes:
        shopper: Row of the script's people; so is `partner`.
        product_index: None where no unit was handled; so is `unit_id`.
        slot_id: None away from slots.
        hand: 0 left, 1 right, None where hands do not matter.
        start_s: The palm crosses the shelf's front plane inward, or the act begins.
        contact_s: The palm is at the unit.
        end_s: The palm crosses the plane outward, or the act is over.
    """

    action: Action
    shopper: int
    product_index: int | None
    unit_id: int | None
    slot_id: str | None
    hand: int | None
    start_s: float
    contact_s: float
    end_s: float
    is_misplaced: bool = False
    partner: int | None = None


@dataclass(frozen=True, slots=True)
class ScriptVisit:
    """An accepted code; times from the start of the script.

    Attributes:
        shoppers: Rows of the script's people that its account answers for, who scanned first.
        left_s: When the last of them left.
    """

    account: str
    scanned_s: float
    left_s: float
    shoppers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PriceStep:
    """From a time of the script on, a product has another price.

    Attributes:
        product_index: Row of the store's assortment.
        price_minor: In minor units.
    """

    at_s: float
    product_index: int
    price_minor: int


@dataclass(frozen=True, eq=False)
class WorldScript:
    """Everything that happens in one recording; times from its start.

    Attributes:
        store: As it is; `store_map` is what the installed system believes.
        people: One body per stay; who comes twice is here twice.
        parts: Why each of them is here; `stays` is how they move.
        visits: Accepted codes, in order of time.
        units: Every unit of the store, and what people brought.
        events: In order of contact.
        props: Meshes of everything that moves and is neither a person nor for sale.
        faults: What shall go wrong with cameras and clocks.
        wants_scales: Whether the recording is worth having shelf scales in.
        price_steps: In order of time.
    """

    store: GeneratedStore
    store_map: StoreMap
    people: tuple[Body, ...]
    parts: tuple[Part, ...]
    stays: tuple[Stay, ...]
    visits: tuple[ScriptVisit, ...]
    units: tuple[UnitHistory, ...]
    events: tuple[ScriptEvent, ...]
    props: tuple[Mesh, ...]
    prop_histories: tuple[PropHistory, ...]
    duration_s: float
    expectations: tuple[Expectation, ...] = ()
    faults: tuple[FaultWish, ...] = ()
    wants_scales: bool = False
    price_steps: tuple[PriceStep, ...] = ()

    @property
    def layout(self) -> StoreLayout:
        """What the renderer bakes: the store without what moves."""
        moving_props = (
            index for index in range(len(self.store.props)) if len(self.prop_histories[index].places) > 1
        )
        return self.store.layout_without(
            frozenset(unit.unit_id for unit in self.moving_units), frozenset(moving_props)
        )

    @property
    def moving_units(self) -> tuple[UnitHistory, ...]:
        """Units that change their place, and those that people brought."""
        return tuple(unit for unit in self.units if len(unit.places) > 1 or not unit.is_on_shelf_first)

    def pose_at(self, shopper: int, at_s: float) -> BodyPose | None:
        """Return a shopper's pose, None while they are out of every picture."""
        stay = self.stays[shopper]
        if not stay.start_s <= at_s <= stay.end_s:
            return None
        pose = stay.performance.pose_at(at_s)
        return replace(pose, is_coat_off=True) if self._is_coat_off(stay, at_s) else pose

    def _is_coat_off(self, stay: Stay, at_s: float) -> bool:
        moves = (
            (timed.start_s + move.at_s, move) for timed in stay.routines for move in timed.routine.coat_moves
        )
        last: CoatMove | None = max(
            ((when_s, move) for when_s, move in moves if when_s <= at_s),
            key=lambda entry: entry[0],
            default=(0.0, None),
        )[1]
        return last is not None and last.is_off

    def state_at(self, at_s: float) -> SceneState:
        """Return everything that can move."""
        poses = {i: pose for i in range(len(self.people)) if (pose := self.pose_at(i, at_s)) is not None}
        units = []
        for unit in self.moving_units:
            place = unit.place_at(at_s)
            if isinstance(place, (InSlot, OnFloor)):
                units.append(place.pose)
            elif isinstance(place, InHand) and place.shopper in poses:
                units.append(self._held(unit, place, poses[place.shopper]))
        props = (self._prop(index, at_s, poses) for index in range(len(self.props)))
        return SceneState(
            at_s, tuple(poses.items()), tuple(units), tuple(prop for prop in props if prop is not None)
        )

    def cart_of(self, shopper: int) -> dict[str, int]:
        """Return what a shopper left with or ate of the store's goods: product id to count."""
        return self._cart(lambda taker: taker == shopper)

    def cart_of_visit(self, visit: int) -> dict[str, int]:
        """Return what an account owes for: product id to count."""
        return self._cart(lambda taker: taker in self.visits[visit].shoppers)

    def owed_minor(self, visit: int) -> int:
        """Return what an account owes in all: every unit at the price that held when it left its shelf."""
        takers = self.visits[visit].shoppers
        return sum(
            self._price_minor(unit) for unit in self.units if unit.taken_by in takers and unit.is_for_sale
        )

    def _price_minor(self, unit: UnitHistory) -> int:
        pairs = zip(unit.places, unit.places[1:], strict=False)
        taken_s = max((at_s for (_, place), (at_s, _) in pairs if isinstance(place, InSlot)), default=0.0)
        steps = [s for s in self.price_steps if s.product_index == unit.product_index and s.at_s <= taken_s]
        return steps[-1].price_minor if steps else self.store.assortment[unit.product_index].price_minor

    def _cart(self, is_taker: Callable[[int], bool]) -> dict[str, int]:
        cart: dict[str, int] = {}
        for unit in self.units:
            if unit.taken_by is not None and unit.is_for_sale and is_taker(unit.taken_by):
                product_id = self.store.assortment[unit.product_index].product_id
                cart[product_id] = cart.get(product_id, 0) + 1
        return dict(sorted(cart.items()))

    def _held(self, unit: UnitHistory, place: InHand, pose: BodyPose) -> UnitPose:
        xyz, yaw = self._in_hand(place.shopper, place.hand, place.grip, pose)
        return UnitPose(unit.unit_id, unit.product_index, xyz, yaw, place.grip.tilt_rad)

    def _in_hand(
        self, shopper: int, hand: int, grip: Grip, pose: BodyPose
    ) -> tuple[tuple[float, float, float], float]:
        skeleton = self.people[shopper].skeleton_only(pose)
        xyz, yaw = held_unit_xyz_yaw(skeleton, hand, pose.yaw_rad, grip)
        return (float(xyz[0]), float(xyz[1]), float(xyz[2])), yaw

    def _prop(self, index: int, at_s: float, poses: dict[int, BodyPose]) -> PropPose | None:
        place = self.prop_histories[index].place_at(at_s)
        if isinstance(place, PropAt):
            is_static = index < len(self.store.props) and len(self.prop_histories[index].places) == 1
            if is_static:
                return None
            shut_rad = next((d.closed_yaw_rad for d in self.store.doors if d.prop_index == index), None)
            fog = 0.0 if shut_rad is None else fog_at(self.prop_histories[index], shut_rad, at_s)
            return replace(place.pose, fog=fog)
        if isinstance(place, PropWith) and place.shopper in poses:
            pose = poses[place.shopper]
            return PropPose(index, (float(pose.xy_m[0]), float(pose.xy_m[1]), 0.0), pose.yaw_rad)
        if isinstance(place, PropHeld) and place.shopper in poses:
            return PropPose(
                index, *self._in_hand(place.shopper, place.hand, place.grip, poses[place.shopper])
            )
        return None


def write_script(
    store: GeneratedStore, planner: RoutePlanner, plot: Plot, stock: Stock, rng: np.random.Generator
) -> WorldScript | None:
    """Write a script; None if this draw does not fit into the store and the time.

    Args:
        store: Where.
        planner: Of this store (`store_planner`).
        plot: What shall happen.
        stock: What people with shopping lists find; the plot's own places are taken out of it.
        rng: How it happens.
    """
    free = stock.fork()
    free.remove(plot.used)
    stays = Staging(store, planner, plot, free, rng).stays()
    return None if stays is None else _script(store, plot, stays)


def _script(store: GeneratedStore, plot: Plot, stays: tuple[Stay, ...]) -> WorldScript:
    people = tuple(plot.cast[part.body] for part in plot.parts)
    first_pushed = len(store.props) + len(plot.new_props)
    pushed_by = {i: mesh for i, body in enumerate(people) if (mesh := _pushed(body)) is not None}
    pushed = {first_pushed + row: shopper for row, shopper in enumerate(pushed_by)}
    events = [
        _event(people[index], stay, index, timed, event)
        for index, stay in enumerate(stays)
        for timed in stay.routines
        for event in timed.routine.events
    ]
    first = [*(prop.first for prop in plot.new_props), *(PropWith(i) for i in pushed_by)]
    histories = prop_histories(store, first, pushed, stays)
    return WorldScript(
        store=store,
        store_map=store.store_map,
        people=people,
        parts=plot.parts,
        stays=stays,
        visits=_visits(plot, stays),
        units=unit_histories(store, plot.new_units, stays),
        events=tuple(sorted(events, key=lambda event: event.contact_s)),
        props=(*store.props, *(prop.mesh for prop in plot.new_props), *pushed_by.values()),
        prop_histories=with_doors(store, histories, plot.parts, stays, frozenset(pushed_by)),
        duration_s=max(stay.left_s for stay in stays) + _AFTER_S,
        expectations=plot.expectations,
    )


def _pushed(body: Body) -> Mesh | None:
    return body.pushed if isinstance(body, Person) else None


def _visits(plot: Plot, stays: tuple[Stay, ...]) -> tuple[ScriptVisit, ...]:
    visits = []
    for row, account in enumerate(plot.accounts):
        scanner, share = next(
            (index, scan.share)
            for index, part in enumerate(plot.parts)
            for scan in part.scans
            if scan.visit == row
        )
        members = [index for index, part in enumerate(plot.parts) if part.visit == row]
        from_s, to_s = stays[scanner].stop_s
        visits.append(
            ScriptVisit(
                account,
                from_s + share * (to_s - from_s),
                max(stays[index].left_s for index in members),
                tuple(sorted(members, key=lambda index: (index != scanner, index))),
            )
        )
    return tuple(visits)


def _event(body: Body, stay: Stay, shopper: int, timed: TimedRoutine, event: RoutineEvent) -> ScriptEvent:
    contact = timed.start_s + event.contact_s
    start_s, end_s = contact - _AROUND_S, contact + _AROUND_S
    if event.slot_id is not None and event.hand is not None:
        start_s, end_s = _inside(body, stay, timed, event.hand, contact)
    return ScriptEvent(
        action=event.action,
        shopper=shopper,
        product_index=event.unit.product_index if event.unit else None,
        unit_id=event.unit.unit_id if event.unit else None,
        slot_id=event.slot_id,
        hand=event.hand,
        start_s=start_s,
        contact_s=contact,
        end_s=end_s,
        is_misplaced=event.is_misplaced,
        partner=event.partner,
    )


def _inside(body: Body, stay: Stay, timed: TimedRoutine, hand: int, contact_s: float) -> tuple[float, float]:
    """Return when the palm crosses the shelf's front inward before the contact and outward after it."""
    stance = timed.routine.stance
    front: FloatArray = stance.xy_m + stance.inward_xy * stance.front_m

    def is_inside(at_s: float) -> bool:
        palm = body.skeleton_only(stay.performance.pose_at(at_s)).palm_m[hand, :2]
        return bool((palm - front) @ stance.inward_xy > 0.0)

    first = last = contact_s
    while is_inside(first) and contact_s - first < _LONGEST_REACH_S:
        first -= _WATCH_TICK_S
    while is_inside(last) and last - contact_s < _LONGEST_REACH_S:
        last += _WATCH_TICK_S
    return first, last
