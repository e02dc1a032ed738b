"""One body's stay: in through a door, errand after errand around everybody else, out again."""

from dataclasses import dataclass, replace

import numpy as np

from datasets.synthetic.play.acts import Routine
from datasets.synthetic.play.gait import PelvisTrack, headings, smooth_walk
from datasets.synthetic.play.motion import Performance, Posture, UpperBody
from datasets.synthetic.play.plot import Door, Part
from datasets.synthetic.play.pushing import Parking
from datasets.synthetic.play.routes import PERSON_RADIUS_M, TICK_S, RoutePlanner, Traffic
from datasets.synthetic.play.shopping import Shopper
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.layout import GeneratedStore, Lane

# After smoothing people are a little nearer to each other and to shelves than they were planned.
SMOOTHING_SLACK_M = 0.13
LEAST_CLEARANCE_M = 0.16
_DEPARTURE_S = 0.6
# Somebody who waits looks around this often.
_GLANCE_S = (1.4, 3.5)
_GLANCE_RAD = 0.45


@dataclass(frozen=True, slots=True, eq=False)
class TimedRoutine:
    """A routine and when it begins."""

    start_s: float
    routine: Routine


@dataclass(frozen=True, slots=True, eq=False)
class PushedDiscs:
    """A trolley or pram, as others keep out of it.

    Attributes:
        xy_m: `(discs, ticks, 2)` over the whole script, NaN while not in the room.
        radius_m: Of each disc.
        parkings: When and where it stands by itself.
    """

    xy_m: FloatArray
    radius_m: float
    parkings: tuple[Parking, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """How a body moves in a stay.

    Attributes:
        start_tick: Of the first point.
        xy_m: `(n, 2)` of the pelvis, smooth, one point per tick.
        yaw_rad: `(n,)` heading, unwrapped.
        keys: Postures in order of time.
        starts: The tick at which each routine begins.
        stop_ticks: From when to when it stands in the lane, from the first point on.
    """

    start_tick: int
    xy_m: FloatArray
    yaw_rad: FloatArray
    keys: tuple[tuple[float, Posture], ...]
    starts: tuple[tuple[int, Routine], ...]
    stop_ticks: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Stay:
    """Everything one body does in one stay.

    Attributes:
        start_s: First tick of the movement, still outside.
        entered_s: Steps through the wall on the way in.
        stop_s: From when to when it stands in the lane; both the same if it walks through.
        left_s: Steps through the wall on the way out.
        end_s: Out of every picture.
        track_xy_m: `(ticks, 2)` over the whole script, NaN while not in the room.
        radius_m: Of the disc that others keep out of.
        pushed: What is pushed ahead and parked at stops, if anything is.
    """

    performance: Performance
    routines: tuple[TimedRoutine, ...]
    start_s: float
    entered_s: float
    stop_s: tuple[float, float]
    left_s: float
    end_s: float
    track_xy_m: FloatArray
    radius_m: float = PERSON_RADIUS_M
    pushed: PushedDiscs | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Walker:
    """A body on its feet or wheels, and how it gets about.

    Attributes:
        planner: Keeps the body's clearance.
        rng: Draws what it does while it waits.
    """

    shopper: Shopper
    planner: RoutePlanner
    speed_m_s: float
    rng: np.random.Generator


@dataclass(slots=True)
class _Draft:
    """A stay while it is laid: one point and one heading (NaN for as walked) per tick."""

    start_tick: int
    xy_m: list[FloatArray]
    facing_rad: list[FloatArray]
    starts: list[tuple[int, Routine]]

    @property
    def now_tick(self) -> int:
        """The tick of the last point."""
        return self.start_tick + sum(map(len, self.xy_m)) - 1

    @property
    def here_xy_m(self) -> FloatArray:
        """The last point."""
        point: FloatArray = self.xy_m[-1][-1]
        return point

    def go(self, xy_m: FloatArray, facing_rad: float = np.nan) -> None:
        """Add points."""
        if len(xy_m):
            self.xy_m.append(xy_m)
            self.facing_rad.append(np.full(len(xy_m), facing_rad))


def door_lane(store: GeneratedStore, door: Door) -> Lane:
    """Return the lane of a door; a store without a back room lends its exit."""
    if door is Door.ENTRY:
        return store.entry
    if door is Door.BACK_ROOM and store.staff_door is not None:
        return store.staff_door
    return store.exit


def plan_stay(
    store: GeneratedStore,
    part: Part,
    walker: Walker,
    routines: list[Routine],
    start_tick: int,
    traffic: Traffic,
) -> Stay | None:
    """Lay a stay through the traffic; None if there is no way at this time.

    Args:
        store: Where.
        part: Which doors, which stops.
        walker: Who.
        routines: In order; each is played out where its stance says and, if it has an appointment, when.
        start_tick: When the body sets out from behind the wall.
        traffic: Everybody laid before.
    """
    lane = door_lane(store, part.enters)
    inward, stop_ticks = way_in(lane, part, walker.speed_m_s, lane.outside_xy_m)
    if not traffic.is_free(start_tick, inward, walker.planner.radius_m):
        return None
    draft = _Draft(start_tick, [], [], [])
    draft.go(inward, _heading(lane.inward_xy))
    for routine in routines:
        if not _to_routine(draft, walker, routine, traffic):
            return None
    if not _to_door(draft, walker, part, door_lane(store, part.leaves), traffic):
        return None
    track, facing = np.concatenate(draft.xy_m), np.concatenate(draft.facing_rad)
    smooth = smooth_walk(track)
    if not _is_sound(smooth, start_tick, store, walker, traffic):
        return None
    yaw = headings(smooth, _turned_before_leaving(facing, smooth))
    keys = _keys(walker, draft, start_tick * TICK_S)
    movement = Movement(start_tick, smooth, yaw, tuple(keys), tuple(draft.starts), stop_ticks)
    return make_stay(store, walker, movement, traffic.ticks)


def way_in_s(store: GeneratedStore, part: Part, speed_m_s: float) -> float:
    """Return how long the way from behind the wall to the end of the lane takes."""
    lane = door_lane(store, part.enters)
    return (len(way_in(lane, part, speed_m_s, lane.outside_xy_m)[0]) - 1) * TICK_S


def way_in(
    lane: Lane, part: Part, speed_m_s: float, from_xy_m: FloatArray
) -> tuple[FloatArray, tuple[int, int]]:
    """Return the track `(n, 2)` from behind the wall on, and the ticks of standing in the lane."""
    if part.stop is None:
        return _straight(from_xy_m, lane.mouth_xy_m, speed_m_s), (0, 0)
    at = lane.at_m(part.stop.inward_m)
    before = _straight(from_xy_m, at, speed_m_s)
    wait = np.repeat(at[None], max(1, int(part.stop.stay_s / TICK_S)), axis=0)
    ticks = (len(before), len(before) + len(wait))
    if part.leaves is Door.ENTRY:  # one step in, a thought, and out again
        step = _straight(at, lane.at_m(part.stop.inward_m + 0.45), speed_m_s)
        return np.concatenate([before, wait, step[1:], np.repeat(step[-1:], 20, axis=0)]), ticks
    return np.concatenate([before, wait, _straight(at, lane.mouth_xy_m, speed_m_s)[1:]]), ticks


def _to_routine(draft: _Draft, walker: Walker, routine: Routine, traffic: Traffic) -> bool:
    """Lay the way to a routine, the wait for its appointment, and the routine."""
    stance, radius = routine.stance, walker.planner.radius_m
    ticks = int(np.ceil(routine.duration_s / TICK_S))
    if routine.arrives_s is None:
        arrivals = traffic.free_starts(np.repeat(stance.xy_m[None], ticks + 1, axis=0), radius)
        begin = None
    else:
        begin = round(routine.arrives_s / TICK_S)
        arrivals = traffic.free_until(stance.xy_m, begin + ticks + 1, radius)
        arrivals[max(begin + 1, 0) :] = False
    if np.hypot(*(draft.here_xy_m - stance.xy_m)) < 0.01:
        if not arrivals[draft.now_tick]:
            return False
    else:
        leg = walker.planner.plan_arrival(
            draft.here_xy_m, draft.now_tick, stance.xy_m, arrivals, walker.speed_m_s, traffic
        )
        if leg is None:
            return False
        draft.go(leg[1:])
    wait = 0 if begin is None else begin - draft.now_tick
    draft.go(np.repeat(stance.xy_m[None], wait, axis=0), stance.yaw_rad)
    draft.starts.append((draft.now_tick, routine))
    draft.go(np.repeat(stance.xy_m[None], ticks, axis=0), stance.yaw_rad)
    return True


def _to_door(draft: _Draft, walker: Walker, part: Part, lane: Lane, traffic: Traffic) -> bool:
    if part.leaves is part.enters is Door.ENTRY and not draft.starts:
        out = _straight(draft.here_xy_m, lane.outside_xy_m, walker.speed_m_s)
        draft.go(out[1:])
        return True
    out = _straight(lane.mouth_xy_m, lane.outside_xy_m, walker.speed_m_s)
    arrivals = traffic.free_starts(out, walker.planner.radius_m)
    if part.leave_s is not None:
        crossing = int(np.hypot(*(lane.mouth_xy_m - np.asarray(lane.wall_xy_m))) / walker.speed_m_s / TICK_S)
        arrivals[: max(0, int(part.leave_s / TICK_S) - crossing)] = False
    leg = walker.planner.plan_arrival(
        draft.here_xy_m, draft.now_tick, out[0], arrivals, walker.speed_m_s, traffic
    )
    if leg is None:
        return False
    draft.go(leg[1:])
    draft.go(out[1:])
    return True


def _straight(start_xy_m: FloatArray, end_xy_m: FloatArray, speed_m_s: float) -> FloatArray:
    length = float(np.hypot(*(end_xy_m - start_xy_m)))
    return np.linspace(start_xy_m, end_xy_m, 1 + max(1, int(length / speed_m_s / TICK_S)))


def _heading(direction_xy: tuple[float, float]) -> float:
    return float(np.arctan2(direction_xy[0], -direction_xy[1]))


def _turned_before_leaving(facing_rad: FloatArray, track_xy_m: FloatArray) -> FloatArray:
    """Let people turn to where they go next before they walk."""
    turned = facing_rad.copy()
    ahead = int(0.8 / TICK_S)
    stands = np.isfinite(facing_rad)
    for end in np.flatnonzero(stands[:-1] & ~stands[1:]):
        step = track_xy_m[min(int(end) + ahead, len(track_xy_m) - 1)] - track_xy_m[end]
        if np.hypot(*step) > 0.1:
            turned[max(0, end - int(_DEPARTURE_S / TICK_S)) : end + 1] = np.arctan2(step[0], -step[1])
    return turned


def _is_sound(
    track_xy_m: FloatArray, start_tick: int, store: GeneratedStore, walker: Walker, traffic: Traffic
) -> bool:
    inside = track_xy_m[~in_a_lane(store, track_xy_m)]
    return traffic.is_free(
        start_tick, track_xy_m, walker.planner.radius_m, slack_m=SMOOTHING_SLACK_M
    ) and bool((store.obstacles.clearance_m(inside) > LEAST_CLEARANCE_M).all())


def in_a_lane(store: GeneratedStore, xy_m: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell for points `(n, 2)` whether they are in a lane or behind its wall, where posts are near."""
    found = np.zeros(len(xy_m), dtype=bool)
    for lane in (store.entry, store.exit, store.staff_door):
        if lane is not None:
            inward = np.asarray(lane.inward_xy)
            offset = xy_m - np.asarray(lane.wall_xy_m)
            along, aside = offset @ inward, np.abs(offset @ np.array([inward[1], -inward[0]]))
            found |= (along < lane.length_m + 0.1) & (aside < lane.width_m / 2)
    return found


def make_stay(
    store: GeneratedStore, walker: Walker, movement: Movement, ticks: int, pushed: PushedDiscs | None = None
) -> Stay:
    """Put a stay together from how a body moves in it.

    Args:
        store: Where.
        walker: Who.
        movement: How.
        ticks: Of the whole script.
        pushed: What is pushed ahead.
    """
    build, track = walker.shopper.build, movement.xy_m
    start_s = movement.start_tick * TICK_S
    end_s = start_s + (len(track) - 1) * TICK_S
    room = np.array(store.obstacles.room_xy_m)
    inside = np.flatnonzero(((track > 0.0) & (track < room)).all(axis=1))
    everywhere = np.full((ticks, 2), np.nan)
    everywhere[movement.start_tick : movement.start_tick + len(track)] = track
    return Stay(
        performance=Performance(
            build,
            PelvisTrack(start_s, track, movement.yaw_rad, build.height_m, build.foot_offset_m, build.gait),
            UpperBody(start_s, end_s, movement.keys),
        ),
        routines=tuple(TimedRoutine(tick * TICK_S, routine) for tick, routine in movement.starts),
        start_s=start_s,
        entered_s=start_s + float(inside[0]) * TICK_S,
        stop_s=(start_s + movement.stop_ticks[0] * TICK_S, start_s + movement.stop_ticks[1] * TICK_S),
        left_s=start_s + float(inside[-1] + 1) * TICK_S,
        end_s=end_s,
        track_xy_m=everywhere,
        radius_m=walker.planner.radius_m,
        pushed=pushed,
    )


def _keys(walker: Walker, draft: _Draft, start_s: float) -> list[tuple[float, Posture]]:
    """Return the postures of all routines, and glances while one stands and waits for an appointment."""
    first = draft.starts[0][1].keys[0][1] if draft.starts else walker.shopper.build.at_ease()
    keys: list[tuple[float, Posture]] = [(start_s, first)]
    moving = np.concatenate([np.isnan(part) for part in draft.facing_rad])
    for tick, routine in draft.starts:
        walked = np.flatnonzero(moving[: tick - draft.start_tick])
        arrived_s = start_s + (int(walked[-1]) + 1 if len(walked) else 0) * TICK_S
        resting = routine.keys[0][1]
        at_s = arrived_s + float(walker.rng.uniform(*_GLANCE_S))
        while at_s < tick * TICK_S - 1.0:
            if at_s > keys[-1][0] + 0.6:
                yaw = resting.head_yaw_rad + float(walker.rng.normal(0, _GLANCE_RAD))
                keys.append((at_s, replace(resting, head_yaw_rad=float(np.clip(yaw, -1.0, 1.0)))))
            at_s += float(walker.rng.uniform(*_GLANCE_S))
        keys += [(tick * TICK_S + at_s, posture) for at_s, posture in routine.keys]
    return keys
