"""A scripted world: who is where, what every hand does and where every unit is, at any time.

All truth is derived from here, never from what a tracker or a camera saw.
"""

from dataclasses import dataclass

import numpy as np

from datasets.synthetic.play.acts import (
    Action,
    Errand,
    InBag,
    InHand,
    InSlot,
    Move,
    Outside,
    Place,
    Routine,
)
from datasets.synthetic.play.agenda import NoPlaceError, ShoppingList, Stock, draw_browse, draw_errands
from datasets.synthetic.play.gestures import OutOfReachError, held_unit_xyz_yaw
from datasets.synthetic.play.motion import Body
from datasets.synthetic.play.routes import TICK_S, WALL_CLEARANCE_M, RoutePlanner, Traffic
from datasets.synthetic.play.shopping import Shopper
from datasets.synthetic.play.visit import Visit, plan_visit
from datasets.synthetic.pools import Pool
from datasets.synthetic.scene import BodyPose, FloatArray, SceneState, UnitPose
from datasets.synthetic.store.layout import GeneratedStore, generate_store
from datasets.synthetic.store.layout_types import FloorRectangle, StoreLayout
from datasets.synthetic.store.obstacles import Obstacles

_HORIZON_S = 110.0
_ATTEMPTS = 6
_REDRAWS = 12
_DELAYS_S = (0.0, 1.0, 2.5)
_AFTER_S = 1.5  # the recording goes on after the last shopper has left
# What parts of a visit take on average, walking included.
_GATE_ESTIMATE_S, _ERRAND_ESTIMATE_S, _BROWSE_ESTIMATE_S = 8.0, 9.5, 7.0
_WATCH_TICK_S = 0.025
# A hand is never longer in a slot than this; far more than any gesture takes.
_LONGEST_REACH_S = 6.0


class ScriptError(Exception):
    """No script for this seed: the errands do not fit into the store and the time."""


@dataclass(frozen=True, slots=True)
class Plot:
    """What a script shall contain.

    Attributes:
        wishes: One shopping list per shopper, in order of entry.
        enter_s: When each shopper comes, at the earliest.
        length_s: The last shopper leaves between these times.
    """

    wishes: tuple[ShoppingList, ...]
    enter_s: tuple[float, ...]
    length_s: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ScriptEvent:
    """One hand in one slot; times from the start of the script.

    Attributes:
        start_s: The palm crosses the shelf's front plane inward.
        contact_s: The palm is at the unit.
        end_s: The palm crosses the plane outward.
        product_index: None for a touch; so is `unit_id`.
    """

    action: Action
    shopper: int
    product_index: int | None
    unit_id: int | None
    slot_id: str
    hand: int
    start_s: float
    contact_s: float
    end_s: float
    is_misplaced: bool


@dataclass(frozen=True, slots=True)
class UnitHistory:
    """Every place of one unit in order of time; the first holds from the start."""

    unit_id: int
    product_index: int
    places: tuple[tuple[float, Place], ...]

    def place_at(self, at_s: float) -> Place:
        """Return where the unit is."""
        return [place for from_s, place in self.places if from_s <= at_s][-1]


@dataclass(frozen=True, eq=False)
class WorldScript:
    """Everything that happens in one recording; times from its start.

    Attributes:
        people: Bodies, in order of entry.
        units: Every unit of the store.
        events: In order of contact.
    """

    store: GeneratedStore
    people: tuple[Body, ...]
    visits: tuple[Visit, ...]
    units: tuple[UnitHistory, ...]
    events: tuple[ScriptEvent, ...]
    duration_s: float

    @property
    def layout(self) -> StoreLayout:
        """What the renderer bakes: the store without the units that move."""
        return self.store.layout_without(frozenset(unit.unit_id for unit in self.moving_units))

    @property
    def moving_units(self) -> tuple[UnitHistory, ...]:
        """Units that change their place."""
        return tuple(unit for unit in self.units if len(unit.places) > 1)

    def pose_at(self, shopper: int, at_s: float) -> BodyPose | None:
        """Return a shopper's pose, None while they are out of every picture."""
        visit = self.visits[shopper]
        if not visit.start_s <= at_s <= visit.end_s:
            return None
        return visit.performance.pose_at(at_s)

    def state_at(self, at_s: float) -> SceneState:
        """Return everything that can move."""
        poses = {i: pose for i in range(len(self.people)) if (pose := self.pose_at(i, at_s)) is not None}
        units = []
        for unit in self.moving_units:
            place = unit.place_at(at_s)
            if isinstance(place, InSlot):
                units.append(place.pose)
            elif isinstance(place, InHand) and place.shopper in poses:
                units.append(self._held(unit, place, poses[place.shopper]))
        return SceneState(at_s, tuple(poses.items()), tuple(units))

    def cart_of(self, shopper: int) -> dict[str, int]:
        """Return what a shopper left with: product id to count."""
        cart: dict[str, int] = {}
        for unit in self.units:
            last = unit.places[-1][1]
            if isinstance(last, Outside) and last.shopper == shopper:
                product_id = self.store.assortment[unit.product_index].product_id
                cart[product_id] = cart.get(product_id, 0) + 1
        return dict(sorted(cart.items()))

    def _held(self, unit: UnitHistory, place: InHand, pose: BodyPose) -> UnitPose:
        skeleton = self.people[place.shopper].skeleton_only(pose)
        xyz, yaw = held_unit_xyz_yaw(skeleton, place.hand, pose.yaw_rad, place.grip)
        return UnitPose(unit.unit_id, unit.product_index, (float(xyz[0]), float(xyz[1]), float(xyz[2])), yaw)


def write_script(pool: Pool, store_seed: int, people: tuple[Body, ...], plot: Plot, seed: int) -> WorldScript:
    """Write a script; the same arguments give the same script.

    Args:
        pool: Whose store.
        store_seed: Which store.
        people: One body per shopping list of the plot.
        plot: What shall happen.
        seed: How it happens.

    Raises:
        ScriptError: If no attempt fits everybody in.
    """
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng([seed, attempt])
        store = generate_store(pool, store_seed)
        visits = _plan_everybody(rng, store, people, plot)
        if visits is not None:
            return _script(store, people, visits)
    raise ScriptError(f"no script for seed {seed} after {_ATTEMPTS} attempts; take another seed")


def store_planner(store: GeneratedStore) -> RoutePlanner:
    """Return a planner of ways between the shelves that keeps out of the lanes."""
    lanes = tuple(
        FloorRectangle((lane.x_m - lane.width_m / 2, 0.0), (lane.x_m + lane.width_m / 2, lane.length_m))
        for lane in (store.entry, store.exit)
    )
    return RoutePlanner(Obstacles(store.obstacles.room_xy_m, (*store.obstacles.rectangles, *lanes)))


def _plan_everybody(
    rng: np.random.Generator, store: GeneratedStore, people: tuple[Body, ...], plot: Plot
) -> tuple[Visit, ...] | None:
    planner, stock = store_planner(store), Stock(store, rng)
    ticks = int(_HORIZON_S / TICK_S)
    visits: list[Visit] = []
    for index in range(len(people)):
        traffic = Traffic(np.array([visit.track_xy_m for visit in visits]).reshape(len(visits), ticks, 2))
        for _ in range(_REDRAWS):
            tried = stock.fork()
            visit = _try_visit(rng, store, planner, tried, people[index], plot, index, traffic)
            if visit is not None:
                break
        else:
            return None
        stock = tried
        visits.append(visit)
    return tuple(visits)


def _try_visit(
    rng: np.random.Generator,
    store: GeneratedStore,
    planner: RoutePlanner,
    stock: Stock,
    body: Body,
    plot: Plot,
    index: int,
    traffic: Traffic,
) -> Visit | None:
    """Draw one visit of one shopper and lay it through the traffic; None if that does not work out."""
    shopper = Shopper(index, body, store.assortment, rng)
    is_last = index == len(plot.wishes) - 1
    least_s, most_s = plot.length_s
    until_s = (least_s + most_s) / 2 if is_last else rng.uniform(0.65, 1.0) * least_s
    try:
        errands = _with_browsing(rng, store, stock, plot.wishes[index], until_s - plot.enter_s[index])
        routines = [_perform(planner, stock, shopper, errand) for errand in errands]
    except (NoPlaceError, OutOfReachError):
        return None
    speed, wait = float(rng.uniform(0.8, 1.15)), float(rng.uniform(0.9, 1.6))
    for delay_s in _DELAYS_S:
        start = int((plot.enter_s[index] + delay_s) / TICK_S)
        visit = plan_visit(store, planner, shopper, routines, start, speed, wait, traffic)
        if visit is not None:
            break
    else:
        return None
    if visit.left_s > most_s or (is_last and visit.left_s < least_s):
        return None
    return visit


def _with_browsing(
    rng: np.random.Generator, store: GeneratedStore, stock: Stock, wishes: ShoppingList, time_s: float
) -> list[Errand]:
    """Draw errands, with looking around in between so that the visit takes about that time."""
    errands = draw_errands(rng, stock, wishes)
    busy_s = _GATE_ESTIMATE_S + _ERRAND_ESTIMATE_S * len(errands)
    for _ in range(max(0, round((time_s - busy_s) / _BROWSE_ESTIMATE_S))):
        free = [i for i in range(len(errands) + 1) if i == 0 or not errands[i - 1].keeps_in_hand]
        errands.insert(int(rng.choice(free)), draw_browse(rng, stock, store))
    return errands


def _perform(planner: RoutePlanner, stock: Stock, shopper: Shopper, errand: Errand) -> Routine:
    routine = shopper.perform(errand, stock.shelf(errand.place))
    if planner.obstacles.clearance_m(routine.stance.xy_m[None])[0] < WALL_CLEARANCE_M - 0.03:
        raise OutOfReachError("somebody would have to stand in something")
    return routine


def _script(store: GeneratedStore, people: tuple[Body, ...], visits: tuple[Visit, ...]) -> WorldScript:
    moves: dict[int, list[tuple[float, Place]]] = {}
    events: list[ScriptEvent] = []
    for index, visit in enumerate(visits):
        carried: set[int] = set()
        for timed in visit.routines:
            for move in timed.routine.moves:
                moves.setdefault(move.unit_id, []).append((timed.start_s + move.at_s, move.place))
                _remember(carried, move)
            if timed.routine.hand is not None:
                events.append(_event(store, people[index], visit, index, timed.start_s, timed.routine))
        for unit_id in sorted(carried):
            moves[unit_id].append((visit.left_s, Outside(index)))
    units = tuple(
        UnitHistory(
            unit.pose.unit_id,
            unit.pose.product_index,
            ((0.0, InSlot(unit.slot_id, unit.pose)), *moves.get(unit.pose.unit_id, [])),
        )
        for unit in store.units
    )
    duration = max(visit.left_s for visit in visits) + _AFTER_S
    return WorldScript(
        store, people, visits, units, tuple(sorted(events, key=lambda event: event.contact_s)), duration
    )


def _remember(carried: set[int], move: Move) -> None:
    if isinstance(move.place, (InHand, InBag)):
        carried.add(move.unit_id)
    else:
        carried.discard(move.unit_id)


def _event(
    store: GeneratedStore, body: Body, visit: Visit, shopper: int, start_s: float, routine: Routine
) -> ScriptEvent:
    hand = routine.hand if routine.hand is not None else 0
    contact = start_s + routine.contact_s
    front: FloatArray = routine.stance.xy_m + routine.stance.inward_xy * routine.stance.front_m

    def is_inside(at_s: float) -> bool:
        palm = body.skeleton_only(visit.performance.pose_at(at_s)).palm_m[hand, :2]
        return bool((palm - front) @ routine.stance.inward_xy > 0.0)

    first = last = contact
    while is_inside(first) and contact - first < _LONGEST_REACH_S:
        first -= _WATCH_TICK_S
    while is_inside(last) and last - contact < _LONGEST_REACH_S:
        last += _WATCH_TICK_S
    errand = routine.errand
    return ScriptEvent(
        action=errand.action,
        shopper=shopper,
        product_index=errand.unit.product_index if errand.unit else None,
        unit_id=errand.unit.unit_id if errand.unit else None,
        slot_id=errand.place.slot_id,
        hand=hand,
        start_s=first,
        contact_s=contact,
        end_s=last,
        is_misplaced=errand.manner.is_misplaced,
    )
