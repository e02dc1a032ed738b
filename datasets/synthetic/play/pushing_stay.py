"""The stay of somebody who pushes a trolley or a pram: it is parked at every stop and fetched again."""

from dataclasses import dataclass, field

import numpy as np

from datasets.synthetic.play.acts import Routine
from datasets.synthetic.play.acts_stage import smooth
from datasets.synthetic.play.motion import Posture
from datasets.synthetic.play.plot import Door, Part
from datasets.synthetic.play.pushing import (
    PUSHED_AHEAD_M,
    Parking,
    PushPlanner,
    outline,
    parking_places,
)
from datasets.synthetic.play.routes import TICK_S, Traffic
from datasets.synthetic.play.stay import (
    LEAST_CLEARANCE_M,
    SMOOTHING_SLACK_M,
    Movement,
    PushedDiscs,
    Stay,
    Walker,
    door_lane,
    in_a_lane,
    make_stay,
    way_in,
)
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.layout import GeneratedStore, Lane

_FASTEST_M_S = 0.85
# From here, further in than the end of the lane, one may turn after coming in: what is pushed is past the
# posts. Into the lane one goes straight from about as far, and the front is not between the posts yet.
_TURNS_IN_M = (0.32, 0.15, -0.05, -0.25)
_TURNS_OUT_M = (1.45, 1.28, 1.15, 1.05)
# Two discs that others keep out of: so far ahead of the pelvis, and their radius.
_OTHERS_AHEAD_M, _OTHERS_RADIUS_M = (0.59, 1.03), 0.42
_LEAST_ROOM_M = 0.02
# Hands let go of the handle, and come back to it, in so long; a step to the side takes at least so long.
_HANDS_S, _STEP_S, _STEP_M_S = 0.5, 1.0, 0.55


@dataclass(slots=True)
class _Draft:
    """A stay while it is laid: pelvis and heading per tick, what the hands do, and where it was parked."""

    start_tick: int
    xy_m: list[FloatArray]
    yaw_rad: list[FloatArray]
    keys: list[tuple[float, Posture]]
    starts: list[tuple[int, Routine]] = field(default_factory=list)
    parkings: list[Parking] = field(default_factory=list)

    @property
    def now_tick(self) -> int:
        """The tick of the last point."""
        return self.start_tick + sum(map(len, self.xy_m)) - 1

    @property
    def now_s(self) -> float:
        """The time of the last point."""
        return self.now_tick * TICK_S

    @property
    def here(self) -> tuple[FloatArray, float]:
        """The last point and heading."""
        return self.xy_m[-1][-1], float(self.yaw_rad[-1][-1])

    def go(self, xy_m: FloatArray, yaw_rad: FloatArray) -> None:
        """Add points after the last one."""
        self.xy_m.append(xy_m)
        self.yaw_rad.append(yaw_rad)

    def stay(self, ticks: int) -> None:
        """Stand for a while."""
        xy, yaw = self.here
        self.go(np.repeat(xy[None], ticks, axis=0), np.full(ticks, yaw))

    def step(self, xy_m: FloatArray, yaw_rad: float) -> None:
        """Make a step or two, and turn."""
        xy, yaw = self.here
        turn = (yaw_rad - yaw + np.pi) % (2 * np.pi) - np.pi
        duration = max(_STEP_S, 0.4 + float(np.hypot(*(xy_m - xy))) / _STEP_M_S)
        ticks = int(np.ceil(duration / TICK_S))
        share = np.array([smooth(tick / ticks) for tick in range(1, ticks + 1)])
        self.go(xy + share[:, None] * (xy_m - xy), yaw + share * turn)


def plan_pushing_stay(
    store: GeneratedStore,
    part: Part,
    walker: Walker,
    planner: PushPlanner,
    routines: list[Routine],
    start_tick: int,
    traffic: Traffic,
) -> Stay | None:
    """Lay a stay as `plan_stay` does; None if there is no way or somebody is in it."""
    speed = min(walker.speed_m_s, _FASTEST_M_S)
    entry, leaving = door_lane(store, part.enters), door_lane(store, part.leaves)
    if store.wings or part.leaves is Door.ENTRY:  # a trolley does not fit through a turnstile
        return None
    draft, stop_ticks = _come_in(entry, part, speed, start_tick, walker.shopper.build.at_ease())
    _stop_where_it_turns(draft, planner, entry)
    for routine in routines:
        if not _to_routine(draft, planner, routine, speed):
            return None
    if not _leave(draft, planner, leaving, part, speed):
        return None
    track, yaw = np.concatenate(draft.xy_m), np.concatenate(draft.yaw_rad)
    end_tick = start_tick + len(track)
    if end_tick >= traffic.ticks:
        return None
    pushed = _pushed_track(track, yaw, draft, traffic.ticks)
    if not _is_sound(store, track, pushed, draft, walker, traffic):
        return None
    movement = Movement(start_tick, track, yaw, tuple(draft.keys), tuple(draft.starts), stop_ticks)
    discs = PushedDiscs(_others_discs(pushed), _OTHERS_RADIUS_M, tuple(draft.parkings))
    return make_stay(store, walker, movement, traffic.ticks, discs)


def _come_in(
    lane: Lane, part: Part, speed_m_s: float, start_tick: int, hands: Posture
) -> tuple[_Draft, tuple[int, int]]:
    """Come in with all of the thing behind the wall first."""
    inward, stop_ticks = way_in(lane, part, speed_m_s, lane.at_m(-PUSHED_AHEAD_M[1] - 0.2))
    yaw = np.full(len(inward), _heading(np.asarray(lane.inward_xy)))
    return _Draft(start_tick, [inward], [yaw], [(start_tick * TICK_S, hands)]), stop_ticks


def _stop_where_it_turns(draft: _Draft, planner: PushPlanner, lane: Lane) -> None:
    """Go no further straight on than there is room to turn."""
    yaw = draft.here[1]
    for beyond in _TURNS_IN_M:
        at = lane.at_m(lane.length_m + beyond)
        if planner.has_room(at, yaw):
            gone = (draft.xy_m[0] - at) @ np.asarray(lane.inward_xy)
            before = int((gone < 0).sum())
            draft.xy_m = [np.concatenate([draft.xy_m[0][:before], at[None]])]
            draft.yaw_rad = [np.full(before + 1, yaw)]
            return


def _to_routine(draft: _Draft, planner: PushPlanner, routine: Routine, speed_m_s: float) -> bool:
    """Drive beside the stance, park, step to the stance, act, step back and take the handle."""
    stance, pushes = routine.stance, draft.keys[-1][1]
    drive = planner.drive(*draft.here, parking_places(stance), speed_m_s)
    if drive is None:
        return False
    draft.go(drive.xy_m[1:], drive.yaw_rad[1:])
    parked_s, (park_xy, park_yaw) = draft.now_s, draft.here
    draft.keys += [(parked_s, pushes), (parked_s + _HANDS_S, routine.keys[0][1])]
    draft.step(stance.xy_m, stance.yaw_rad)
    if routine.arrives_s is not None:
        missing = round(routine.arrives_s / TICK_S) - draft.now_tick
        if missing < 0:
            return False
        draft.stay(missing)
    draft.starts.append((draft.now_tick, routine))
    draft.keys += [(draft.now_s + at_s, posture) for at_s, posture in routine.keys]
    draft.stay(int(np.ceil(routine.duration_s / TICK_S)))
    draft.step(park_xy, park_yaw)
    draft.keys.append((draft.now_s - _HANDS_S, routine.keys[-1][1]))
    draft.keys.append((draft.now_s, routine.end_posture))
    draft.parkings.append(Parking(parked_s, draft.now_s, park_xy, park_yaw))
    return True


def _leave(draft: _Draft, planner: PushPlanner, lane: Lane, part: Part, speed_m_s: float) -> bool:
    outward = -np.asarray(lane.inward_xy)
    goals = [(lane.at_m(lane.length_m + by), _heading(outward)) for by in _TURNS_OUT_M]
    drive = planner.drive(*draft.here, goals, speed_m_s)
    if drive is None:
        return False
    before = drive.xy_m[-1]
    draft.go(drive.xy_m[1:], drive.yaw_rad[1:])
    length = float(np.hypot(*(before - lane.outside_xy_m)))
    if part.leave_s is not None:
        draft.stay(max(0, int((part.leave_s - length / speed_m_s) / TICK_S) - draft.now_tick))
    ticks = int(np.ceil(length / speed_m_s / TICK_S)) + 6
    # Half a second to get going: the square of time, then its straight line.
    time = np.arange(1, ticks + 1, dtype=float)
    gone = np.where(time < 12, time**2 / 24, time - 6) * speed_m_s * TICK_S
    draft.go(before + np.minimum(gone, length)[:, None] * outward, np.full(ticks, draft.here[1]))
    return True


def _pushed_track(track_m: FloatArray, yaw_rad: FloatArray, draft: _Draft, ticks: int) -> FloatArray:
    """Return `(ticks, 3)` x, y and yaw of whom the thing is ahead of, NaN before and after the stay."""
    whole = np.full((ticks, 3), np.nan)
    whole[draft.start_tick : draft.start_tick + len(track_m)] = np.column_stack([track_m, yaw_rad])
    for parking in draft.parkings:
        stands = slice(round(parking.from_s / TICK_S), round(parking.to_s / TICK_S) + 1)
        whole[stands] = [*parking.xy_m, parking.yaw_rad]
    return whole


def _others_discs(pushed: FloatArray) -> FloatArray:
    """Return `(2, ticks, 2)` middles of the discs that others keep out of."""
    ahead = np.stack([np.sin(pushed[:, 2]), -np.cos(pushed[:, 2])], axis=1)
    return np.stack([pushed[:, :2] + by * ahead for by in _OTHERS_AHEAD_M])


def _is_sound(
    store: GeneratedStore,
    track_m: FloatArray,
    pushed: FloatArray,
    draft: _Draft,
    walker: Walker,
    traffic: Traffic,
) -> bool:
    inside = track_m[~in_a_lane(store, track_m)]
    if not (store.obstacles.clearance_m(inside) > LEAST_CLEARANCE_M).all():
        return False
    first, slack = draft.start_tick, SMOOTHING_SLACK_M
    there = pushed[first : first + len(track_m)]
    around = outline(there[::2, :2], there[::2, 2]).reshape(-1, 2)
    around = around[~in_a_lane(store, around)]
    if not (store.obstacles.clearance_m(around) > _LEAST_ROOM_M).all():
        return False
    covers = [(track_m, walker.planner.radius_m)]
    covers += [(disc[first : first + len(track_m)], _OTHERS_RADIUS_M) for disc in _others_discs(pushed)]
    return all(traffic.is_free(first, xy, radius, slack_m=slack) for xy, radius in covers)


def _heading(direction_xy: FloatArray) -> float:
    return float(np.arctan2(direction_xy[0], -direction_xy[1]))
