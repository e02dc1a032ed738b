"""Ways over the floor that touch no shelf and nobody: space-time A* on a grid, then string pulling.

People are planned one after another; who comes later gives way to everybody planned before.
Source: Silver, Cooperative Pathfinding, AIIDE 2005 (prioritised planning with a reservation table).
Differs: reservations are distances to continuous tracks, not grid cells.
"""

import heapq
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from datasets.synthetic.scene import FloatArray, IntArray
from datasets.synthetic.store.obstacles import Obstacles

TICK_S = 0.05
CELL_M = 0.15
# Pelvis to the next shelf while walking: half the shoulders' width of a broad person, a little turned.
WALL_CLEARANCE_M = 0.27
# Between the centres of two people; smoothing takes a few centimetres of it away again.
PEOPLE_CLEARANCE_M = 0.55
_MAX_EXPANSIONS = 40_000
_WAIT_TICKS = 4
_STEPS = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))

BoolArray = npt.NDArray[np.bool_]


class Traffic:
    """Where others are at every tick of a script."""

    def __init__(self, xy_m: FloatArray) -> None:
        """Take their tracks `(people, ticks, 2)`, NaN while a person is not in the room."""
        self.xy_m = xy_m
        self._blocked_ticks: IntArray | None = None

    def is_free(self, first_tick: int, xy_m: FloatArray, clearance_m: float = PEOPLE_CLEARANCE_M) -> bool:
        """Tell whether a track of one point `(n, 2)` per tick keeps its distance to everybody."""
        others = self.xy_m[:, first_tick : first_tick + len(xy_m)]
        if len(others) == 0 or others.shape[1] < len(xy_m):
            return len(others) == 0
        near: BoolArray = np.hypot(*np.moveaxis(others - xy_m, -1, 0)) < clearance_m
        return not near.any()

    def free_starts(self, xy_m: FloatArray, clearance_m: float = PEOPLE_CLEARANCE_M) -> BoolArray:
        """Tell for each tick whether a track `(n, 2)` that starts then keeps its distance."""
        ticks = self.xy_m.shape[1]
        free = np.zeros(ticks, dtype=bool)
        starts = max(0, ticks - len(xy_m))
        free[:starts] = True
        still = _run_lengths(xy_m)
        for offset, length, point in still:
            near = (np.hypot(*np.moveaxis(self.xy_m - point, -1, 0)) < clearance_m).any(axis=0)
            taken = np.concatenate([[0], np.cumsum(near)])
            free[:starts] &= (
                taken[offset + length : offset + length + starts] == taken[offset : offset + starts]
            )
        return free

    def blocked_ticks(self, cells_xy_m: FloatArray) -> IntArray:
        """Return `(ticks + 1, cells)`: for how many ticks before each one a cell was too near to somebody.

        The cells are always the same: the answer is kept.
        """
        if self._blocked_ticks is None:
            self._blocked_ticks = self._count_blocked(cells_xy_m, PEOPLE_CLEARANCE_M)
        return self._blocked_ticks

    def _count_blocked(self, cells_xy_m: FloatArray, clearance_m: float) -> IntArray:
        blocked = np.zeros((self.xy_m.shape[1] + 1, len(cells_xy_m)), dtype=np.int64)
        for track in self.xy_m:
            inside = np.flatnonzero(np.isfinite(track[:, 0]))
            offset = track[inside, None] - cells_xy_m[None]
            blocked[inside + 1] |= (offset**2).sum(axis=-1) < clearance_m**2
        counts: IntArray = np.cumsum(blocked, axis=0)
        return counts


def _run_lengths(xy_m: FloatArray) -> list[tuple[int, int, FloatArray]]:
    """Group a track into (offset, length, point) runs of the same point."""
    changes = np.flatnonzero(np.any(np.diff(xy_m, axis=0) != 0, axis=1)) + 1
    bounds = [0, *changes.tolist(), len(xy_m)]
    return [(a, b - a, xy_m[a]) for a, b in pairwise(bounds)]


class RoutePlanner:
    """Finds ways through one room for one person at a time."""

    def __init__(self, obstacles: Obstacles) -> None:
        self._obstacles = obstacles
        width, depth = obstacles.room_xy_m
        columns, rows = int(width / CELL_M), int(depth / CELL_M)
        self._shape = (rows, columns)
        self._xy_m: FloatArray = np.stack(
            [
                np.tile((np.arange(columns) + 0.5) * CELL_M, rows),
                np.repeat((np.arange(rows) + 0.5) * CELL_M, columns),
            ],
            axis=1,
        )
        self._is_walkable = obstacles.clearance_m(self._xy_m) >= WALL_CLEARANCE_M
        self._neighbours = [self._walkable_neighbours(cell) for cell in range(rows * columns)]

    @property
    def obstacles(self) -> Obstacles:
        """What stands in the room."""
        return self._obstacles

    def random_point(self, rng: np.random.Generator) -> FloatArray:
        """Return a point `(2,)` where one can stand."""
        cell = rng.choice(np.flatnonzero(self._is_walkable))
        point: FloatArray = self._xy_m[cell] + rng.uniform(-0.5, 0.5, 2) * CELL_M * 0.5
        return point

    def is_clear(self, start_xy_m: FloatArray, goal_xy_m: FloatArray) -> bool:
        """Tell whether the straight line between two points stays clear of everything that stands."""
        count = 2 + int(np.hypot(*(goal_xy_m - start_xy_m)) / 0.05)
        line = np.linspace(start_xy_m, goal_xy_m, count)
        return bool((self._obstacles.clearance_m(line) >= WALL_CLEARANCE_M - 0.02).all())

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
        cells = self._search(start_xy_m, start_tick, goal_xy_m, after_xy_m, speed_m_s, traffic)
        if cells is None:
            return None
        nodes = [(start_tick, np.asarray(start_xy_m))]
        nodes += [(tick, self._xy_m[cell]) for cell, tick in cells[1:-1]]
        nodes.append((cells[-1][1], np.asarray(goal_xy_m)))
        return self._pull(nodes, speed_m_s, traffic)

    def _search(
        self,
        start_xy_m: FloatArray,
        start_tick: int,
        goal_xy_m: FloatArray,
        after_xy_m: FloatArray,
        speed_m_s: float,
        traffic: Traffic,
    ) -> list[tuple[int, int]] | None:
        start, goal = self._nearest(start_xy_m), self._nearest(goal_xy_m)
        heuristic = self._ticks_to(goal, speed_m_s)
        blocked = traffic.blocked_ticks(self._xy_m)
        arrival_is_free = traffic.free_starts(after_xy_m)
        last_tick = len(arrival_is_free) - 1
        straight = max(1, round(CELL_M / speed_m_s / TICK_S))
        diagonal = max(1, round(CELL_M * 2**0.5 / speed_m_s / TICK_S))
        came_from: dict[tuple[int, int], tuple[int, int]] = {}
        queued = {(start, start_tick // 2)}
        queue = [(start_tick + heuristic[start], start_tick, start)]
        for _ in range(_MAX_EXPANSIONS):
            if not queue:
                return None
            _, tick, cell = heapq.heappop(queue)
            if cell == goal and arrival_is_free[tick] and tick > start_tick:
                return _trace(came_from, (cell, tick), (start, start_tick))
            moves = [
                (other, diagonal if is_diagonal else straight)
                for other, is_diagonal in self._neighbours[cell]
            ]
            for other, ticks in [*moves, (cell, _WAIT_TICKS)]:
                end = tick + ticks
                if end > last_tick or (other, end // 2) in queued or not np.isfinite(heuristic[other]):
                    continue
                middle = tick + ticks // 2
                at_start = cell == start and tick - start_tick < 2 * _WAIT_TICKS
                if not at_start and blocked[tick, cell] != blocked[middle, cell]:
                    continue
                if blocked[middle, other] != blocked[end + 1, other]:
                    continue
                queued.add((other, end // 2))
                came_from[other, end] = (cell, tick)
                heapq.heappush(queue, (end + heuristic[other], end, other))
        return None

    def _pull(
        self, nodes: list[tuple[int, FloatArray]], speed_m_s: float, traffic: Traffic
    ) -> FloatArray | None:
        """Replace stretches of nodes by straight lines where nothing is in the way."""
        track = [nodes[0][1][None]]
        here = 0
        while here < len(nodes) - 1:
            best = here + 1
            for there in range(here + 2, len(nodes)):
                if self._is_straight_free(nodes[here], nodes[there], speed_m_s, traffic):
                    best = there
            track.append(_line(nodes[here], nodes[best])[1:])
            here = best
        return np.concatenate(track)

    def _is_straight_free(
        self,
        start: tuple[int, FloatArray],
        end: tuple[int, FloatArray],
        speed_m_s: float,
        traffic: Traffic,
    ) -> bool:
        speed = np.hypot(*(end[1] - start[1])) / ((end[0] - start[0]) * TICK_S)
        if speed < 0.55 * speed_m_s:
            return False  # somebody who waits stands still; a line would have them creep
        return self.is_clear(start[1], end[1]) and traffic.is_free(start[0], _line(start, end))

    def _ticks_to(self, goal: int, speed_m_s: float) -> FloatArray:
        ticks = np.full(len(self._xy_m), np.inf)
        ticks[goal] = 0.0
        queue = [(0.0, goal)]
        while queue:
            cost, cell = heapq.heappop(queue)
            if cost > ticks[cell]:
                continue
            for other, is_diagonal in self._neighbours[cell]:
                length_m = CELL_M * (2**0.5 if is_diagonal else 1.0)
                onward = cost + max(1, round(length_m / speed_m_s / TICK_S))
                if onward < ticks[other]:
                    ticks[other] = onward
                    heapq.heappush(queue, (onward, other))
        return ticks

    def _nearest(self, xy_m: FloatArray) -> int:
        distance = np.hypot(*(self._xy_m - xy_m).T)
        return int(np.where(self._is_walkable, distance, np.inf).argmin())

    def _walkable_neighbours(self, cell: int) -> list[tuple[int, bool]]:
        rows, columns = self._shape
        row, column = divmod(cell, columns)
        found = []
        for down, right in _STEPS:
            if not (0 <= row + down < rows and 0 <= column + right < columns):
                continue
            other = (row + down) * columns + column + right
            if self._is_walkable[cell] and self._is_walkable[other]:
                found.append((other, bool(down and right)))
        return found


def _trace(
    came_from: dict[tuple[int, int], tuple[int, int]], end: tuple[int, int], start: tuple[int, int]
) -> list[tuple[int, int]]:
    states = [end]
    while states[-1] != start:
        states.append(came_from[states[-1]])
    return states[::-1]


def _line(start: tuple[int, FloatArray], end: tuple[int, FloatArray]) -> FloatArray:
    return np.linspace(start[1], end[1], end[0] - start[0] + 1)
