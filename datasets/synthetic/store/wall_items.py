"""What hangs on the walls: windows, posters, signs, menu boards; above shelves and beside doors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datasets.synthetic.store.floor_plan import FloorPlan
from datasets.synthetic.store.layout_types import ShelfKind, Theme, Wall, WallItem, WallItemKind, room_walls

LANE_DOOR_M, STAFF_DOOR_M = 2.15, 2.05
DOOR_FRAME_M = 0.12
POSTERS = 12  # more than there are pictures: the number also turns into a frame
_NEAR_WALL_M = 0.75
_FURNITURE_ABOVE_M = {ShelfKind.WALL: 0.15, ShelfKind.FRIDGE: 0.30, ShelfKind.BREAD: 0.30}
_WINDOW_SHARE = {Theme.OFFICE: 0.7, Theme.GROCERY: 0.35, Theme.BAKERY: 0.6, Theme.STADIUM: 0.1}


@dataclass(frozen=True, slots=True)
class _Taken:
    """A stretch of wall that is covered up to some height."""

    along_m: tuple[float, float]
    up_to_m: float


def hang_wall_items(rng: np.random.Generator, plan: FloorPlan) -> tuple[WallItem, ...]:
    """Cover the free wall: daylight first, then what sells, then paper."""
    ceiling = plan.room_size_m[2]
    items: list[WallItem] = []
    for index, wall in enumerate(room_walls(plan.room_size_m)):
        taken = _taken(plan, wall)
        if index == 3 and plan.theme is Theme.STADIUM:
            items += _row(rng, index, wall, taken, WallItemKind.SHUTTER, (1.0, 2.4), (0.0, 2.2), 1)
        elif rng.random() < _WINDOW_SHARE[plan.theme]:
            kind = WallItemKind.DARK_WINDOW if rng.random() < 0.35 else WallItemKind.WINDOW
            bottom = 0.35 if index == 3 else float(rng.uniform(0.9, 1.2))
            top = min(float(rng.uniform(2.0, 2.5)), ceiling - 0.15)
            items += _row(rng, index, wall, taken, kind, (0.8, 2.2), (bottom, top), int(rng.integers(1, 4)))
        taken += [_Taken(item.along_m, item.height_m[1]) for item in items if item.wall == index]
        if index == 0 and plan.theme in (Theme.STADIUM, Theme.BAKERY):
            items += _high(
                rng, index, wall, taken, WallItemKind.MENU_BOARD, (0.7, 1.3), (0.40, 0.60), ceiling, 3
            )
            taken += [_Taken(item.along_m, 9.0) for item in items if item.wall == index]
        items += _papers(rng, index, wall, taken, ceiling)
    return tuple(items)


def _taken(plan: FloorPlan, wall: Wall) -> list[_Taken]:
    """What stands against a wall or leads through it."""
    taken = []
    doors = [(plan.entry, LANE_DOOR_M + 0.3), (plan.exit, LANE_DOOR_M + 0.3)]
    if plan.staff_door is not None:
        doors.append((plan.staff_door, STAFF_DOOR_M + 0.3))
    for lane, height in doors:
        along, off = wall.place(np.asarray(lane.wall_xy_m))
        if abs(off) < 0.05:
            half = lane.width_m / 2 + DOOR_FRAME_M + 0.05
            taken.append(_Taken((float(along) - half, float(along) + half), height))
    for front in plan.fronts:
        corners = front.shelf.to_store(
            np.array([[0.0, 0.0, 0.0], [front.shelf.width_m, front.shelf.depth_m, 0.0]])
        )
        place = wall.place(corners[:, :2])
        if place[:, 1].min() < 0.1 and place[:, 1].max() < _NEAR_WALL_M:
            top = front.top_m if front.boards > 1 else front.lowest_m + 0.3
            top += _FURNITURE_ABOVE_M.get(front.kind, 0.1)
            taken.append(_Taken((float(place[:, 0].min()), float(place[:, 0].max())), top))
    for clutter in plan.clutter:
        place = wall.place(np.array([clutter.footprint.low_xy_m, clutter.footprint.high_xy_m]))
        if place[:, 1].min() < 0.1:
            taken.append(_Taken((float(place[:, 0].min()), float(place[:, 0].max())), clutter.height_m))
    return taken


def _covered_m(taken: Sequence[_Taken], along_m: tuple[float, float]) -> float:
    """Return up to which height a stretch of wall is covered."""
    low, high = along_m
    return max((one.up_to_m for one in taken if one.along_m[0] < high and low < one.along_m[1]), default=0.0)


def _row(
    rng: np.random.Generator,
    index: int,
    wall: Wall,
    taken: Sequence[_Taken],
    kind: WallItemKind,
    width_m: tuple[float, float],
    height_m: tuple[float, float],
    count: int,
) -> list[WallItem]:
    """Hang up to so many things of one size at one height where nothing is in front."""
    width = float(rng.uniform(*width_m))
    at = float(rng.uniform(0.15, 0.8))
    items: list[WallItem] = []
    while at + width < wall.length_m - 0.15 and len(items) < count:
        if _covered_m(taken, (at - 0.05, at + width + 0.05)) <= height_m[0]:
            items.append(WallItem(kind, index, (at, at + width), height_m, int(rng.integers(POSTERS))))
            at += width + 0.12
        else:
            at += 0.15
    return items


def _high(
    rng: np.random.Generator,
    index: int,
    wall: Wall,
    taken: Sequence[_Taken],
    kind: WallItemKind,
    width_m: tuple[float, float],
    size_m: tuple[float, float],
    ceiling_m: float,
    count: int,
) -> list[WallItem]:
    """Hang a row over whatever stands below."""
    width, height = float(rng.uniform(*width_m)), float(rng.uniform(*size_m))
    start = float(rng.uniform(0.1, max(0.11, wall.length_m - count * (width + 0.04))))
    items = []
    for number in range(count):
        along = (start + number * (width + 0.04), start + number * (width + 0.04) + width)
        bottom = max(_covered_m(taken, along) + 0.05, 1.75)
        if along[1] < wall.length_m - 0.05 and bottom + height < ceiling_m - 0.03:
            items.append(WallItem(kind, index, along, (bottom, bottom + height), int(rng.integers(POSTERS))))
    return items


def _papers(
    rng: np.random.Generator, index: int, wall: Wall, taken: Sequence[_Taken], ceiling_m: float
) -> list[WallItem]:
    """Hang posters, signs and pictures of people, above what stands below them."""
    items: list[WallItem] = []
    at = float(rng.uniform(0.1, 0.9))
    while True:
        width = float(rng.uniform(0.35, 1.0))
        if at + width > wall.length_m - 0.1:
            return items
        kind = WallItemKind(
            rng.choice(
                [WallItemKind.POSTER, WallItemKind.SIGN, WallItemKind.PERSON_POSTER], p=(0.6, 0.2, 0.2)
            )
        )
        shape = {
            WallItemKind.POSTER: (0.7, 1.4),
            WallItemKind.SIGN: (0.3, 0.5),
            WallItemKind.PERSON_POSTER: (1.6, 2.2),
        }[kind]
        height = width * float(rng.uniform(*shape))
        covered = _covered_m(taken, (at, at + width))
        bottom = max(covered + 0.08, float(rng.uniform(0.5, 0.9) if height > 1.0 else rng.uniform(1.1, 1.7)))
        if bottom + height < ceiling_m - 0.05:
            items.append(
                WallItem(kind, index, (at, at + width), (bottom, bottom + height), int(rng.integers(POSTERS)))
            )
        at += width + float(rng.exponential(0.7)) + 0.06
