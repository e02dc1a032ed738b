"""What else stands about: the door of the back room and clutter, wherever it leaves all ways open."""

from dataclasses import replace

import numpy as np

from datasets.synthetic.store.floor_plan import FloorPlan, Ways
from datasets.synthetic.store.layout_types import (
    MOUTH_M,
    Clutter,
    ClutterKind,
    FloorRectangle,
    Lane,
    Theme,
    Wall,
    room_walls,
)
from datasets.synthetic.store.obstacles import overlap, shelf_footprint

_DOOR_WIDTH_M, _DOOR_LENGTH_M = 0.9, 0.12
_DOOR_SHARE = {Theme.OFFICE: 0.5, Theme.GROCERY: 0.9, Theme.BAKERY: 0.9, Theme.STADIUM: 0.7}
# Clutter is tried as if it were this much larger: what it leaves is an aisle, not a squeeze.
_KEEP_CLEAR_M = 0.21
_LANE_CLEAR_M = 0.1
_MOUTH_CLEAR_M = 0.75
_TRIES = 10
_COLUMNS_FROM_M2 = 28.0
# Kinds with the extent along and off the wall, and the height: from and to, metres.
_SIZE_M: dict[ClutterKind, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    ClutterKind.CARTONS: ((0.35, 0.60), (0.30, 0.45), (0.35, 1.10)),
    ClutterKind.PROMO_BIN: ((0.50, 0.80), (0.45, 0.65), (0.70, 0.85)),
    ClutterKind.COLUMN: ((0.25, 0.45), (0.25, 0.45), (9.0, 9.0)),
    ClutterKind.PLANT: ((0.32, 0.42), (0.32, 0.42), (0.90, 1.60)),
    ClutterKind.BASKETS: ((0.34, 0.44), (0.30, 0.36), (0.45, 0.95)),
    ClutterKind.MANNEQUIN: ((0.42, 0.50), (0.28, 0.34), (1.60, 1.85)),
    ClutterKind.RUBBISH_BIN: ((0.30, 0.40), (0.30, 0.40), (0.60, 0.85)),
    ClutterKind.SIGN_STAND: ((0.50, 0.60), (0.30, 0.40), (0.95, 1.20)),
    ClutterKind.TABLE: ((0.60, 1.30), (0.45, 0.60), (0.74, 0.94)),
}
# How many of each a store of 30 m2 has on average.
_WANTED: dict[Theme, dict[ClutterKind, float]] = {
    Theme.OFFICE: {
        ClutterKind.PLANT: 1.6,
        ClutterKind.TABLE: 1.8,
        ClutterKind.RUBBISH_BIN: 1.2,
        ClutterKind.CARTONS: 0.4,
        ClutterKind.COLUMN: 0.3,
        ClutterKind.MANNEQUIN: 0.2,
    },
    Theme.GROCERY: {
        ClutterKind.BASKETS: 1.2,
        ClutterKind.PROMO_BIN: 1.3,
        ClutterKind.CARTONS: 0.9,
        ClutterKind.SIGN_STAND: 0.4,
        ClutterKind.COLUMN: 0.6,
        ClutterKind.RUBBISH_BIN: 0.5,
        ClutterKind.TABLE: 0.4,
        ClutterKind.MANNEQUIN: 0.3,
        ClutterKind.PLANT: 0.2,
    },
    Theme.BAKERY: {
        ClutterKind.BASKETS: 0.8,
        ClutterKind.TABLE: 1.0,
        ClutterKind.PLANT: 0.8,
        ClutterKind.SIGN_STAND: 0.7,
        ClutterKind.PROMO_BIN: 0.4,
        ClutterKind.COLUMN: 0.3,
        ClutterKind.MANNEQUIN: 0.3,
    },
    Theme.STADIUM: {
        ClutterKind.RUBBISH_BIN: 1.6,
        ClutterKind.CARTONS: 1.4,
        ClutterKind.MANNEQUIN: 0.8,
        ClutterKind.SIGN_STAND: 0.8,
        ClutterKind.COLUMN: 0.5,
        ClutterKind.TABLE: 0.6,
    },
}


def with_staff_door(rng: np.random.Generator, plan: FloorPlan) -> FloorPlan:
    """Add the door of the back room to most stores, where there is a free piece of wall."""
    if rng.random() > _DOOR_SHARE[plan.theme]:
        return plan
    walls = room_walls(plan.room_size_m)
    for index in [*rng.permutation(3).tolist(), 3]:
        for along in rng.uniform(0.6, walls[index].length_m - 0.6, 8).tolist():
            wall = walls[index]
            x, y, _ = wall.xyz(along, 0.0, 0.0)
            door = Lane((float(x), float(y)), wall.inward_xy, _DOOR_WIDTH_M, _DOOR_LENGTH_M)
            before = replace(door, length_m=_DOOR_LENGTH_M + MOUTH_M + 0.4).rectangle()
            if not any(overlap(before, taken) for taken in _taken(plan)):
                tried = replace(plan, staff_door=door)
                if Ways(tried).are_open():
                    return tried
    return plan


def with_clutter(rng: np.random.Generator, plan: FloorPlan) -> FloorPlan:
    """Add what stands about, mostly along the walls."""
    area = plan.room_size_m[0] * plan.room_size_m[1]
    ways = Ways(plan)
    for kind, count in _WANTED[plan.theme].items():
        if kind is ClutterKind.COLUMN and area < _COLUMNS_FROM_M2:
            continue
        for _ in range(int(rng.poisson(count * (area / 30.0) ** 0.7))):
            clutter = _one(rng, plan, ways, kind)
            if clutter is not None:
                plan = replace(plan, clutter=(*plan.clutter, clutter))
                ways = ways.narrowed(clutter.footprint)
    return plan


def _one(rng: np.random.Generator, plan: FloorPlan, ways: Ways, kind: ClutterKind) -> Clutter | None:
    """Place one thing; None if it is in the way wherever it is tried."""
    walls = room_walls(plan.room_size_m)
    taken = [*_taken(plan), *(one.footprint for one in plan.clutter)]
    if plan.staff_door is not None:
        taken.append(replace(plan.staff_door, length_m=0.9).rectangle())
    height = min(float(rng.uniform(*_SIZE_M[kind][2])), plan.room_size_m[2])
    is_free_standing = kind in (ClutterKind.PROMO_BIN, ClutterKind.COLUMN, ClutterKind.SIGN_STAND)
    for _ in range(_TRIES):
        size = (float(rng.uniform(*_SIZE_M[kind][0])), float(rng.uniform(*_SIZE_M[kind][1])))
        is_at_wall = not is_free_standing or rng.random() < 0.5
        spot = _at_wall(rng, walls[int(rng.integers(4))], size) if is_at_wall else _anywhere(rng, plan, size)
        if spot is None or any(overlap(spot, other) for other in taken):
            continue
        if ways.narrowed(_grown(spot)).are_open():
            return Clutter(spot, height, kind)
    return None


def _at_wall(rng: np.random.Generator, wall: Wall, size_m: tuple[float, float]) -> FloorRectangle | None:
    if wall.length_m < size_m[0] + 0.1:
        return None
    along = float(rng.uniform(0.03, wall.length_m - size_m[0] - 0.03))
    off = float(rng.uniform(0.015, 0.05))
    corners = np.array([wall.xyz(along, off, 0.0), wall.xyz(along + size_m[0], off + size_m[1], 0.0)])
    (x0, y0, _), (x1, y1, _) = corners.min(axis=0), corners.max(axis=0)
    return FloorRectangle((float(x0), float(y0)), (float(x1), float(y1)))


def _anywhere(
    rng: np.random.Generator, plan: FloorPlan, size_m: tuple[float, float]
) -> FloorRectangle | None:
    width, depth = size_m if rng.random() < 0.5 else size_m[::-1]
    if plan.room_size_m[0] < width + 0.2 or plan.room_size_m[1] < depth + 1.2:
        return None
    x = float(rng.uniform(0.1, plan.room_size_m[0] - width - 0.1))
    y = float(rng.uniform(1.0, plan.room_size_m[1] - depth - 0.1))
    return FloorRectangle((x, y), (x + width, y + depth))


def _taken(plan: FloorPlan) -> list[FloorRectangle]:
    """What stands, and what is in front of lanes."""
    lanes = [replace(lane, length_m=lane.length_m + _MOUTH_CLEAR_M) for lane in (plan.entry, plan.exit)]
    wide = [replace(lane, width_m=lane.width_m + 2 * _LANE_CLEAR_M).rectangle() for lane in lanes]
    return [*(shelf_footprint(front.shelf) for front in plan.fronts), *wide]


def _grown(rectangle: FloorRectangle) -> FloorRectangle:
    (x0, y0), (x1, y1) = rectangle.low_xy_m, rectangle.high_xy_m
    return FloorRectangle((x0 - _KEEP_CLEAR_M, y0 - _KEEP_CLEAR_M), (x1 + _KEEP_CLEAR_M, y1 + _KEEP_CLEAR_M))
