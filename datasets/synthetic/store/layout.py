"""A store from a seed: one of six kinds, of any size it can have, furnished, stocked and hung with lamps."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from cart_tracker.store_map import Product, ProductId, Shelf, StoreMap
from datasets.synthetic.goods.products import Assortment, draw_assortment
from datasets.synthetic.mesh import Mesh
from datasets.synthetic.pools import Pool, pool_rng
from datasets.synthetic.scene import PropPose
from datasets.synthetic.store.decor import draw_decor
from datasets.synthetic.store.doors import (
    closed_door,
    closed_wing,
    door_mesh,
    hang_doors,
    hang_wings,
    wing_mesh,
)
from datasets.synthetic.store.entrances import closed_leaf, hang_leaves, leaf_mesh
from datasets.synthetic.store.floor_plan import FloorPlan, Front, Template, lane_posts
from datasets.synthetic.store.furnishing import with_clutter, with_staff_door
from datasets.synthetic.store.layout_types import (
    DoorLeaf,
    Fixture,
    FloorRectangle,
    FridgeDoor,
    Gate,
    GateWing,
    Lane,
    ShelfKind,
    StoreLayout,
)
from datasets.synthetic.store.lights import hang_lights
from datasets.synthetic.store.obstacles import Obstacles
from datasets.synthetic.store.planogram import HEADROOM_M, Facing, Stock, StockedUnit, Stocking, fill_board
from datasets.synthetic.store.templates import AREA_M2, NoPlanError, draw_plan
from datasets.synthetic.store.wall_items import hang_wall_items

__all__ = [
    "ANY_STORE", "FridgeDoor", "GateWing", "GeneratedStore", "Lane", "StockedUnit", "StoreWish",
    "StoreWishError", "Template", "generate_store",
]  # fmt: skip

_BOARD_M = 0.035
_LEAST_SPACING_M = 0.21
_FEWEST_PRODUCTS, _MOST_PRODUCTS = 12, 60
_BOARD_PER_PRODUCT_M = 1.1
_SLOTS_PER_PRODUCT = 1.6
_SLOT_WIDTH_M = (0.26, 1.9)
# More units behind each other the smaller the store: nobody sees the third row of a supermarket.
_ROWS_UP_TO_M = ((60.0, 4), (170.0, 3), (500.0, 2))
_ROWS_ON_TABLES = 6
_TURNSTILE_SHARE = 0.45
_STRIP_SHARE, _STRIP_ROOM_M = 0.3, 0.25
_MAT_HALF_M = 0.4
_PREFERRED: dict[ShelfKind, tuple[str, ...]] = {
    ShelfKind.FRIDGE: ("bottle", "can", "carton", "cup"),
    ShelfKind.BREAD: ("bag",),
    ShelfKind.ISLAND: ("bag", "box"),
    ShelfKind.COUNTER: ("bag", "box"),
}


class StoreWishError(ValueError):
    """No kind of store is as a wish asks."""


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


@dataclass(frozen=True, slots=True, eq=False)
class GeneratedStore:
    """A store with everything in its place.

    Attributes:
        template: What kind it is.
        layout: For the renderer; all units, doors, wings and leaves are static in it.
        units: Everything on the shelves.
        facings: Every place for a unit at the front of a shelf, also the empty ones, except where something
            leans, has fallen over or is misplaced.
        misplaced: Places where a unit of another product stands: `unit_ids` is that unit.
        staff_door: To the back room.
        doors: Of fridges.
        wings: Of turnstiles, two for a lane; none where lanes are open.
        leaves: Of the doors in the walls.
        props: Meshes of doors, wings and leaves.
        resting_props: How they are when nothing happens.
    """

    template: Template
    layout: StoreLayout
    store_map: StoreMap
    units: tuple[StockedUnit, ...]
    facings: tuple[Facing, ...]
    misplaced: tuple[Facing, ...]
    obstacles: Obstacles
    entry: Lane
    exit: Lane
    staff_door: Lane | None
    doors: tuple[FridgeDoor, ...]
    wings: tuple[GateWing, ...]
    leaves: tuple[DoorLeaf, ...]
    props: tuple[Mesh, ...]
    resting_props: tuple[PropPose, ...]

    @property
    def assortment(self) -> Assortment:
        """What is sold."""
        return self.layout.assortment

    def layout_without(
        self, moving_units: frozenset[int], moving_props: frozenset[int] | None = None
    ) -> StoreLayout:
        """Return the layout for the renderer, without what a script moves.

        Args:
            moving_units: Ids.
            moving_props: Rows of `props`; None for all. The others stay in the static picture, which costs
                nothing per frame.
        """

        def rests(prop_index: int) -> bool:
            return moving_props is not None and prop_index not in moving_props

        return replace(
            self.layout,
            static_units=tuple(unit.pose for unit in self.units if unit.pose.unit_id not in moving_units),
            closed_doors=tuple(door for door in self.doors if rests(door.prop_index)),
            closed_wings=tuple(wing for wing in self.wings if rests(wing.prop_index)),
            closed_leaves=tuple(leaf for leaf in self.leaves if rests(leaf.prop_index)),
        )


def generate_store(pool: Pool, seed: int, wish: StoreWish = ANY_STORE) -> GeneratedStore:
    """Make a store; the same pool, seed and wish give the same store.

    Args:
        pool: Whose products it sells.
        seed: Room, shelves, planogram and decoration follow from it.
        wish: What kind of store.

    Raises:
        StoreWishError: If no template has such a size.
    """
    rng = pool_rng(pool, seed, 0x57)
    template, area = _choose(rng, wish)
    try:
        plan = draw_plan(rng, template, area)
    except NoPlanError as error:
        raise StoreWishError(str(error)) from error
    plan = with_clutter(rng, with_staff_door(rng, plan))
    assortment, stock, shelves = _stocked(rng, pool, plan.fronts, wish)
    doors = hang_doors(rng, plan.fronts, 0)
    has_turnstile = rng.random() < _TURNSTILE_SHARE
    lanes = ((plan.entry, False), (plan.exit, True)) if has_turnstile else ()
    wings = hang_wings(lanes, len(doors))
    leaves = hang_leaves((plan.entry, plan.exit), plan.staff_door, len(doors) + len(wings))
    wall_items = hang_wall_items(rng, plan)
    layout = StoreLayout(
        room_size_m=plan.room_size_m,
        assortment=assortment,
        shelves=shelves,
        gate=_gate(plan.entry),
        exit_post_xy_m=lane_posts(plan.exit),
        lights=hang_lights(rng, plan.room_size_m, wall_items),
        clutter=plan.clutter,
        static_units=tuple(unit.pose for unit in stock.units),
        decor_seed=int(rng.integers(2**31)),
        theme=plan.theme,
        fixtures=tuple(
            _fixture(rng, assortment, plan, front, shelf)
            for front, shelf in zip(plan.fronts, shelves, strict=True)
        ),
        lanes=(plan.entry, plan.exit),
        staff_door=plan.staff_door,
        wall_items=wall_items,
        closed_doors=doors,
        closed_wings=wings,
        closed_leaves=leaves,
        behind=frozenset(unit.pose.unit_id for unit in stock.units if unit.row > 0),
    )
    frame = draw_decor(layout.decor_seed, layout.theme).door_frame
    return GeneratedStore(
        template=template,
        layout=layout,
        store_map=_store_map(f"synthetic-{pool}-{seed}", assortment, plan, shelves),
        units=tuple(stock.units),
        facings=tuple(stock.facings),
        misplaced=tuple(stock.misplaced),
        obstacles=plan.obstacles,
        entry=plan.entry,
        exit=plan.exit,
        staff_door=plan.staff_door,
        doors=doors,
        wings=wings,
        leaves=leaves,
        props=(
            *(door_mesh(door, frame) for door in doors),
            *map(wing_mesh, wings),
            *map(leaf_mesh, leaves),
        ),
        resting_props=(*map(closed_door, doors), *map(closed_wing, wings), *map(closed_leaf, leaves)),
    )


def _choose(rng: np.random.Generator, wish: StoreWish) -> tuple[Template, tuple[float, float]]:
    """Draw a template among those that can be as large as wished."""
    low, high = wish.area_m2 or (0.0, np.inf)
    asked = wish.templates or tuple(Template)
    possible = [one for one in asked if AREA_M2[one][0] <= high and low <= AREA_M2[one][1] and low <= high]
    if not possible:
        sizes = ", ".join(f"{one} has {AREA_M2[one][0]:g}-{AREA_M2[one][1]:g} m2" for one in asked)
        raise StoreWishError(f"no store of {low:g}-{high:g} m2: {sizes}; ask for another size or template")
    template = possible[int(rng.integers(len(possible)))]
    least, most = AREA_M2[template]
    return template, (max(low, least), min(high, most))


def _stocked(
    rng: np.random.Generator, pool: Pool, fronts: tuple[Front, ...], wish: StoreWish
) -> tuple[Assortment, Stock, tuple[Shelf, ...]]:
    """Choose what is sold by the length of the boards, and fill them; what finds no place is not sold."""
    length = sum(front.shelf.width_m * front.boards for front in fronts)
    wanted = int(np.clip(length / _BOARD_PER_PRODUCT_M, _FEWEST_PRODUCTS, _MOST_PRODUCTS))
    assortment = draw_assortment(rng, pool, wanted)
    rows = next((rows for up_to, rows in _ROWS_UP_TO_M if length < up_to), 1)
    width = float(np.clip(length / (len(assortment) * _SLOTS_PER_PRODUCT), *_SLOT_WIDTH_M))
    stock = Stock()
    order = np.roll(np.arange(len(assortment)), int(rng.integers(len(assortment)))).tolist()
    shelves = []
    for front in fronts:
        deep = _ROWS_ON_TABLES if front.kind in (ShelfKind.ISLAND, ShelfKind.COUNTER) else rows
        stocking = Stocking(wish.full_share, wish.mess, deep, width, _PREFERRED.get(front.kind, ()))
        shelves.append(_filled(rng, assortment, front, order, stocking, stock))
    return (*_without_unsold(assortment, stock), tuple(shelves))


def _without_unsold(assortment: Assortment, stock: Stock) -> tuple[Assortment, Stock]:
    """Leave out products that have no slot, and number the others anew."""
    ids = {slot.product_id for slot in stock.slots}
    sold = [index for index, product in enumerate(assortment.products) if product.product_id in ids]
    row = {index: number for number, index in enumerate(sold)}

    def renumbered(facings: list[Facing]) -> list[Facing]:
        return [replace(facing, product_index=row[facing.product_index]) for facing in facings]

    units = [
        replace(unit, pose=replace(unit.pose, product_index=row[unit.pose.product_index]))
        for unit in stock.units
    ]
    kept = Assortment(tuple(assortment.products[index] for index in sold))
    return kept, Stock(stock.slots, renumbered(stock.facings), renumbered(stock.misplaced), units)


def _filled(
    rng: np.random.Generator,
    assortment: Assortment,
    front: Front,
    order: list[int],
    stocking: Stocking,
    stock: Stock,
) -> Shelf:
    slots = list(front.shelf.slots)
    for board in _boards(front, max(product.size_m[2] for product in assortment.products)):
        slots += fill_board(rng, assortment, front.shelf, board, order, stocking, len(slots), stock)
    return replace(front.shelf, slots=tuple(slots))


def _boards(front: Front, tallest_m: float) -> list[tuple[float, float]]:
    """Return (board, top) heights; the lowest has room for the tallest product, where shops keep it."""
    tall = tallest_m + HEADROOM_M + _BOARD_M + 0.01
    second = front.lowest_m + tall
    more = min(front.boards - 1, int((front.top_m - second) / _LEAST_SPACING_M))
    heights = [front.lowest_m, *np.linspace(second, max(front.top_m, second), more + 1)]
    return [(round(float(a), 3), round(float(b) - _BOARD_M, 3)) for a, b in pairwise(heights)]


def _fixture(
    rng: np.random.Generator, assortment: Assortment, plan: FloorPlan, front: Front, shelf: Shelf
) -> Fixture:
    """Say how a stocked shelf is made."""
    is_open = front.kind in (ShelfKind.ISLAND, ShelfKind.COUNTER)
    top = front.lowest_m if is_open else max(slot.height_m[1] for slot in shelf.slots)
    header = int(rng.integers(100)) if front.has_header else None
    bags = [index for index, product in enumerate(assortment.products) if product.shape == "bag"]
    beside = shelf.to_store(np.array([[-_STRIP_ROOM_M, 0.0, 0.0]]))[0, :2]
    has_room = bool((beside > 0).all() and (beside < np.array(plan.room_size_m[:2])).all())
    is_rack = front.kind in (ShelfKind.WALL, ShelfKind.GONDOLA)
    is_hung = is_rack and has_room and rng.random() < _STRIP_SHARE
    strip = int(rng.choice(bags)) if bags and is_hung else None
    return Fixture(shelf.shelf_id, front.kind, top, header, strip)


def _gate(entry: Lane) -> Gate:
    low, high = entry.at_m(0.03), entry.at_m(0.68)
    right = np.array([entry.inward_xy[1], -entry.inward_xy[0]]) * _MAT_HALF_M
    corners = np.array([low - right, low + right, high - right, high + right])
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return Gate(FloorRectangle((float(x0), float(y0)), (float(x1), float(y1))), lane_posts(entry))


def _store_map(
    store_id: str, assortment: Assortment, plan: FloorPlan, shelves: tuple[Shelf, ...]
) -> StoreMap:
    x, y, _ = plan.room_size_m
    return StoreMap(
        store_id=store_id,
        name="Synthetic store",
        currency="EUR",
        floor_xy_m=np.array([[0.0, 0.0], [x, 0.0], [x, y], [0.0, y]]),
        gate_xy_m=plan.entry.corners_xy_m,
        exit_xy_m=plan.exit.corners_xy_m,
        scanner_xy_m=np.array(lane_posts(plan.entry)[0]),
        shelves=shelves,
        products=tuple(
            Product(ProductId(sold.product_id), sold.name, sold.price_minor, sold.size_m)
            for sold in assortment.products
        ),
    )
