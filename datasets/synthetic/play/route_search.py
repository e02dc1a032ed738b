"""The compiled loops of route planning: where others are in the way, the search, and string pulling."""

import heapq

import numpy as np
import numpy.typing as npt

from datasets.synthetic.compiled import compiled
from datasets.synthetic.scene import FloatArray, IntArray

BoolArray = npt.NDArray[np.bool_]
Int32Array = npt.NDArray[np.int32]
UInt8Array = npt.NDArray[np.uint8]

# Predecessors are packed as cell * this + ticks of the step.
_PACK = 64
_UNREACHABLE = np.int64(1) << np.int64(40)


@compiled(fast=False)
def mark_blocked(
    xy_m: FloatArray, reach_m: FloatArray, columns: int, rows: int, cell_m: float, out: UInt8Array
) -> None:
    """Set `out[tick, cell]` where a cell's middle is nearer than `reach_m` to a track `(n, ticks, 2)`."""
    for who in range(xy_m.shape[0]):
        reach = reach_m[who]
        for tick in range(xy_m.shape[1]):
            x, y = xy_m[who, tick, 0], xy_m[who, tick, 1]
            if not (np.isfinite(x) and np.isfinite(y)):
                continue
            low_column = max(0, int((x - reach) / cell_m))
            high_column = min(columns - 1, int((x + reach) / cell_m))
            low_row = max(0, int((y - reach) / cell_m))
            high_row = min(rows - 1, int((y + reach) / cell_m))
            for row in range(low_row, high_row + 1):
                dy = (row + 0.5) * cell_m - y
                for column in range(low_column, high_column + 1):
                    dx = (column + 0.5) * cell_m - x
                    if dx * dx + dy * dy < reach * reach:
                        out[tick, row * columns + column] = 1


@compiled(fast=False)
def ticks_to_goal(neighbours: Int32Array, goal: int, straight: int, diagonal: int) -> IntArray:
    """Return for every cell the least ticks to the goal (Dijkstra), a huge number where there is no way.

    Args:
        neighbours: `(cells, 8)` cells one can step to, -1 for none; the last four columns are diagonal.
        goal: Cell.
        straight: Ticks of a straight step.
        diagonal: Ticks of a diagonal step.
    """
    ticks = np.full(neighbours.shape[0], _UNREACHABLE, dtype=np.int64)
    ticks[goal] = 0
    queue = [(np.int64(0), np.int64(goal))]
    while len(queue) > 0:
        cost, cell = heapq.heappop(queue)
        if cost > ticks[cell]:
            continue
        for k in range(8):
            other = neighbours[cell, k]
            if other < 0:
                continue
            onward = cost + (straight if k < 4 else diagonal)
            if onward < ticks[other]:
                ticks[other] = onward
                heapq.heappush(queue, (onward, np.int64(other)))
    return ticks


@compiled(fast=False)
def search(
    neighbours: Int32Array,
    to_goal: IntArray,
    blocked: UInt8Array,
    is_arrival: BoolArray,
    start: int,
    start_tick: int,
    goal: int,
    step_ticks: tuple[int, int, int],
    grace_ticks: int,
    most_expansions: int,
) -> IntArray:
    """Space-time A*: return `(k, 2)` cell and tick from start to goal, empty if there is no way.

    Args:
        neighbours: As of `ticks_to_goal`.
        to_goal: `(cells,)` from `ticks_to_goal`.
        blocked: `(ticks, cells)` from `mark_blocked`.
        is_arrival: `(ticks,)` when one may arrive.
        start: Cell.
        start_tick: When one is there.
        goal: Cell.
        step_ticks: What a straight step, a diagonal step and a wait take.
        grace_ticks: For so long one may stand in the first cell although it is blocked.
        most_expansions: The search gives up after so many states.
    """
    last_tick = len(is_arrival) - 1
    came_from = np.full((last_tick // 2 + 1, neighbours.shape[0]), np.int32(-1))
    came_from[start_tick // 2, start] = 0
    queue = [(np.int64(start_tick) + to_goal[start], np.int64(-start_tick), np.int64(start))]
    for _ in range(most_expansions):
        if len(queue) == 0:
            break
        _, minus_tick, cell = heapq.heappop(queue)
        tick = -minus_tick
        if cell == goal and is_arrival[tick] and tick > start_tick:
            return _trace(came_from, int(cell), int(tick), start, start_tick)
        in_grace = cell == start and tick - start_tick < grace_ticks
        for k in range(9):
            other = cell if k == 8 else np.int64(neighbours[cell, k])
            if other < 0 or to_goal[other] >= _UNREACHABLE:
                continue
            ticks = step_ticks[2] if k == 8 else (step_ticks[0] if k < 4 else step_ticks[1])
            end = tick + ticks
            if end > last_tick or came_from[end // 2, other] >= 0:
                continue
            middle = tick + ticks // 2
            is_free = True
            if not in_grace:
                for at in range(tick, middle):
                    is_free = is_free and blocked[at, cell] == 0
            if not (in_grace and k == 8):
                for at in range(middle, end + 1):
                    is_free = is_free and blocked[at, other] == 0
            if is_free:
                came_from[end // 2, other] = cell * _PACK + ticks
                heapq.heappush(queue, (end + to_goal[other], -end, other))
    return np.empty((0, 2), dtype=np.int64)


@compiled(fast=False)
def _trace(came_from: Int32Array, cell: int, tick: int, start: int, start_tick: int) -> IntArray:
    count, at_cell, at_tick = 1, cell, tick
    while not (at_cell == start and at_tick == start_tick):
        packed = came_from[at_tick // 2, at_cell]
        at_cell, at_tick = packed // _PACK, at_tick - packed % _PACK
        count += 1
    states = np.empty((count, 2), dtype=np.int64)
    at_cell, at_tick = cell, tick
    for i in range(count - 1, -1, -1):
        states[i, 0], states[i, 1] = at_cell, at_tick
        packed = came_from[at_tick // 2, at_cell]
        at_cell, at_tick = packed // _PACK, at_tick - packed % _PACK
    return states


@compiled(fast=False)
def pull(
    ticks: IntArray,
    xy_m: FloatArray,
    rectangles_m: FloatArray,
    room_m: FloatArray,
    clearance_m: float,
    slowest_m_s: float,
    tick_s: float,
    tracks_m: FloatArray,
    reach_m: FloatArray,
) -> IntArray:
    """Return which nodes `(k,)` of a way remain when stretches become straight lines where they can.

    Args:
        ticks: `(n,)` of the nodes.
        xy_m: `(n, 2)` of the nodes.
        rectangles_m: `(r, 4)` what stands: low x, low y, high x, high y.
        room_m: `(2,)` extent of the room.
        clearance_m: Kept from what stands.
        slowest_m_s: Lines that would be walked more slowly are refused: who waits stands still.
        tick_s: One tick.
        tracks_m: `(others, ticks, 2)`.
        reach_m: `(others,)` kept from each.
    """
    kept = np.zeros(len(ticks), dtype=np.int64)
    count, here = 1, 0
    while here < len(ticks) - 1:
        best = here + 1
        for there in range(here + 2, len(ticks)):
            if _is_straight(
                ticks[here], xy_m[here], ticks[there], xy_m[there],
                rectangles_m, room_m, clearance_m, slowest_m_s, tick_s, tracks_m, reach_m,
            ):  # fmt: skip
                best = there
        kept[count] = best
        count += 1
        here = best
    return kept[:count]


@compiled(fast=False)
def _is_straight(
    tick: int,
    xy_m: FloatArray,
    end_tick: int,
    end_xy_m: FloatArray,
    rectangles_m: FloatArray,
    room_m: FloatArray,
    clearance_m: float,
    slowest_m_s: float,
    tick_s: float,
    tracks_m: FloatArray,
    reach_m: FloatArray,
) -> bool:
    dx, dy = end_xy_m[0] - xy_m[0], end_xy_m[1] - xy_m[1]
    length, steps = np.hypot(dx, dy), end_tick - tick
    if length < slowest_m_s * steps * tick_s:
        return False
    samples = 2 + int(length / 0.05)
    for i in range(samples):
        x, y = xy_m[0] + dx * i / (samples - 1), xy_m[1] + dy * i / (samples - 1)
        if distance_m(x, y, rectangles_m, room_m) < clearance_m:
            return False
    for i in range(steps + 1):
        x, y = xy_m[0] + dx * i / steps, xy_m[1] + dy * i / steps
        for who in range(tracks_m.shape[0]):
            apart = np.hypot(tracks_m[who, tick + i, 0] - x, tracks_m[who, tick + i, 1] - y)
            if apart < reach_m[who]:
                return False
    return True


@compiled(fast=False)
def distance_m(x: float, y: float, rectangles_m: FloatArray, room_m: FloatArray) -> float:
    """Return the distance of a point to the next wall or rectangle; negative inside."""
    nearest = min(min(x, room_m[0] - x), min(y, room_m[1] - y))
    for r in range(rectangles_m.shape[0]):
        ox = max(rectangles_m[r, 0] - x, x - rectangles_m[r, 2])
        oy = max(rectangles_m[r, 1] - y, y - rectangles_m[r, 3])
        outside = np.hypot(max(ox, 0.0), max(oy, 0.0)) + min(max(ox, oy), 0.0)
        nearest = min(nearest, outside)
    return float(nearest)
