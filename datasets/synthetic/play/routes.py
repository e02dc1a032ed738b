"""Ways over the floor that touch no shelf and nobody: space-time A* on a grid, then string pulling.

People are planned one after another; who comes later gives way to everybody planned before. Everybody, and
everything that somebody pushes, is a disc that others keep out of.
Source: Silver, Cooperative Pathfinding, AIIDE 2005 (prioritised planning with a reservation table).
Differs: reservations are distances to continuous tracks, not grid cells.

Crowd simulators (JuPedSim, RVO2) steer people as they meet, so that nobody knows beforehand when somebody
arrives, and who stands at a shelf is pushed aside. A script needs both: ways are planned.
"""

from itertools import pairwise

import numpy as np

from datasets.synthetic.play.route_search import (
    BoolArray,
    Int32Array,
    UInt8Array,
    mark_blocked,
    pull,
    search,
    ticks_to_goal,
)
from datasets.synthetic.scene import FloatArray, IntArray
from datasets.synthetic.store.obstacles import Obstacles

TICK_S = 0.05
CELL_M = 0.15
# Pelvis to the next shelf while walking: half the shoulders' width of a broad person, a little turned.
WALL_CLEARANCE_M = 0.27
# Two of them are between the centres of two people; smoothing takes a few centimetres of it away again.
PERSON_RADIUS_M = 0.275
PEOPLE_CLEARANCE_M = 2 * PERSON_RADIUS_M
# Nobody comes nearer to anybody than this, whoever they are.
NEAREST_M = 0.27
_MAX_EXPANSIONS = 400_000
_WAIT_TICKS = 4
_SLOWEST_SHARE = 0.55
_STEPS = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
_PULL_TOLERANCE_M = 0.02


class Traffic:
    """Where others are at every tick of a script, and how much room each of them takes."""

    def __init__(self, xy_m: FloatArray, radius_m: FloatArray | None = None) -> None:
        """Take their tracks `(discs, ticks, 2)`, NaN while one is not in the room, and radii `(discs,)`."""
        self.xy_m = np.ascontiguousarray(xy_m, dtype=np.float64)
        self.radius_m = np.full(len(xy_m), PERSON_RADIUS_M) if radius_m is None else radius_m

    @property
    def ticks(self) -> int:
        """Length of the tracks."""
        return int(self.xy_m.shape[1])

    def is_free(
        self, first_tick: int, xy_m: FloatArray, radius_m: float = PERSON_RADIUS_M, slack_m: float = 0.0
    ) -> bool:
        """Tell whether a disc's track, one point `(n, 2)` per tick, touches no other disc."""
        others = self.xy_m[:, first_tick : first_tick + len(xy_m)]
        if len(others) == 0 or others.shape[1] < len(xy_m):
            return len(others) == 0
        apart = np.hypot(*np.moveaxis(others - xy_m, -1, 0))
        reach = self.radius_m + radius_m
        return not (apart < np.maximum(reach - slack_m, np.minimum(reach, NEAREST_M))[:, None]).any()

    def occupied(self, point_xy_m: FloatArray, radius_m: float = PERSON_RADIUS_M) -> BoolArray:
        """Tell for each tick whether a disc at a point `(2,)` would touch somebody."""
        apart = np.hypot(*np.moveaxis(self.xy_m - point_xy_m, -1, 0))
        near: BoolArray = (apart < (self.radius_m + radius_m)[:, None]).any(axis=0)
        return near

    def free_starts(self, xy_m: FloatArray, radius_m: float = PERSON_RADIUS_M) -> BoolArray:
        """Tell for each tick whether a disc's track `(n, 2)` that starts then touches nobody."""
        free = np.zeros(self.ticks, dtype=bool)
        starts = max(0, self.ticks - len(xy_m))
        free[:starts] = True
        for offset, length, point in _run_lengths(xy_m):
            taken = np.concatenate([[0], np.cumsum(self.occupied(point, radius_m))])
            free[:starts] &= (
                taken[offset + length : offset + length + starts] == taken[offset : offset + starts]
            )
        return free

    def free_until(
        self, point_xy_m: FloatArray, until_tick: int, radius_m: float = PERSON_RADIUS_M
    ) -> BoolArray:
        """Tell for each tick whether a disc that is at a point from then to a tick touches nobody."""
        ticks = np.arange(self.ticks)
        taken = np.concatenate([[0], np.cumsum(self.occupied(point_xy_m, radius_m))])
        end = min(until_tick, self.ticks)
        free: BoolArray = (taken[end] == taken[np.minimum(ticks, end)]) & (ticks <= until_tick)
        return free & (until_tick <= self.ticks)


def _run_lengths(xy_m: FloatArray) -> list[tuple[int, int, FloatArray]]:
    """Group a track into (offset, length, point) runs of the same point."""
    changes = np.flatnonzero(np.any(np.diff(xy_m, axis=0) != 0, axis=1)) + 1
    bounds = [0, *changes.tolist(), len(xy_m)]
    return [(a, b - a, xy_m[a]) for a, b in pairwise(bounds)]


class RoutePlanner:
    """Finds ways through one room for one disc at a time."""

    def __init__(
        self,
        obstacles: Obstacles,
        clearance_m: float = WALL_CLEARANCE_M,
        radius_m: float = PERSON_RADIUS_M,
    ) -> None:
        """Prepare a room.

        Args:
            obstacles: What stands in it.
            clearance_m: Kept from what stands.
            radius_m: Kept from the discs of others.
        """
        self._obstacles, self._clearance_m, self.radius_m = obstacles, clearance_m, radius_m
        width, depth = obstacles.room_xy_m
        self._columns, self._rows = int(width / CELL_M), int(depth / CELL_M)
        self._xy_m: FloatArray = np.stack(
            [
                np.tile((np.arange(self._columns) + 0.5) * CELL_M, self._rows),
                np.repeat((np.arange(self._rows) + 0.5) * CELL_M, self._columns),
            ],
            axis=1,
        )
        self._is_walkable: BoolArray = obstacles.clearance_m(self._xy_m) >= clearance_m
        self._neighbours = self._walkable_neighbours()
        self._rectangles = np.array(
            [[*r.low_xy_m, *r.high_xy_m] for r in obstacles.rectangles], dtype=np.float64
        ).reshape(-1, 4)
        self._blocked: tuple[Traffic, UInt8Array] | None = None

    @property
    def obstacles(self) -> Obstacles:
        """What stands in the room."""
        return self._obstacles

    @property
    def standing_xy_m(self) -> FloatArray:
        """`(n, 2)` middles of the cells where one can stand."""
        return self._xy_m[self._is_walkable]

    def random_point(self, rng: np.random.Generator) -> FloatArray:
        """Return a point `(2,)` where one can stand."""
        cell = rng.choice(np.flatnonzero(self._is_walkable))
        point: FloatArray = self._xy_m[cell] + rng.uniform(-0.5, 0.5, 2) * CELL_M * 0.5
        return point

    def is_clear(self, start_xy_m: FloatArray, goal_xy_m: FloatArray) -> bool:
        """Tell whether the straight line between two points stays clear of everything that stands."""
        count = 2 + int(np.hypot(*(goal_xy_m - start_xy_m)) / 0.05)
        line = np.linspace(start_xy_m, goal_xy_m, count)
        return bool((self._obstacles.clearance_m(line) >= self._clearance_m - _PULL_TOLERANCE_M).all())

    def walking_s(self, start_xy_m: FloatArray, goal_xy_m: FloatArray, speed_m_s: float) -> float:
        """Return about how long the way between two points takes if nobody is in it; infinity without one."""
        straight, diagonal = _step_ticks(speed_m_s)
        ticks = ticks_to_goal(self._neighbours, self._nearest(goal_xy_m), straight, diagonal)
        there = float(ticks[self._nearest(start_xy_m)]) * TICK_S
        return there if there < 1e6 else float("inf")

    def plan(
        self,
        start_xy_m: FloatArray,
        start_tick: int,
        goal_xy_m: FloatArray,
        after_xy_m: FloatArray,
        speed_m_s: float,
        traffic: Traffic,
    ) -> FloatArray | None:
        """Find a way from a point to a point and on.

        Args:
            start_xy_m: `(2,)` where the person stands at `start_tick`.
            start_tick: When the person sets out.
            goal_xy_m: `(2,)` where to go.
            after_xy_m: `(n, 2)` one point per tick: what the person does after arriving (standing, or
                leaving through the lane); the arrival is chosen so that this too keeps its distance.
            speed_m_s: Walking speed.
            traffic: Everybody planned before.

        Returns:
            `(n, 2)` one point per tick from `start_tick` to the arrival, or None if there is no way.
        """
        arrivals = traffic.free_starts(after_xy_m, self.radius_m)
        return self.plan_arrival(start_xy_m, start_tick, goal_xy_m, arrivals, speed_m_s, traffic)

    def plan_arrival(
        self,
        start_xy_m: FloatArray,
        start_tick: int,
        goal_xy_m: FloatArray,
        is_arrival: BoolArray,
        speed_m_s: float,
        traffic: Traffic,
    ) -> FloatArray | None:
        """Find a way as `plan` does, with an arrival at one of the ticks `(ticks,)` that are allowed."""
        if not is_arrival[start_tick:].any():
            return None
        start, goal = self._nearest(start_xy_m), self._nearest(goal_xy_m)
        straight, diagonal = _step_ticks(speed_m_s)
        to_goal = ticks_to_goal(self._neighbours, goal, straight, diagonal)
        if to_goal[start] > traffic.ticks:
            return None
        states = search(
            self._neighbours,
            to_goal,
            self._blocked_cells(traffic),
            is_arrival,
            start,
            start_tick,
            goal,
            (straight, diagonal, _WAIT_TICKS),
            2 * _WAIT_TICKS,
            _MAX_EXPANSIONS,
        )
        if len(states) == 0:
            return None
        xy_m = self._xy_m[states[:, 0]].copy()
        xy_m[0], xy_m[-1] = start_xy_m, goal_xy_m
        return self._pulled(states[:, 1], xy_m, speed_m_s, traffic)

    def _pulled(self, ticks: IntArray, xy_m: FloatArray, speed_m_s: float, traffic: Traffic) -> FloatArray:
        """Replace stretches of nodes by straight lines where nothing is in the way; one point per tick."""
        kept = pull(
            ticks,
            xy_m,
            self._rectangles,
            np.array(self._obstacles.room_xy_m),
            self._clearance_m - _PULL_TOLERANCE_M,
            _SLOWEST_SHARE * speed_m_s,
            TICK_S,
            traffic.xy_m,
            traffic.radius_m + self.radius_m,
        )
        every = np.arange(ticks[0], ticks[-1] + 1)
        return np.stack([np.interp(every, ticks[kept], xy_m[kept, axis]) for axis in (0, 1)], axis=1)

    def _blocked_cells(self, traffic: Traffic) -> UInt8Array:
        """Return `(ticks, cells)`: 1 where a cell is too near to somebody; kept for the next way."""
        if self._blocked is None or self._blocked[0] is not traffic:
            blocked = np.zeros((traffic.ticks, len(self._xy_m)), dtype=np.uint8)
            reach = traffic.radius_m + self.radius_m
            mark_blocked(traffic.xy_m, reach, self._columns, self._rows, CELL_M, blocked)
            self._blocked = (traffic, blocked)
        return self._blocked[1]

    def _nearest(self, xy_m: FloatArray) -> int:
        distance = np.hypot(*(self._xy_m - xy_m).T)
        return int(np.where(self._is_walkable, distance, np.inf).argmin())

    def _walkable_neighbours(self) -> Int32Array:
        cells = np.arange(self._rows * self._columns, dtype=np.int32).reshape(self._rows, self._columns)
        padded = np.full((self._rows + 2, self._columns + 2), np.int32(-1))
        padded[1:-1, 1:-1] = np.where(self._is_walkable.reshape(cells.shape), cells, -1)
        neighbours = np.stack(
            [
                padded[1 + down : 1 + down + self._rows, 1 + right : 1 + right + self._columns].ravel()
                for down, right in _STEPS
            ],
            axis=1,
        )
        neighbours[~self._is_walkable] = -1
        return np.ascontiguousarray(neighbours)


def _step_ticks(speed_m_s: float) -> tuple[int, int]:
    """Return how many ticks a straight and a diagonal step take."""
    return (
        max(1, round(CELL_M / speed_m_s / TICK_S)),
        max(1, round(CELL_M * 2**0.5 / speed_m_s / TICK_S)),
    )
