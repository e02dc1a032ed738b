"""Six kinds of store: where their shelves, gates and walls stand.

A small grammar: a room as large as asked, runs along its walls that keep clear of each other in the corners,
double-sided gondolas with ends, islands. What is drawn is checked, and drawn anew if somebody could not walk
or reach. All plans are drawn with the gate at the left of the wall y = 0, then some are mirrored.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from datasets.synthetic.store.floor_plan import FloorPlan, Front, Template, front, is_sound, mirrored
from datasets.synthetic.store.layout_types import Lane, ShelfKind, Theme

AREA_M2: dict[Template, tuple[float, float]] = {
    Template.MICRO_MARKET: (9.0, 20.0),
    Template.CORNER_SHOP: (15.0, 40.0),
    Template.GONDOLA_AISLES: (40.0, 150.0),
    Template.FRIDGES: (20.0, 60.0),
    Template.BAKERY: (20.0, 60.0),
    Template.KIOSK: (9.0, 25.0),
}
LANE_WIDTH_M = 0.95
LANE_LENGTH_M = 0.85
_WALL_GAP_M = 0.02
# Somebody before the last product beside a corner keeps clear of the shelf round the corner.
_CORNER_M = 0.48
# Beside a wall one stands a little to the side.
_SIDE_M = 0.2
_DOOR_M = 0.66
_SIDE_EXIT_SHARE = 0.4
_TRIES = 300


class NoPlanError(ValueError):
    """No store of this kind and size can be furnished."""


@dataclass(frozen=True, slots=True)
class _Heights:
    """How shelves of a kind are built: boards and heights from and to, and how many have a header."""

    boards: tuple[int, int]
    lowest_m: tuple[float, float]
    top_m: tuple[float, float]
    header_share: float


_HEIGHTS = {
    ShelfKind.WALL: _Heights((4, 5), (0.12, 0.20), (1.70, 1.95), 0.5),
    ShelfKind.GONDOLA: _Heights((3, 4), (0.12, 0.18), (1.22, 1.45), 0.0),
    ShelfKind.FRIDGE: _Heights((4, 5), (0.20, 0.30), (1.70, 1.85), 1.0),
    ShelfKind.ISLAND: _Heights((1, 1), (0.68, 0.84), (1.2, 1.2), 0.0),
    ShelfKind.COUNTER: _Heights((1, 1), (0.88, 0.98), (1.4, 1.4), 0.0),
    ShelfKind.BREAD: _Heights((3, 3), (0.55, 0.70), (1.65, 1.80), 1.0),
}


@dataclass(frozen=True, slots=True)
class _Room:
    """What the grammar draws with."""

    rng: np.random.Generator
    width_m: float
    depth_m: float

    def uniform(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high)) if high > low else low

    def back(self, name: str, kind: ShelfKind, low_m: float, high_m: float, depth_m: float) -> Front:
        """A run along the wall opposite the gate."""
        at = self.depth_m - depth_m - _WALL_GAP_M
        return self.run(name, kind, "south", at, low_m, high_m, depth_m)

    def left(self, name: str, kind: ShelfKind, low_m: float, high_m: float, depth_m: float) -> Front:
        return self.run(name, kind, "east", depth_m + _WALL_GAP_M, low_m, high_m, depth_m)

    def right(self, name: str, kind: ShelfKind, low_m: float, high_m: float, depth_m: float) -> Front:
        at = self.width_m - depth_m - _WALL_GAP_M
        return self.run(name, kind, "west", at, low_m, high_m, depth_m)

    def run(
        self, name: str, kind: ShelfKind, looks: str, at_m: float, low_m: float, high_m: float, depth_m: float
    ) -> Front:
        """Any single-sided shelf; heights are drawn as its kind has them."""
        usual = _HEIGHTS[kind]
        return Front(
            front(name, looks, at_m, low_m, high_m, depth_m),
            kind,
            int(self.rng.integers(usual.boards[0], usual.boards[1] + 1)),
            self.uniform(*usual.lowest_m),
            self.uniform(*usual.top_m),
            bool(self.rng.random() < usual.header_share),
        )

    def double(
        self,
        name: str,
        kind: ShelfKind,
        middle_m: float,
        low_m: float,
        high_m: float,
        half_m: float,
        *,
        is_along_y: bool,
    ) -> list[Front]:
        """Two shelves back to back with the same boards."""
        looks = ("west", "east") if is_along_y else ("south", "north")
        one = self.run(f"{name}-a", kind, looks[0], middle_m - half_m, low_m, high_m, half_m)
        other = front(f"{name}-b", looks[1], middle_m + half_m, low_m, high_m, half_m)
        return [one, Front(other, kind, one.boards, one.lowest_m, one.top_m)]

    def lanes(self, free_right_m: float = 0.0) -> tuple[Lane, Lane]:
        """Entry at the left of the wall y = 0; exit beside it, anywhere to the right, or through that wall.

        Args:
            free_right_m: Up to here the right wall has no shelf.
        """
        entry = Lane((self.uniform(0.62, 0.95), 0.0), (0.0, 1.0), LANE_WIDTH_M, LANE_LENGTH_M)
        lowest, highest = 0.6, free_right_m - 0.6
        if highest > lowest and self.rng.random() < _SIDE_EXIT_SHARE:
            at = (self.width_m, self.uniform(lowest, min(highest, lowest + 1.0)))
            return entry, Lane(at, (-1.0, 0.0), LANE_WIDTH_M, LANE_LENGTH_M)
        nearest, farthest = entry.wall_xy_m[0] + 1.08, self.width_m - 0.62
        exit_x = self.uniform(nearest, min(nearest + 0.4, farthest))
        if farthest > nearest and self.rng.random() < 0.4:
            exit_x = self.uniform(nearest, farthest)
        return entry, Lane((exit_x, 0.0), (0.0, 1.0), LANE_WIDTH_M, LANE_LENGTH_M)

    def plan(
        self, height_m: tuple[float, float], theme: Theme, fronts: list[Front], lanes: tuple[Lane, Lane]
    ) -> FloorPlan:
        room = (self.width_m, self.depth_m, self.uniform(*height_m))
        return FloorPlan(room, theme, tuple(fronts), *lanes)


def draw_plan(rng: np.random.Generator, template: Template, area_m2: tuple[float, float]) -> FloorPlan:
    """Draw a store without clutter in which one can walk and reach everything.

    Args:
        rng: Draws everything.
        template: What kind.
        area_m2: From and to; within what the template allows.

    Raises:
        NoPlanError: If nothing that is drawn can be shopped in.
    """
    for _ in range(_TRIES):
        plan = _DRAW[template](rng, float(rng.uniform(*area_m2)))
        if plan is not None and is_sound(plan):
            return mirrored(plan) if rng.random() < 0.5 else plan
    raise NoPlanError(
        f"no {template} of {area_m2[0]:.0f}-{area_m2[1]:.0f} m2 could be furnished; ask for another size"
    )


def _micro_market(rng: np.random.Generator, area_m2: float) -> FloorPlan | None:
    """A wall of fridges and shelves in an office or a hotel, sometimes round a corner."""
    room = _room(rng, area_m2, (1.05, 1.75))
    depth, cold_depth = room.uniform(0.36, 0.44), room.uniform(0.50, 0.58)
    has_corner = room.width_m > 3.9 and rng.random() < 0.7
    end = room.width_m - (depth + _CORNER_M if has_corner else _SIDE_M)
    doors = int(rng.integers(1, 4)) if room.width_m > 3.6 else 1
    cold_end = _SIDE_M + doors * _DOOR_M
    fronts = [
        room.back("fridge", ShelfKind.FRIDGE, _SIDE_M, cold_end, cold_depth),
        room.back("wall", ShelfKind.WALL, cold_end + 0.03, end, depth),
    ]
    if has_corner:
        low = room.uniform(0.3, 1.2)
        fronts.append(room.right("side", ShelfKind.WALL, low, room.depth_m - depth - _CORNER_M, depth))
    return room.plan(
        (2.6, 3.1), Theme.OFFICE, fronts, room.lanes(0.0 if has_corner else room.depth_m - cold_depth - 0.6)
    )


def _corner_shop(rng: np.random.Generator, area_m2: float) -> FloorPlan | None:
    """Two aisles on both sides of one gondola, shelves along the walls."""
    room = _room(rng, area_m2, (0.72, 1.15))
    depth, half = room.uniform(0.32, 0.42), room.uniform(0.28, 0.36)
    aisles = room.width_m - 2 * (depth + half + _WALL_GAP_M)
    if aisles < 2 * 1.0:
        return None
    middle = depth + _WALL_GAP_M + half + aisles * room.uniform(0.46, 0.54)
    has_back = room.depth_m > 4.3
    behind = depth if has_back else 0.0
    low = LANE_LENGTH_M + room.uniform(1.0, 1.25)
    high = room.depth_m - behind - room.uniform(0.98, 1.2)
    fronts = room.double("gondola", ShelfKind.GONDOLA, middle, low, high, half, is_along_y=True)
    side_high = room.depth_m - (behind + _CORNER_M if has_back else 0.1)
    side_low = LANE_LENGTH_M + room.uniform(0.75, 1.0)
    fronts.append(room.left("left", ShelfKind.WALL, side_low, side_high, depth))
    if rng.random() < 0.35 and side_high - side_low > 2.3:
        fridge_low = side_high - 2 * _DOOR_M
        fronts.append(room.right("right", ShelfKind.WALL, side_low, fridge_low - 0.03, depth))
        fronts.append(room.right("fridge", ShelfKind.FRIDGE, fridge_low, side_high, depth + 0.08))
    else:
        fronts.append(room.right("right", ShelfKind.WALL, side_low, side_high, depth))
    if has_back:
        fronts.append(
            room.back("back", ShelfKind.WALL, depth + _CORNER_M, room.width_m - depth - _CORNER_M, depth)
        )
    return room.plan((2.6, 3.2), Theme.GROCERY, fronts, room.lanes(side_low))


def _gondola_aisles(rng: np.random.Generator, area_m2: float) -> FloorPlan | None:
    """Parallel gondolas with ends, shelves and fridges along the walls; long gondolas leave a way across."""
    depth, half, aisle = (float(rng.uniform(*span)) for span in ((0.36, 0.46), (0.36, 0.46), (1.35, 1.9)))
    count = int(rng.integers(2, 7))
    width = 2 * (depth + _WALL_GAP_M) + count * (2 * half + aisle) + aisle
    room = _Room(rng, width, area_m2 / width)
    if not 0.65 < room.width_m / room.depth_m < 1.6:
        return None
    cold = rng.random() < 0.6
    back_depth = 0.58 if cold else depth
    low = LANE_LENGTH_M + room.uniform(1.3, 1.7)
    high = room.depth_m - back_depth - room.uniform(1.35, 1.6)
    fronts: list[Front] = []
    for number in range(count):
        middle = depth + _WALL_GAP_M + aisle + half + number * (2 * half + aisle)
        for part, (start, end) in enumerate(_crossed(room, low, high)):
            name = f"gondola-{number + 1}{'xy'[part]}"
            near, far = rng.random(2) < 0.6
            end_depth = 0.34
            first, last = start + end_depth * near, end - end_depth * far
            fronts += room.double(name, ShelfKind.GONDOLA, middle, first, last, half, is_along_y=True)
            if near:
                fronts.append(
                    room.run(
                        f"{name}-south",
                        ShelfKind.GONDOLA,
                        "south",
                        start,
                        middle - half,
                        middle + half,
                        end_depth,
                    )
                )
            if far:
                fronts.append(
                    room.run(
                        f"{name}-north",
                        ShelfKind.GONDOLA,
                        "north",
                        end,
                        middle - half,
                        middle + half,
                        end_depth,
                    )
                )
    side_high = room.depth_m - back_depth - _CORNER_M
    side_low = LANE_LENGTH_M + room.uniform(0.8, 1.1)
    fronts.append(room.left("left", ShelfKind.WALL, side_low, side_high, depth))
    fronts.append(room.right("right", ShelfKind.WALL, side_low, side_high, depth))
    back_low, back_high = depth + _CORNER_M, room.width_m - depth - _CORNER_M
    kind = ShelfKind.FRIDGE if cold else ShelfKind.WALL
    if cold:
        back_high = back_low + _DOOR_M * int((back_high - back_low) / _DOOR_M)
    fronts.append(room.back("back", kind, back_low, back_high, back_depth))
    return room.plan((2.9, 4.6) if area_m2 > 80 else (2.7, 3.6), Theme.GROCERY, fronts, room.lanes(side_low))


def _crossed(room: _Room, low_m: float, high_m: float) -> list[tuple[float, float]]:
    """Cut a long gondola in two with a way between."""
    if high_m - low_m < 6.0:
        return [(low_m, high_m)]
    middle = (low_m + high_m) / 2
    return [(low_m, middle - 0.7), (middle + 0.7, high_m)]


def _fridges(rng: np.random.Generator, area_m2: float) -> FloorPlan | None:
    """Glass doors along two walls, a low gondola between, dry goods along the third."""
    room = _room(rng, area_m2, (0.85, 1.5))
    cold, depth, half = room.uniform(0.50, 0.58), room.uniform(0.34, 0.42), room.uniform(0.28, 0.38)
    back_y = room.depth_m - cold - _WALL_GAP_M
    back_low, back_space = cold + 0.66, room.width_m - cold - 0.66 - depth - _CORNER_M
    back_high = back_low + _DOOR_M * int(back_space / _DOOR_M)
    side_low = LANE_LENGTH_M + room.uniform(0.85, 1.1)
    side_doors = int((back_y - 0.66 - side_low) / _DOOR_M)
    side_high = back_y - 0.66
    fronts = [room.back("back", ShelfKind.FRIDGE, back_low, back_high, cold)]
    if side_doors >= 1:
        fronts.append(room.left("side", ShelfKind.FRIDGE, side_high - side_doors * _DOOR_M, side_high, cold))
    fronts.append(room.right("right", ShelfKind.WALL, side_low, back_y - _CORNER_M, depth))
    aisle = room.uniform(1.3, 1.5)
    low_y, high_y = LANE_LENGTH_M + 1.1, back_y - aisle
    left_x, right_x = cold + aisle, room.width_m - depth - 1.1
    rows = int((high_y - low_y + 1.15) / (2 * half + 1.15))
    for number in range(min(rows, 3)):
        middle = high_y - half - number * (2 * half + 1.2)
        fronts += room.double(
            f"gondola-{number + 1}", ShelfKind.GONDOLA, middle, left_x, right_x, half, is_along_y=False
        )
    return room.plan((2.7, 3.5), Theme.GROCERY, fronts, room.lanes(side_low))


def _bakery(rng: np.random.Generator, area_m2: float) -> FloorPlan | None:
    """Bread along the wall, a counter, and open tables in the middle."""
    room = _room(rng, area_m2, (0.95, 1.5))
    depth, counter_depth, half = room.uniform(0.42, 0.5), room.uniform(0.45, 0.55), room.uniform(0.38, 0.46)
    back_y = room.depth_m - depth - _WALL_GAP_M
    side_low = LANE_LENGTH_M + room.uniform(0.85, 1.1)
    fronts = [
        room.back("bread", ShelfKind.BREAD, _SIDE_M, room.width_m - counter_depth - _CORNER_M, depth),
        room.right("counter", ShelfKind.COUNTER, side_low, back_y - _CORNER_M, counter_depth),
    ]
    low_y, high_y = LANE_LENGTH_M + 1.1, back_y - room.uniform(1.1, 1.4)
    left_x, right_x = room.uniform(0.95, 1.1), room.width_m - counter_depth - room.uniform(1.1, 1.3)
    rows = int((high_y - low_y + 1.15) / (2 * half + 1.15))
    columns = max(1, int((right_x - left_x + 1.15) / 3.2))
    size = min((right_x - left_x - 1.15 * (columns - 1)) / columns, 2.4)
    for row in range(rows):
        middle = high_y - half - row * (2 * half + 1.2)
        for column in range(columns):
            start = left_x + column * (size + 1.15)
            fronts += room.double(
                f"table-{row * columns + column + 1}",
                ShelfKind.ISLAND,
                middle,
                start,
                start + size,
                half,
                is_along_y=False,
            )
    if room.depth_m > 5.2 and rng.random() < 0.6:
        fronts.append(room.left("left", ShelfKind.WALL, side_low, back_y - _CORNER_M, 0.36))
    return room.plan((2.8, 3.6), Theme.BAKERY, fronts, room.lanes(side_low))


def _kiosk(rng: np.random.Generator, area_m2: float) -> FloorPlan | None:
    """Drinks behind glass at the back, snacks on a counter, in a stadium's concourse."""
    room = _room(rng, area_m2, (1.05, 1.9))
    cold, depth = room.uniform(0.50, 0.58), room.uniform(0.34, 0.42)
    has_side = room.width_m > 3.9
    back_high = room.width_m - (depth + _CORNER_M if has_side else _SIDE_M)
    doors = int(room.uniform(0.7, 1.01) * (back_high - _SIDE_M) / _DOOR_M)
    split = _SIDE_M + max(doors, 1) * _DOOR_M
    fronts = [room.back("fridge", ShelfKind.FRIDGE, _SIDE_M, split, cold)]
    if back_high - split > 0.65:
        fronts.append(room.back("snacks", ShelfKind.COUNTER, split + 0.03, back_high, cold))
    back_y = room.depth_m - cold - _WALL_GAP_M
    if has_side:
        fronts.append(room.right("side", ShelfKind.WALL, room.uniform(0.9, 1.5), back_y - _CORNER_M, depth))
    low_y, high_y = LANE_LENGTH_M + 1.02, back_y - 1.3
    if high_y - low_y > 0.5:
        half = min((high_y - low_y) / 2, 0.36)
        right = room.width_m - (depth if has_side else 0.0) - 1.0
        fronts += room.double("island", ShelfKind.COUNTER, high_y - half, 1.0, right, half, is_along_y=False)
    return room.plan((2.5, 3.2), Theme.STADIUM, fronts, room.lanes(0.0 if has_side else back_y - 0.6))


def _room(rng: np.random.Generator, area_m2: float, aspect: tuple[float, float]) -> _Room:
    width = float(np.sqrt(area_m2 * rng.uniform(*aspect)))
    return _Room(rng, width, area_m2 / width)


_DRAW: dict[Template, Callable[[np.random.Generator, float], FloorPlan | None]] = {
    Template.MICRO_MARKET: _micro_market,
    Template.CORNER_SHOP: _corner_shop,
    Template.GONDOLA_AISLES: _gondola_aisles,
    Template.FRIDGES: _fridges,
    Template.BAKERY: _bakery,
    Template.KIOSK: _kiosk,
}
