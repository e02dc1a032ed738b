"""Lays everybody's stay of a plot through the store, one after another, until all fit together."""

import numpy as np

from datasets.synthetic.play.acts import Errand, PropAt, Routine
from datasets.synthetic.play.agenda import NoPlaceError, ShoppingList, Stock, draw_browse, draw_errands
from datasets.synthetic.play.gestures import OutOfReachError
from datasets.synthetic.play.open_doors import LEAF_RADIUS_M, open_leaves
from datasets.synthetic.play.plot import Part, Plot
from datasets.synthetic.play.pushing import PushPlanner
from datasets.synthetic.play.pushing_stay import plan_pushing_stay
from datasets.synthetic.play.rehearsal import Rehearsals
from datasets.synthetic.play.routes import (
    PERSON_RADIUS_M,
    TICK_S,
    WALL_CLEARANCE_M,
    RoutePlanner,
    Traffic,
)
from datasets.synthetic.play.shopping import Shopper
from datasets.synthetic.play.stay import Stay, Walker, door_lane, plan_stay, way_in_s
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.layout import GeneratedStore
from datasets.synthetic.store.obstacles import Obstacles

HORIZON_S = 150.0
_REDRAWS = 9
_REORDERS = 6
_DELAYS_S = (0.0, 0.7, 1.5, 2.5, 4.0)
# Who has an appointment sets out so much before it must, and earlier if the way is not free.
_SPARE_S = (1.5, 3.0, 4.5, 6.5, 9.0, 12.0, 16.0)
_FIRST_START_S = 0.3
# What parts of a visit take on average, walking included.
GATE_ESTIMATE_S, ERRAND_ESTIMATE_S, _BROWSE_ESTIMATE_S = 9.0, 10.5, 8.5
# Half of a wheelchair's width and room for hands; the disc reaches to its foot rests, nearly.
_WHEELCHAIR_CLEARANCE_M, _WHEELCHAIR_RADIUS_M, _WHEELCHAIR_M_S = 0.38, 0.42, 0.8
# A parent and a child walk and stand as near as this.
_FAMILY_CLEARANCE_M = 0.33
_AT_THE_HANDLE_M = 1.4


def store_planner(
    store: GeneratedStore, clearance_m: float = WALL_CLEARANCE_M, radius_m: float = PERSON_RADIUS_M
) -> RoutePlanner:
    """Return a planner of ways between the shelves that keeps out of the lanes."""
    lanes = tuple(
        lane.rectangle() for lane in (store.entry, store.exit, store.staff_door) if lane is not None
    )
    closed = Obstacles(store.obstacles.room_xy_m, (*store.obstacles.rectangles, *lanes))
    return RoutePlanner(closed, clearance_m, radius_m)


def _opens_doors(shopper: Shopper) -> bool:
    """Tell whether somebody has a hand free for a fridge's door and is tall enough for its handle."""
    is_free = not shopper.parks and not shopper.build.is_seated and shopper.body.bag_hand is None
    return is_free and shopper.build.height_m > _AT_THE_HANDLE_M


def _is_clear_of_doors(stay: Stay, traffic: Traffic) -> bool:
    """Tell whether nobody laid before is where a door stands open that is opened in a stay."""
    for disc in open_leaves(stay, traffic.ticks):
        apart = np.hypot(*np.moveaxis(traffic.xy_m - disc, -1, 0))
        if (apart < (traffic.radius_m + LEAF_RADIUS_M)[:, None]).any():
            return False
    return True


class Staging:
    """One try to stage a plot."""

    def __init__(
        self,
        store: GeneratedStore,
        planner: RoutePlanner,
        plot: Plot,
        stock: Stock,
        rng: np.random.Generator,
    ) -> None:
        """Prepare.

        Args:
            store: Where.
            planner: Of that store, lanes closed; kept between tries.
            plot: What shall happen.
            stock: What is left on the shelves for those who have a shopping list.
            rng: Draws what the plot leaves open.
        """
        self._store, self._planner, self._plot, self._stock, self._rng = store, planner, plot, stock, rng
        self._ticks = int(HORIZON_S / TICK_S)
        self._push_planner: PushPlanner | None = None

    def stays(self) -> tuple[Stay, ...] | None:
        """Lay all stays; None if that does not work out."""
        parts = self._plot.parts
        order = sorted(range(len(parts)), key=lambda part: (not self._has_appointment(part), part))
        for _ in range(_REORDERS):
            laid = self._lay(order)
            if not isinstance(laid, int):
                return laid
            if laid == order[0] or parts[laid].shopping is not None:
                return None
            order = [laid, *(part for part in order if part != laid)]
        return None

    def _has_appointment(self, part: int) -> bool:
        return any(part in cue.parts and cue.has_appointment for cue in self._plot.cues)

    def _lay(self, order: list[int]) -> tuple[Stay, ...] | int:
        """Lay stays in an order; the part that does not fit if one does not."""
        shoppers = tuple(
            Shopper(index, self._plot.cast[part.body], self._store.assortment, self._rng)
            for index, part in enumerate(self._plot.parts)
        )
        rehearsals = Rehearsals(self._store, dict(enumerate(shoppers)))
        try:
            rehearsals.perform(self._plot.cues)
        except OutOfReachError:
            return order[0]
        stays: dict[int, Stay] = {}
        for part in order:
            stay = self._stay(part, shoppers[part], rehearsals, stays)
            if stay is None:
                return part
            stays[part] = stay
        last_s = max(stay.left_s for stay in stays.values())
        if not self._plot.length_s[0] <= last_s <= self._plot.length_s[1]:
            return order[0]
        return tuple(stays[part] for part in range(len(order)))

    def _stay(
        self, index: int, shopper: Shopper, rehearsals: Rehearsals, stays: dict[int, Stay]
    ) -> Stay | None:
        part, traffic = self._plot.parts[index], self._traffic(index, stays)
        if part.shopping is None:
            walker = self._walker(part, shopper)
            return self._at_some_time(index, part, walker, rehearsals, traffic)
        too_long_s = 0.0
        for _ in range(_REDRAWS):
            stock = self._stock.fork()
            shopper = Shopper(index, self._plot.cast[part.body], self._store.assortment, self._rng)
            tried = Rehearsals(self._store, {index: shopper})
            try:
                for errand in self._errands(part, shopper, part.shopping, stock, too_long_s):
                    tried.add(index, errand)
            except (NoPlaceError, OutOfReachError):
                continue
            stay = self._at_some_time(index, part, self._walker(part, shopper), tried, traffic)
            if stay is None:
                continue
            if self._is_long_enough(stay, stays):
                self._stock = stock
                return stay
            too_long_s += stay.left_s - float(np.mean(self._plot.length_s))
        return None

    def _is_long_enough(self, stay: Stay, stays: dict[int, Stay]) -> bool:
        """Tell whether a stay ends in time, and whether with the last one everything is long enough."""
        least_s, most_s = self._plot.length_s
        is_last = len(stays) == len(self._plot.parts) - 1
        last_s = max([stay.left_s, *(other.left_s for other in stays.values())])
        return stay.left_s <= most_s and (not is_last or last_s >= least_s)

    def _walker(self, part: Part, shopper: Shopper) -> Walker:
        speed = part.speed_m_s or float(self._rng.uniform(0.8, 1.15))
        if shopper.build.is_seated:
            planner = store_planner(self._store, _WHEELCHAIR_CLEARANCE_M, _WHEELCHAIR_RADIUS_M)
            return Walker(shopper, planner, min(speed, _WHEELCHAIR_M_S), self._rng)
        return Walker(shopper, self._planner, speed, self._rng)

    def _traffic(self, index: int, stays: dict[int, Stay]) -> Traffic:
        tracks = np.array([stay.track_xy_m for stay in stays.values()]).reshape(len(stays), self._ticks, 2)
        radii = np.array([stay.radius_m for stay in stays.values()])
        for row, other in enumerate(stays):
            if self._plot.parts[index].companion == other or self._plot.parts[other].companion == index:
                radii[row] = _FAMILY_CLEARANCE_M - PERSON_RADIUS_M
        stands = [
            (np.broadcast_to(prop.first.pose.xyz_m[:2], (self._ticks, 2)), prop.radius_m)
            for prop in self._plot.new_props
            if isinstance(prop.first, PropAt) and prop.radius_m > 0
        ]
        for stay in stays.values():
            stands += [(disc, LEAF_RADIUS_M) for disc in open_leaves(stay, self._ticks)]
            if stay.pushed is not None:
                stands += [(disc, stay.pushed.radius_m) for disc in stay.pushed.xy_m]
        if not stands:
            return Traffic(tracks, radii)
        others = np.array([xy for xy, _ in stands])
        return Traffic(np.concatenate([tracks, others]), np.append(radii, [radius for _, radius in stands]))

    def _at_some_time(
        self, index: int, part: Part, walker: Walker, rehearsals: Rehearsals, traffic: Traffic
    ) -> Stay | None:
        for start_s in self._start_times(index, part, walker, rehearsals):
            stay = self._planned(part, walker, rehearsals.routines[index], round(start_s / TICK_S), traffic)
            if stay is not None and _is_clear_of_doors(stay, traffic):
                return stay
            if walker.shopper.parks and part.enter_s is not None and len(traffic.xy_m) == 0:
                return None  # waiting does not help where nobody is in the way
        return None

    def _planned(
        self, part: Part, walker: Walker, routines: list[Routine], start_tick: int, traffic: Traffic
    ) -> Stay | None:
        if not walker.shopper.parks:
            return plan_stay(self._store, part, walker, routines, start_tick, traffic)
        if self._push_planner is None:
            self._push_planner = PushPlanner(self._store.obstacles)
        return plan_pushing_stay(self._store, part, walker, self._push_planner, routines, start_tick, traffic)

    def _start_times(
        self, index: int, part: Part, walker: Walker, rehearsals: Rehearsals
    ) -> tuple[float, ...]:
        """Return when to set out: as asked or a little later; just in time, or earlier, for appointments."""
        if part.enter_s is not None:
            return tuple(part.enter_s + delay_s for delay_s in _DELAYS_S)
        first_s, here = self._first_appointment(index, part, walker, rehearsals)
        latest_s = first_s - way_in_s(self._store, part, walker.speed_m_s) - here
        return tuple(latest_s - spare_s for spare_s in _SPARE_S if latest_s - spare_s >= _FIRST_START_S)

    def _first_appointment(
        self, index: int, part: Part, walker: Walker, rehearsals: Rehearsals
    ) -> tuple[float, float]:
        """Return when the first appointment begins, and how long everything before it takes in the store."""
        here: FloatArray = door_lane(self._store, part.enters).mouth_xy_m
        busy_s = 0.0
        for routine in rehearsals.routines[index]:
            busy_s += walker.planner.walking_s(here, routine.stance.xy_m, walker.speed_m_s)
            if routine.arrives_s is not None:
                return routine.arrives_s, busy_s
            here = routine.stance.xy_m
            busy_s += routine.duration_s
        return _FIRST_START_S + busy_s + way_in_s(self._store, part, walker.speed_m_s), busy_s

    def _errands(
        self, part: Part, shopper: Shopper, wishes: ShoppingList, stock: Stock, too_long_s: float
    ) -> list[Errand]:
        """Draw errands, with looking around in between so that the visit takes about as long as it shall."""
        errands = draw_errands(self._rng, stock, wishes, _opens_doors(shopper))
        if part.until_s is None:
            return errands
        busy_s = (part.enter_s or 0.0) + GATE_ESTIMATE_S + ERRAND_ESTIMATE_S * len(errands)
        for _ in range(max(0, round((part.until_s - too_long_s - busy_s) / _BROWSE_ESTIMATE_S))):
            free = [i for i in range(len(errands) + 1) if i == 0 or not errands[i - 1].binds_the_next]
            errands.insert(int(self._rng.choice(free)), draw_browse(self._rng, stock, self._store))
        return errands
