"""Which product stands where on one board of a shelf, and its units one by one."""

from dataclasses import dataclass

import numpy as np

from cart_tracker.store_map import ProductId, Shelf, ShelfId, Slot, SlotId
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.scene import UnitPose

_END_M = 0.05  # uprights and their play
_COLUMN_GAP_M = 0.02
_SLOT_GAP_M = 0.03
_SLOT_WIDTH_M = 0.38
_ROW_GAP_M = 0.015
HEADROOM_M = 0.04  # a hand lifts a unit before it pulls it out
_TWO_ROWS_UP_TO_M = 0.11
_YAW_SIGMA_RAD = 0.07


@dataclass(frozen=True, slots=True)
class Facing:
    """A place for one unit at the front of a slot, taken or empty.

    Attributes:
        product_index: What belongs there.
        along_m: Middle of the place along the shelf.
        width_m: Room for a unit without touching its neighbours.
        headroom_m: From the board to the next.
        unit_ids: What stands there when the store opens, front first; empty for a gap.
    """

    shelf_id: ShelfId
    slot_id: SlotId
    column: int
    product_index: int
    along_m: float
    board_m: float
    width_m: float
    headroom_m: float
    unit_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BoardUnit:
    """One unit on the board; `row` 0 is the front."""

    pose: UnitPose
    slot_id: SlotId
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Board:
    """One filled board."""

    slots: tuple[Slot, ...]
    facings: tuple[Facing, ...]
    units: tuple[BoardUnit, ...]


def fill_board(
    rng: np.random.Generator,
    assortment: Assortment,
    shelf: Shelf,
    height_m: tuple[float, float],
    order: list[int],
    full_share: float,
    first_slot: int,
    first_unit: int,
) -> Board:
    """Fill a board from left to right.

    Args:
        rng: Draws gaps, depths and small turns.
        assortment: What is sold.
        shelf: Its front; slots it has already do not matter.
        height_m: The board and the end of the room above it.
        order: Rows of the assortment; the next that fits is taken and moved to the end of this list, so
            that every product gets its turn.
        full_share: Probability that a place at the front has a unit.
        first_slot: Number of the first slot.
        first_unit: One less than the id of the first unit.
    """
    slots: list[Slot] = []
    facings: list[Facing] = []
    units: list[BoardUnit] = []
    at = _END_M
    while True:
        fitting = [p for p in order if assortment[p].size_m[2] + HEADROOM_M <= height_m[1] - height_m[0]]
        room = shelf.width_m - _END_M - at
        fitting = [p for p in fitting if 2 * (assortment[p].size_m[0] + _COLUMN_GAP_M) <= room]
        if not fitting:
            return Board(tuple(slots), tuple(facings), tuple(units))
        product = fitting[0]
        order.remove(product)
        order.append(product)
        width, depth, _ = assortment[product].size_m
        pitch = width + _COLUMN_GAP_M
        columns = min(int(np.clip(round(_SLOT_WIDTH_M / pitch), 2, 4)), int(room / pitch))
        slot_id = SlotId(f"{shelf.shelf_id}-{first_slot + len(slots) + 1:02d}")
        inset = float(rng.uniform(0.03, 0.05))
        rows = (
            2 if depth <= _TWO_ROWS_UP_TO_M and inset + 2 * depth + _ROW_GAP_M < shelf.depth_m - 0.03 else 1
        )
        stock = 0
        for column in range(columns):
            along = at + pitch * (column + 0.5)
            depth_count = int(rng.integers(1, rows + 1)) if rng.random() < full_share else 0
            ids = []
            for row in range(depth_count):
                unit_id = first_unit + len(units) + 1
                inward = inset + depth / 2 + row * (depth + _ROW_GAP_M)
                pose = place_unit(
                    shelf, unit_id, product, along, inward, height_m[0], float(rng.normal(0, _YAW_SIGMA_RAD))
                )
                units.append(BoardUnit(pose, slot_id, column, row))
                ids.append(unit_id)
                stock += 1
            facings.append(
                Facing(
                    shelf.shelf_id,
                    slot_id,
                    column,
                    product,
                    along,
                    height_m[0],
                    pitch,
                    height_m[1] - height_m[0],
                    tuple(ids),
                )
            )
        slots.append(
            Slot(
                slot_id,
                ProductId(assortment[product].product_id),
                (round(at, 4), round(at + pitch * columns, 4)),
                height_m,
                stock,
            )
        )
        at += pitch * columns + _SLOT_GAP_M


def place_unit(
    shelf: Shelf,
    unit_id: int,
    product_index: int,
    along_m: float,
    inward_m: float,
    board_m: float,
    turn_rad: float,
) -> UnitPose:
    """Return a unit that stands on a board with its front to the shopper, turned a little."""
    x, y, z = shelf.to_store(np.array([along_m, inward_m, board_m]))
    into_x, into_y = shelf.inward_xy
    yaw = float(np.arctan2(-into_x, into_y)) + turn_rad
    return UnitPose(unit_id, product_index, (float(x), float(y), float(z)), yaw)
