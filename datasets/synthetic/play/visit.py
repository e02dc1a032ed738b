"""One shopper's visit: in through the gate, errand after errand around everybody else, out at the exit."""

from dataclasses import dataclass

import numpy as np

from datasets.synthetic.play.acts import Routine
from datasets.synthetic.play.gait import PelvisTrack, headings, smooth_walk
from datasets.synthetic.play.motion import Performance, Posture, UpperBody
from datasets.synthetic.play.routes import TICK_S, RoutePlanner, Traffic
from datasets.synthetic.play.shopping import Shopper
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.layout import GeneratedStore, Lane

# People come from behind the wall and go there: out of every picture.
OUTSIDE_Y_M = -0.45
_SCAN_Y_M = 0.42
_MOUTH_M = 0.32
# After smoothing people are a little nearer to each other and to shelves than they were planned.
_SMOOTHING_SLACK_M = 0.13
_LEAST_CLEARANCE_M = 0.16
_DEPARTURE_S = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class TimedRoutine:
    """A routine and when its shopper arrives for it."""

    start_s: float
    routine: Routine


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """Everything one shopper does.

    Attributes:
        start_s: First tick of the movement, still outside.
        entered_s: Steps through the wall of the gate.
        scan_s: The gate accepts the code.
        left_s: Steps out through the wall of the exit.
        end_s: Out of every picture.
        track_xy_m: `(ticks, 2)` over the whole script, NaN while not in the room.
    """

    performance: Performance
    routines: tuple[TimedRoutine, ...]
    start_s: float
    entered_s: float
    scan_s: float
    left_s: float
    end_s: float
    track_xy_m: FloatArray


def plan_visit(
    store: GeneratedStore,
    planner: RoutePlanner,
    shopper: Shopper,
    routines: list[Routine],
    start_tick: int,
    speed_m_s: float,
    scan_wait_s: float,
    traffic: Traffic,
) -> Visit | None:
    """Lay a visit through the traffic; None if there is no way at this time.

    Args:
        store: Where.
        planner: Knows the ways through it.
        shopper: Who.
        routines: In order; each is played out where its stance says.
        start_tick: When the shopper sets out from behind the wall.
        speed_m_s: Walking speed.
        scan_wait_s: Time spent at the gate's scanner.
        traffic: Everybody planned before, `(people, ticks, 2)`.
    """
    track, scan_tick = _way_in(store.entry, speed_m_s, scan_wait_s)
    facing = np.full(len(track), np.pi)  # into the room, +y
    if not traffic.is_free(start_tick, track):
        return None
    starts: list[tuple[int, Routine]] = []
    way_out = _way_out(store.exit, speed_m_s)
    for routine in [*routines, None]:
        goal = way_out[0] if routine is None else routine.stance.xy_m
        ticks = 0 if routine is None else int(np.ceil(routine.duration_s / TICK_S))
        after = way_out if routine is None else np.repeat(routine.stance.xy_m[None], ticks, axis=0)
        leg = planner.plan(track[-1], start_tick + len(track) - 1, goal, after, speed_m_s, traffic)
        if leg is None:
            return None
        track = np.concatenate([track, leg[1:]])
        facing = np.concatenate([facing, np.full(len(leg) - 1, np.nan)])
        if routine is not None:
            starts.append((start_tick + len(track) - 1, routine))
            facing = np.concatenate([facing, np.full(ticks, routine.stance.yaw_rad)])
        else:
            facing = np.concatenate([facing, np.full(len(after), np.nan)])
        track = np.concatenate([track, after])
    smooth = smooth_walk(track)
    if not _is_sound(smooth, start_tick, store, traffic):
        return None
    yaw = headings(smooth, _turned_before_leaving(facing, smooth))
    return _visit(shopper, smooth, yaw, start_tick, scan_tick, starts, traffic.xy_m.shape[1])


def _way_in(lane: Lane, speed_m_s: float, wait_s: float) -> tuple[FloatArray, int]:
    """Return the track `(n, 2)` from behind the wall to the end of the lane, and the tick of the scan."""
    before = _straight(lane.x_m, OUTSIDE_Y_M, _SCAN_Y_M, speed_m_s)
    wait = np.repeat(before[-1:], int(wait_s / TICK_S), axis=0)
    onward = _straight(lane.x_m, _SCAN_Y_M, lane.length_m + _MOUTH_M, speed_m_s)
    return np.concatenate([before, wait, onward[1:]]), len(before) + int(0.7 * len(wait))


def _way_out(lane: Lane, speed_m_s: float) -> FloatArray:
    return _straight(lane.x_m, lane.length_m + _MOUTH_M, OUTSIDE_Y_M, speed_m_s)


def _straight(x_m: float, start_y_m: float, end_y_m: float, speed_m_s: float) -> FloatArray:
    count = 1 + max(1, int(abs(end_y_m - start_y_m) / speed_m_s / TICK_S))
    return np.column_stack([np.full(count, x_m), np.linspace(start_y_m, end_y_m, count)])


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


def _is_sound(track_xy_m: FloatArray, start_tick: int, store: GeneratedStore, traffic: Traffic) -> bool:
    inside = track_xy_m[track_xy_m[:, 1] > store.entry.length_m]
    return traffic.is_free(start_tick, track_xy_m, slack_m=_SMOOTHING_SLACK_M) and bool(
        (store.obstacles.clearance_m(inside) > _LEAST_CLEARANCE_M).all()
    )


def _visit(
    shopper: Shopper,
    track_xy_m: FloatArray,
    yaw_rad: FloatArray,
    start_tick: int,
    scan_tick: int,
    starts: list[tuple[int, Routine]],
    ticks: int,
) -> Visit:
    start_s = start_tick * TICK_S
    end_s = start_s + (len(track_xy_m) - 1) * TICK_S
    keys: list[tuple[float, Posture]] = [(start_s, shopper.build.at_ease())]
    for tick, routine in starts:
        keys += [(tick * TICK_S + at_s, posture) for at_s, posture in routine.keys]
    inside = np.flatnonzero(track_xy_m[:, 1] > 0.0)
    everywhere = np.full((ticks, 2), np.nan)
    everywhere[start_tick : start_tick + len(track_xy_m)] = track_xy_m
    return Visit(
        performance=Performance(
            shopper.build,
            PelvisTrack(start_s, track_xy_m, yaw_rad, shopper.build.height_m, shopper.build.foot_offset_m),
            UpperBody(start_s, end_s, keys),
        ),
        routines=tuple(TimedRoutine(tick * TICK_S, routine) for tick, routine in starts),
        start_s=start_s,
        entered_s=start_s + float(inside[0]) * TICK_S,
        scan_s=start_s + scan_tick * TICK_S,
        left_s=start_s + float(inside[-1] + 1) * TICK_S,
        end_s=end_s,
        track_xy_m=everywhere,
    )
