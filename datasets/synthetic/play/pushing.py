"""Ways for who pushes a trolley or a pram: both turn as one body, and what is pushed is parked at every stop.

The way is searched over place and heading. It does not wait for anybody: who pushes is laid first, and
the others keep out of the way.
Source: LaValle, Planning Algorithms, 2006, section 14.4 (state lattices); Dijkstra instead of its A*.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from datasets.synthetic.play.gestures import Stance
from datasets.synthetic.play.motion import forward
from datasets.synthetic.play.route_search import BoolArray
from datasets.synthetic.play.routes import TICK_S
from datasets.synthetic.scene import FloatArray, IntArray
from datasets.synthetic.store.obstacles import Obstacles

# What trolleys and prams cover of the floor (`body/pushed.py`): from where to where ahead of the pelvis.
PUSHED_AHEAD_M = (0.34, 1.28)
PUSHED_HALF_WIDTH_M = 0.29
# Six discs cover it: so far ahead, so far to each side, and their radius.
_DISC_AHEAD_M = (0.50, 0.81, 1.12)
_DISC_ASIDE_M = 0.145
_DISC_RADIUS_M = float(np.hypot(_DISC_ASIDE_M, 0.16))
_ROOM_M = 0.04
_PELVIS_ROOM_M = 0.235
# Both turn about this point ahead of the pelvis when they turn on the spot.
_PIVOT_M = 0.55
_CELL_M, _FIELD_M = 0.1, 0.025
_HEADINGS = 8
_EIGHTH_RAD = 2 * np.pi / _HEADINGS
_BACKWARD, _ARC, _PIVOT_S = 3.0, 1.1, 1.3
_ARC_STEPS = 2
_SNAP_M = 0.08
_SMOOTHING_S = 0.3
# Where what is pushed stands of somebody who acts: so far along the shelf and so far off it.
_PARK_ALONG_M, _PARK_AWAY_M = (0.18, 0.30), (0.0, 0.12, 0.25, 0.40, 0.55)


@dataclass(frozen=True, slots=True, eq=False)
class Parking:
    """What is pushed stands by itself for a while.

    Attributes:
        xy_m: `(2,)` pelvis of whoever has it by the handle.
        yaw_rad: Heading.
    """

    from_s: float
    to_s: float
    xy_m: FloatArray
    yaw_rad: float


@dataclass(frozen=True, slots=True, eq=False)
class Drive:
    """A way with something that is pushed, one sample per tick, at rest at both ends.

    Attributes:
        xy_m: `(n, 2)` of the pelvis.
        yaw_rad: `(n,)` unwrapped.
    """

    xy_m: FloatArray
    yaw_rad: FloatArray


class PushPlanner:
    """Finds ways through one room for a person with something of a trolley's size ahead."""

    def __init__(self, obstacles: Obstacles) -> None:
        """Take what stands in the room; lanes are open, between their posts."""
        width, depth = obstacles.room_xy_m
        self._columns, self._rows = int(width / _CELL_M), int(depth / _CELL_M)
        self._field = _clearance_field(obstacles)
        self._cell_xy_m = np.stack(
            [
                np.tile((np.arange(self._columns) + 0.5) * _CELL_M, self._rows),
                np.repeat((np.arange(self._rows) + 0.5) * _CELL_M, self._columns),
            ],
            axis=1,
        )
        turns = np.arange(2 * _HEADINGS) * _EIGHTH_RAD / 2
        self._is_free = np.stack([self._free_at(float(turn)) for turn in turns])
        self._graph = self._edges()

    def drive(
        self, start_xy_m: FloatArray, start_yaw_rad: float, goals: list[tuple[FloatArray, float]], m_s: float
    ) -> Drive | None:
        """Find the shortest way of a pelvis to one of several places and headings; None if there is none.

        Headings are eighths of a turn.
        """
        start = self._state(start_xy_m, start_yaw_rad)
        states = [self._state(xy, yaw) for xy, yaw in goals]
        if start is None or not any(state is not None for state in states):
            return None
        cost, before = dijkstra(self._graph, indices=start, return_predecessors=True)
        costs = [np.inf if state is None else float(cost[state]) for state in states]
        best = int(np.argmin(costs))
        if not np.isfinite(costs[best]):
            return None
        way = [int(states[best] or 0)]
        while way[-1] != start:
            way.append(int(before[way[-1]]))
        at_s, pose = self._timed(np.array(way[::-1]), start_yaw_rad, m_s)
        ends = (start_xy_m, start_yaw_rad), goals[best]
        return _smooth_drive(at_s, pose, ends)

    def has_room(self, xy_m: FloatArray, yaw_rad: float) -> bool:
        """Tell whether a pelvis can be at about a point `(2,)` with this heading."""
        return self._state(xy_m, yaw_rad) is not None

    def _free_at(self, yaw_rad: float) -> BoolArray:
        """Return `(cells,)`: whether person and pushed thing fit there with this heading."""
        pelvis = self._cell_xy_m - _PIVOT_M * forward(yaw_rad)
        free: BoolArray = self._clearance_m(pelvis) >= _PELVIS_ROOM_M
        for disc in _disc_centres(pelvis, np.full(len(pelvis), yaw_rad)):
            free &= self._clearance_m(disc) >= _DISC_RADIUS_M + _ROOM_M
        return free

    def _clearance_m(self, xy_m: FloatArray) -> FloatArray:
        column, row = np.floor(xy_m / _FIELD_M).astype(np.int64).T
        rows, columns = self._field.shape
        inside = (column >= 0) & (row >= 0) & (column < columns) & (row < rows)
        found = self._field[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
        return np.asarray(np.where(inside, found, -1.0))

    def _edges(self) -> csr_array:
        """Return the lattice's graph: seconds at one metre a second from state to state."""
        cells = self._columns * self._rows
        tails, heads, costs = [], [], []

        def add(turn: int, steps: IntArray, onto: int, is_free: BoolArray, cost: float) -> None:
            source, target = self._shifted(steps)
            keep = is_free[source] & self._is_free[2 * turn][source] & self._is_free[2 * onto][target]
            tails.append(turn * cells + source[keep])
            heads.append(onto * cells + target[keep])
            costs.append(np.full(int(keep.sum()), cost))

        everywhere = np.ones(cells, dtype=bool)
        for turn in range(_HEADINGS):
            ahead = _step(turn)
            length = float(np.hypot(*ahead)) * _CELL_M
            add(turn, ahead, turn, everywhere, length)
            add(turn, -ahead, turn, everywhere, _BACKWARD * length)
            for side in (1, -1):
                onto, between = (turn + side) % _HEADINGS, (2 * turn + side) % (2 * _HEADINGS)
                add(turn, 0 * ahead, onto, self._is_free[between], _PIVOT_S)
                first, then = _ARC_STEPS * ahead, _ARC_STEPS * _step(onto)
                source, target = self._shifted(first)
                middle = np.zeros(cells, dtype=bool)
                middle[source] = self._is_free[between][target]
                cost = _ARC * _CELL_M * float(np.hypot(*first) + np.hypot(*then))
                add(turn, first + then, onto, middle, cost)
        edges = (np.concatenate(costs), (np.concatenate(tails), np.concatenate(heads)))
        return csr_array(edges, shape=(_HEADINGS * cells, _HEADINGS * cells))

    def _shifted(self, steps: IntArray) -> tuple[IntArray, IntArray]:
        """Return the cells from which a shift by columns and rows stays inside, and where it leads."""
        cell = np.arange(self._columns * self._rows)
        column, row = cell % self._columns + steps[0], cell // self._columns + steps[1]
        inside = (column >= 0) & (row >= 0) & (column < self._columns) & (row < self._rows)
        return cell[inside], (row * self._columns + column)[inside]

    def _state(self, pelvis_xy_m: FloatArray, yaw_rad: float) -> int | None:
        """Return the free state nearest to a pelvis, with this heading; None if none is near."""
        turn = round(yaw_rad / _EIGHTH_RAD) % _HEADINGS
        apart = np.hypot(*(self._cell_xy_m - pelvis_xy_m - _PIVOT_M * forward(yaw_rad)).T)
        apart = np.where(self._is_free[2 * turn], apart, np.inf)
        cell = int(apart.argmin())
        return turn * len(apart) + cell if apart[cell] < _SNAP_M else None

    def _timed(self, states: IntArray, yaw_rad: float, m_s: float) -> tuple[FloatArray, FloatArray]:
        """Return when `(n,)` both are where `(n, 3)`: x, y of the pivot, and yaw, unwrapped."""
        turns, cells = np.divmod(states, len(self._cell_xy_m))
        at_s, poses = [0.0], [np.array([*self._cell_xy_m[cells[0]], yaw_rad])]
        for row in range(1, len(states)):
            side = (turns[row] - turns[row - 1] + _HEADINGS // 2) % _HEADINGS - _HEADINGS // 2
            start, end = self._cell_xy_m[cells[row - 1]], self._cell_xy_m[cells[row]]
            yaw, length = poses[-1][2], float(np.hypot(*(end - start)))
            if side and length:
                middle = start + _ARC_STEPS * _CELL_M * _step(int(turns[row - 1]))
                for point, share in ((middle, 0.5), (end, 1.0)):
                    at_s.append(at_s[-1] + float(np.hypot(*(point - poses[-1][:2]))) / m_s)
                    poses.append(np.array([*point, yaw + share * side * _EIGHTH_RAD]))
                continue
            is_back = length and float((end - start) @ _step(int(turns[row]))) < 0
            at_s.append(at_s[-1] + (length / (0.6 * m_s if is_back else m_s) if length else _PIVOT_S))
            poses.append(np.array([*end, yaw + side * _EIGHTH_RAD]))
        return np.array(at_s), np.array(poses)


def _disc_centres(pelvis_xy_m: FloatArray, yaw_rad: FloatArray) -> FloatArray:
    """Return `(6, n, 2)` centres of the discs that cover what is pushed, along a track `(n, 2)`."""
    ahead = np.stack([np.sin(yaw_rad), -np.cos(yaw_rad)], axis=1)
    aside = np.stack([np.cos(yaw_rad), np.sin(yaw_rad)], axis=1)
    return np.stack(
        [pelvis_xy_m + a * ahead + s * _DISC_ASIDE_M * aside for a in _DISC_AHEAD_M for s in (1.0, -1.0)]
    )


def outline(pelvis_xy_m: FloatArray, yaw_rad: FloatArray) -> FloatArray:
    """Return `(m, n, 2)` points around what is pushed, a decimetre apart, along a track `(n, 2)`."""
    near, far = PUSHED_AHEAD_M
    ahead, aside = np.linspace(near, far, 10), np.linspace(-PUSHED_HALF_WIDTH_M, PUSHED_HALF_WIDTH_M, 7)
    around = [(a, s * PUSHED_HALF_WIDTH_M) for a in ahead for s in (1.0, -1.0)]
    around += [(a, s) for a in (near, far) for s in aside]
    forth = np.stack([np.sin(yaw_rad), -np.cos(yaw_rad)], axis=1)
    left = np.stack([np.cos(yaw_rad), np.sin(yaw_rad)], axis=1)
    return np.stack([pelvis_xy_m + a * forth + s * left for a, s in around])


def parking_places(stance: Stance) -> list[tuple[FloatArray, float]]:
    """Return where to stop with what is pushed, along the shelf, to act from a stance: best first."""
    places = []
    for away in _PARK_AWAY_M:
        for along in _PARK_ALONG_M:
            for quarter in (1, -1):
                facing = np.arctan2(stance.inward_xy[0], -stance.inward_xy[1])
                yaw = round(float(facing) / _EIGHTH_RAD) * _EIGHTH_RAD + quarter * np.pi / 2
                xy = stance.xy_m + along * forward(yaw) - away * stance.inward_xy
                places.append((xy, yaw))
    return places


def _step(turn: int) -> IntArray:
    """Return columns and rows of a step ahead."""
    return np.asarray(np.rint(forward(turn * _EIGHTH_RAD)), dtype=np.int64)


def _clearance_field(obstacles: Obstacles) -> FloatArray:
    """Return `(rows, columns)` the clearance in the middle of every cell of `_FIELD_M`."""
    columns, rows = (int(np.ceil(size / _FIELD_M)) for size in obstacles.room_xy_m)
    x, y = np.meshgrid((np.arange(columns) + 0.5) * _FIELD_M, (np.arange(rows) + 0.5) * _FIELD_M)
    return obstacles.clearance_m(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(rows, columns)


def _smooth_drive(
    at_s: FloatArray, pose: FloatArray, ends: tuple[tuple[FloatArray, float], tuple[FloatArray, float]]
) -> Drive:
    """Round the corners of a way, let it start and end at rest, and exactly at its ends."""
    ticks = np.arange(0.0, at_s[-1] + TICK_S, TICK_S)
    way = np.stack([np.interp(ticks, at_s, channel) for channel in pose.T], axis=1)
    (start, start_yaw), (goal, goal_yaw) = ends
    whole = round((way[-1, 2] - goal_yaw) / (2 * np.pi)) * 2 * np.pi
    missing = [
        np.array([*(xy + _PIVOT_M * forward(yaw)), yaw + lap]) - end
        for xy, yaw, lap, end in ((start, start_yaw, 0.0, way[0]), (goal, goal_yaw, whole, way[-1]))
    ]
    share = np.linspace(0.0, 1.0, len(way))[:, None]
    way = way + (1 - share) * missing[0] + share * missing[1]
    pad = int(np.ceil(3.5 * _SMOOTHING_S / TICK_S))
    way = np.concatenate([np.repeat(way[:1], pad, axis=0), way, np.repeat(way[-1:], pad, axis=0)])
    way = gaussian_filter1d(way, _SMOOTHING_S / TICK_S, axis=0, mode="nearest", truncate=3.5)
    yaw: FloatArray = way[:, 2]
    ahead = np.stack([np.sin(yaw), -np.cos(yaw)], axis=1)
    return Drive(way[:, :2] - _PIVOT_M * ahead, yaw)
