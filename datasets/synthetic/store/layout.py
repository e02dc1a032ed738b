"""One parametric store: wall shelving, a gondola, a gate, a planogram; sizes and products by seed.

The wall y = 0 has the door of the entry lane and the door of the exit lane. Wall shelves stand along the
opposite wall and, in some stores, along a side wall; the gondola stands in the middle, along x.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

import numpy as np

from cart_tracker.store_map import Product, ProductId, Shelf, ShelfId, Slot, SlotId, StoreMap
from datasets.synthetic.goods.products import CATALOGUE, Assortment
from datasets.synthetic.pools import Pool, pool_rng
from datasets.synthetic.scene import FloatArray, UnitPose
from datasets.synthetic.store.layout_types import CeilingLight, FloorRectangle, Gate, StoreLayout
from datasets.synthetic.store.obstacles import Obstacles
from datasets.synthetic.store.planogram import HEADROOM_M, Facing, fill_board

_LANE_WIDTH_M = 0.95
_LANE_LENGTH_M = 0.85
_POST_HALF_M = 0.05
_SIDE_AISLE_M = 1.1
_BOARD_M = 0.035
_TALL_M = max(product.size_m[2] for product in CATALOGUE) + HEADROOM_M + _BOARD_M + 0.01


@dataclass(frozen=True, slots=True)
class StockedUnit:
    """One unit of a product where it stands when the store opens.

    Attributes:
        column: Place along the slot, 0 leftmost.
        row: 0 in front, 1 behind it.
    """

    pose: UnitPose
    slot_id: SlotId
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Lane:
    """A way through the wall y = 0: its middle line runs along y at `x_m`."""

    x_m: float
    width_m: float
    length_m: float

    @property
    def corners_xy_m(self) -> FloatArray:
        """`(4, 2)` counter-clockwise."""
        low, high = self.x_m - self.width_m / 2, self.x_m + self.width_m / 2
        return np.array([[low, 0.0], [high, 0.0], [high, self.length_m], [low, self.length_m]])


class Template(StrEnum):
    """Kinds of store."""

    MICRO_MARKET = "micro-market"
    CORNER_SHOP = "corner-shop"
    GONDOLA_AISLES = "gondola-aisles"
    FRIDGES = "fridges"
    BAKERY = "bakery"
    KIOSK = "kiosk"


@dataclass(frozen=True, slots=True)
class StoreWish:
    """What a script or a training set asks of a store; the rest is drawn.

    Attributes:
        templates: One of these is drawn; all if empty.
        area_m2: Floor area from and to; None for any that the template allows.
        full_share: Probability that a place at the front of a shelf has a unit.
        mess: 0 for shelves just faced up, 1 for the end of a busy day.
    """

    templates: tuple[Template, ...] = ()
    area_m2: tuple[float, float] | None = None
    full_share: float = 0.93
    mess: float = 0.3


ANY_STORE = StoreWish()


@dataclass(frozen=True, slots=True)
class GeneratedStore:
    """A store with everything in its place.

    Attributes:
        layout: For the renderer; all units are static in it.
        facings: Every place for a unit at the front of a shelf, also the empty ones.
    """

    layout: StoreLayout
    store_map: StoreMap
    units: tuple[StockedUnit, ...]
    facings: tuple[Facing, ...]
    obstacles: Obstacles
    entry: Lane
    exit: Lane

    @property
    def assortment(self) -> Assortment:
        """What is sold."""
        return self.layout.assortment

    def layout_without(self, moving_units: frozenset[int]) -> StoreLayout:
        """Return the layout for the renderer, without the units that a script moves."""
        static = tuple(unit.pose for unit in self.units if unit.pose.unit_id not in moving_units)
        return replace(self.layout, static_units=static)


def generate_store(pool: Pool, seed: int, wish: StoreWish = ANY_STORE) -> GeneratedStore:
    """Make a store; the same pool, seed and wish give the same store.

    Args:
        pool: Whose products it sells.
        seed: Room, shelves, planogram and decoration follow from it.
        wish: What kind of store.
    """
    rng = pool_rng(pool, seed, 0x57)
    room = (float(rng.uniform(5.2, 6.8)), float(rng.uniform(4.5, 5.1)), float(rng.uniform(2.8, 3.2)))
    is_mirrored = bool(rng.random() < 0.5)
    fronts = _shelf_fronts(rng, room, is_mirrored)
    assortment = Assortment(CATALOGUE)
    order = rng.permutation(len(assortment)).tolist()
    shelves: list[Shelf] = []
    facings: list[Facing] = []
    units: list[StockedUnit] = []
    for front, boards in fronts:
        slots: list[Slot] = []
        for height, top in boards:
            board = fill_board(
                rng,
                assortment,
                front,
                (height, top),
                order,
                wish.full_share,
                first_slot=len(slots),
                first_unit=len(units),
            )
            slots += board.slots
            facings += board.facings
            units += [StockedUnit(u.pose, u.slot_id, u.column, u.row) for u in board.units]
        shelves.append(replace(front, slots=tuple(slots)))
    entry_x, exit_x = _lane_places(rng, room[0])
    if is_mirrored:
        entry_x, exit_x = room[0] - entry_x, room[0] - exit_x
    entry = Lane(entry_x, _LANE_WIDTH_M, _LANE_LENGTH_M)
    leave = Lane(exit_x, _LANE_WIDTH_M, _LANE_LENGTH_M)
    posts = tuple(_posts(entry)), tuple(_posts(leave))
    layout = StoreLayout(
        room_size_m=room,
        assortment=assortment,
        shelves=tuple(shelves),
        gate=Gate(
            mat=FloorRectangle((entry.x_m - 0.4, 0.03), (entry.x_m + 0.4, 0.68)),
            post_xy_m=posts[0],
        ),
        exit_post_xy_m=posts[1],
        lights=_lights(room),
        clutter=(),
        static_units=tuple(unit.pose for unit in units),
        decor_seed=int(rng.integers(2**31)),
    )
    return GeneratedStore(
        layout=layout,
        store_map=_store_map(
            f"synthetic-{pool}-{seed}", assortment, room, tuple(shelves), entry, leave, posts[0][0]
        ),
        units=tuple(units),
        facings=tuple(facings),
        obstacles=Obstacles((room[0], room[1]), tuple(_footprints(shelves, (*posts[0], *posts[1])))),
        entry=entry,
        exit=leave,
    )


def _shelf_fronts(
    rng: np.random.Generator, room: tuple[float, float, float], is_mirrored: bool
) -> list[tuple[Shelf, list[tuple[float, float]]]]:
    """Return shelves without slots, each with its (board, top) heights."""
    width, depth, _ = room
    wall_depth = float(rng.uniform(0.34, 0.42))
    has_side = bool(rng.random() < 0.55)
    low_x = 0.15
    high_x = width - (wall_depth + 0.15 if has_side else 0.15)
    wall_boards = _boards(rng, int(rng.integers(4, 6)), top_m=float(rng.uniform(1.72, 1.9)))
    fronts = [(_facing_south("wall", low_x, high_x, depth - wall_depth - 0.02, wall_depth), wall_boards)]
    if has_side:
        side = Shelf(
            ShelfId("side"), (width - wall_depth - 0.02, depth - wall_depth - 0.85), (0.0, -1.0),
            depth - wall_depth - 0.85 - float(rng.uniform(1.75, 2.1)), wall_depth, (),
        )  # fmt: skip
        fronts.append((side, _boards(rng, int(rng.integers(4, 6)), top_m=float(rng.uniform(1.6, 1.85)))))
    half = float(rng.uniform(0.32, 0.38))
    aisle = float(rng.uniform(1.2, 1.4))
    back_y = depth - wall_depth - 0.02 - aisle - half
    lane_room = back_y - half - _LANE_LENGTH_M
    if lane_room < 0.95:
        back_y += 0.95 - lane_room
    start_x = _SIDE_AISLE_M + float(rng.uniform(0.0, 0.2))
    end_x = width - _SIDE_AISLE_M - (wall_depth if has_side else 0.0) - float(rng.uniform(0.0, 0.2))
    boards = _boards(rng, int(rng.integers(3, 5)), top_m=float(rng.uniform(1.25, 1.4)))
    fronts.append((_facing_south("gondola-a", start_x, end_x, back_y - half, half), boards))
    north = Shelf(ShelfId("gondola-b"), (end_x, back_y + half), (-1.0, 0.0), end_x - start_x, half, ())
    fronts.append((north, boards))
    if is_mirrored:
        return [(_mirrored(shelf, width), heights) for shelf, heights in fronts]
    return fronts


def _facing_south(name: str, low_x: float, high_x: float, front_y: float, depth_m: float) -> Shelf:
    return Shelf(ShelfId(name), (low_x, front_y), (1.0, 0.0), high_x - low_x, depth_m, ())


def _mirrored(shelf: Shelf, room_x: float) -> Shelf:
    """Mirror a front at the middle of the room; left and right of its shopper change places."""
    ax, ay = shelf.along_xy
    end = (shelf.origin_xy_m[0] + ax * shelf.width_m, shelf.origin_xy_m[1] + ay * shelf.width_m)
    return replace(shelf, origin_xy_m=(room_x - end[0], end[1]), along_xy=(ax, -ay))


def _boards(rng: np.random.Generator, count: int, top_m: float) -> list[tuple[float, float]]:
    """Return (board, top) heights; the lowest has room for the tallest product, where shops keep it."""
    lowest = float(rng.uniform(0.14, 0.2))
    heights = [lowest, *np.linspace(lowest + _TALL_M, top_m, count)]
    return [(round(float(a), 3), round(float(b) - _BOARD_M, 3)) for a, b in pairwise(heights)]


def _lane_places(rng: np.random.Generator, width: float) -> tuple[float, float]:
    entry = float(rng.uniform(0.75, 1.0))
    if rng.random() < 0.5:
        return entry, entry + float(rng.uniform(1.35, 1.6))
    return entry, width - float(rng.uniform(0.95, 1.3))


def _posts(lane: Lane) -> list[tuple[float, float]]:
    left, right = lane.x_m - lane.width_m / 2, lane.x_m + lane.width_m / 2
    return [(left, lane.length_m - 0.1), (right, lane.length_m - 0.1)]


def _lights(room: tuple[float, float, float]) -> tuple[CeilingLight, ...]:
    columns = 3 if room[0] > 5.9 else 2
    return tuple(
        CeilingLight((room[0] * (i + 0.5) / columns, room[1] * share))
        for share in (0.24, 0.76)
        for i in range(columns)
    )


def _footprints(shelves: list[Shelf], posts: tuple[tuple[float, float], ...]) -> list[FloorRectangle]:
    rectangles = []
    for shelf in shelves:
        corners = shelf.to_store(
            np.array([[a, b, 0.0] for a in (0.0, shelf.width_m) for b in (0.0, shelf.depth_m)])
        )
        low, high = corners.min(axis=0), corners.max(axis=0)
        rectangles.append(FloorRectangle((float(low[0]), float(low[1])), (float(high[0]), float(high[1]))))
    rectangles += [
        FloorRectangle((x - _POST_HALF_M, y - _POST_HALF_M), (x + _POST_HALF_M, y + _POST_HALF_M))
        for x, y in posts
    ]
    return rectangles


def _store_map(
    store_id: str,
    assortment: Assortment,
    room: tuple[float, float, float],
    shelves: tuple[Shelf, ...],
    entry: Lane,
    leave: Lane,
    scanner: tuple[float, float],
) -> StoreMap:
    x, y, _ = room
    return StoreMap(
        store_id=store_id,
        name="Synthetic store",
        currency="EUR",
        floor_xy_m=np.array([[0.0, 0.0], [x, 0.0], [x, y], [0.0, y]]),
        gate_xy_m=entry.corners_xy_m,
        exit_xy_m=leave.corners_xy_m,
        scanner_xy_m=np.array(scanner),
        shelves=shelves,
        products=tuple(
            Product(ProductId(sold.product_id), sold.name, sold.price_minor, sold.size_m)
            for sold in assortment.products
        ),
    )
