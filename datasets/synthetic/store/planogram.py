"""Which product stands where on one board of a shelf, and its units one by one, as tidy as shops are."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cart_tracker.store_map import ProductId, Shelf, ShelfId, Slot, SlotId
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.scene import UnitPose

_END_M = 0.05  # uprights and their play
COLUMN_GAP_M = 0.02
_SLOT_GAP_M = 0.03
_ROW_GAP_M = 0.015
_PLAY_M = 0.004  # between neighbours that are turned as far as they go
HEADROOM_M = 0.04  # a hand lifts a unit before it pulls it out
_BACK_M = 0.03
_YAW_SIGMA_RAD = 0.05
# At the end of a busy day (mess 1), per place at the front.
_MISPLACED, _FALLEN, _LEANING, _PUSHED_BACK = 0.05, 0.06, 0.08, 0.4
_MESSY_YAW_SIGMA_RAD = 0.22
_ROUND = ("can", "bottle", "jar", "cup")


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
class StockedUnit:
    """One unit of a product where it stands when the store opens.

    Attributes:
        column: Place along the slot, 0 leftmost.
        row: 0 in front, 1 behind it.
        is_misplaced: It belongs to another slot; the planogram does not know.
    """

    pose: UnitPose
    slot_id: SlotId
    column: int
    row: int
    is_misplaced: bool = False


@dataclass(slots=True)
class Stock:
    """What is on the boards so far.

    Attributes:
        facings: Places with the right units, standing upright, and gaps.
        misplaced: Places with a unit of another product.
        units: Everything, also what leans or has fallen over.
    """

    slots: list[Slot] = field(default_factory=list)
    facings: list[Facing] = field(default_factory=list)
    misplaced: list[Facing] = field(default_factory=list)
    units: list[StockedUnit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stocking:
    """How boards are filled.

    Attributes:
        full_share: Probability that a place at the front has a unit.
        mess: 0 for faced up, 1 for the end of a busy day.
        rows: At most so many units behind each other.
        slot_width_m: About how much of a board one product gets.
        preferred: Shapes that are taken first, if one fits whose turn it nearly is.
    """

    full_share: float
    mess: float
    rows: int
    slot_width_m: float
    preferred: tuple[str, ...] = ()


def fill_board(
    rng: np.random.Generator,
    assortment: Assortment,
    shelf: Shelf,
    height_m: tuple[float, float],
    order: list[int],
    stocking: Stocking,
    first_slot: int,
    stock: Stock,
) -> tuple[Slot, ...]:
    """Fill a board from left to right, adding to `stock`, and return its slots.

    Args:
        rng: Draws gaps, depths, small turns and mess.
        assortment: What is sold.
        shelf: Its front; slots it has already do not matter.
        height_m: The board and the end of the room above it.
        order: Rows of the assortment; the next that fits is taken and moved to the end of this list, so
            that every product gets its turn.
        stocking: How it is filled.
        first_slot: How many slots the shelf has already.
        stock: What is in the store so far; ids of units go on from there.
    """
    slots: list[Slot] = []
    at = _END_M
    while True:
        room = shelf.width_m - _END_M - at
        size = (room, shelf.depth_m, height_m[1] - height_m[0])
        product = _next_product(assortment, order, size, stocking.preferred)
        if product is None:
            stock.slots += slots
            return tuple(slots)
        pitch = assortment[product].size_m[0] + COLUMN_GAP_M
        columns = min(int(np.clip(round(stocking.slot_width_m / pitch), 2, 14)), int(room / pitch))
        slot_id = SlotId(f"{shelf.shelf_id}-{first_slot + len(slots) + 1:02d}")
        slot = _Slot(rng, assortment, shelf, slot_id, product, at, pitch, height_m, stocking, stock)
        count = sum(slot.fill_column(column) for column in range(columns))
        end = at + pitch * columns
        slots.append(
            Slot(
                slot_id,
                ProductId(assortment[product].product_id),
                (round(at, 4), round(end, 4)),
                height_m,
                count,
            )
        )
        at = end + _SLOT_GAP_M


def place_unit(
    shelf: Shelf,
    unit_id: int,
    product_index: int,
    along_m: float,
    inward_m: float,
    board_m: float,
    turn_rad: float,
    tilt_rad: float = 0.0,
) -> UnitPose:
    """Return a unit that stands on a board with its front to the shopper, turned a little."""
    x, y, z = shelf.to_store(np.array([along_m, inward_m, board_m]))
    into_x, into_y = shelf.inward_xy
    yaw = float(np.arctan2(-into_x, into_y)) + turn_rad
    return UnitPose(unit_id, product_index, (float(x), float(y), float(z)), yaw, tilt_rad)


def _next_product(
    assortment: Assortment, order: list[int], room_m: tuple[float, float, float], preferred: tuple[str, ...]
) -> int | None:
    """Take the next product that fits twice across a room of this width, depth and height, and move it back.

    One of a preferred shape comes first, if it is in the first half of the order.
    """

    def fits(product: int) -> bool:
        width, depth, height = assortment[product].size_m
        is_shallow = depth + 0.05 + _BACK_M <= room_m[1]
        return 2 * (width + COLUMN_GAP_M) <= room_m[0] and is_shallow and height + HEADROOM_M <= room_m[2]

    fitting = [product for product in order if fits(product)]
    due = order[: len(order) // 2 + 1]
    first = [product for product in fitting if product in due and assortment[product].shape in preferred]
    if not fitting:
        return None
    product = (first or fitting)[0]
    order.remove(product)
    order.append(product)
    return product


@dataclass(frozen=True, slots=True)
class _Slot:
    """A slot that is being filled, column by column."""

    rng: np.random.Generator
    assortment: Assortment
    shelf: Shelf
    slot_id: SlotId
    product: int
    start_m: float
    pitch_m: float
    height_m: tuple[float, float]
    stocking: Stocking
    stock: Stock

    def fill_column(self, column: int) -> int:
        """Add what stands in a column; return how many units of the slot's product that are."""
        along = self.start_m + self.pitch_m * (column + 0.5)
        chance = self.rng.random(5)
        mess = self.stocking.mess
        stranger = self._stranger() if chance[0] < mess * _MISPLACED else None
        if chance[1] >= self.stocking.full_share:
            self._add_facing(column, along, ())
            return 0
        if stranger is not None:
            unit = self._stand(column, 0, along, stranger, self._inset(), is_misplaced=True)
            self._add_facing(column, along, (unit,), is_misplaced=True)
            return 0
        if chance[2] < mess * _FALLEN and self._lie(column, along):
            return 1
        if chance[3] < mess * _LEANING and self._lean(column, along):
            return 1
        depth = self.assortment[self.product].size_m[1]
        inset = self._inset()
        most = int((self.shelf.depth_m - _BACK_M - inset + _ROW_GAP_M) / (depth + _ROW_GAP_M))
        most = max(1, min(most, self.stocking.rows))
        rows = int(np.ceil(most * np.sqrt(1.0 - self.rng.random())))  # more often full than nearly sold out
        spare = self.shelf.depth_m - _BACK_M - inset - rows * (depth + _ROW_GAP_M)
        if chance[4] < mess * _PUSHED_BACK and spare > 0:
            inset += float(self.rng.uniform(0.2, 1.0)) * spare
        units = [
            self._stand(column, row, along, self.product, inset + row * (depth + _ROW_GAP_M))
            for row in range(rows)
        ]
        self._add_facing(column, along, tuple(units))
        return rows

    def _inset(self) -> float:
        return float(self.rng.uniform(0.03, 0.05))

    def _stand(
        self,
        column: int,
        row: int,
        along_m: float,
        product: int,
        inset_m: float,
        *,
        is_misplaced: bool = False,
    ) -> int:
        """Add an upright unit and return its id."""
        depth = self.assortment[product].size_m[1]
        unit_id = len(self.stock.units) + 1
        pose = place_unit(
            self.shelf, unit_id, product, along_m, inset_m + depth / 2, self.height_m[0], self._turn(product)
        )
        self.stock.units.append(StockedUnit(pose, self.slot_id, column, row, is_misplaced))
        return unit_id

    def _turn(self, product: int) -> float:
        """Draw a small turn; things with corners turn only as far as their neighbours allow."""
        width, depth, _ = self.assortment[product].size_m
        mess = self.stocking.mess
        turn = float(self.rng.normal(0, _YAW_SIGMA_RAD + mess * _MESSY_YAW_SIGMA_RAD))
        if self.assortment[product].shape in _ROUND and abs(width - depth) < 0.01:
            return 2 * turn
        sideways = (self.pitch_m - _PLAY_M - width) / depth
        backward = (_ROW_GAP_M - _PLAY_M / 2) / width
        limit = max(0.0, min(sideways, backward, 0.5))
        return float(np.clip(turn, -limit, limit))

    def _lie(self, column: int, along_m: float) -> bool:
        """Let one unit lie on its back; False if the board is not deep enough."""
        _, depth, height = self.assortment[self.product].size_m
        room = self.shelf.depth_m - _BACK_M - height
        if room < 0.03:
            return False
        self._add_tilted(column, along_m, float(self.rng.uniform(0.02, room)), depth / 2, -np.pi / 2)
        return True

    def _lean(self, column: int, along_m: float) -> bool:
        """Let one unit lean backwards; False if the board is not deep enough."""
        _, depth, height = self.assortment[self.product].size_m
        angle = float(self.rng.uniform(0.1, 0.3))
        reach = depth * np.cos(angle) + height * np.sin(angle)
        room = self.shelf.depth_m - _BACK_M - reach
        if room < 0.03 or height + depth * np.sin(angle) > self.height_m[1] - self.height_m[0]:
            return False
        # It rests on the lower edge at its back.
        inward = float(self.rng.uniform(0.02, room)) + depth / 2 * np.cos(angle)
        self._add_tilted(column, along_m, inward, depth / 2 * np.sin(angle), -angle)
        return True

    def _add_tilted(
        self, column: int, along_m: float, inward_m: float, lift_m: float, tilt_rad: float
    ) -> None:
        unit_id = len(self.stock.units) + 1
        pose = place_unit(
            self.shelf, unit_id, self.product, along_m, inward_m, self.height_m[0] + lift_m, 0.0, tilt_rad
        )
        self.stock.units.append(StockedUnit(pose, self.slot_id, column, 0))

    def _stranger(self) -> int | None:
        """Draw another product that has a slot already and fits here."""
        sold = {slot.product_id for slot in self.stock.slots}
        deep = self.shelf.depth_m - _BACK_M - 0.05
        others = [
            index
            for index in range(len(self.assortment))
            if index != self.product
            and self.assortment[index].product_id in sold
            and self.assortment[index].size_m[0] + 2 * _PLAY_M <= self.pitch_m
            and self.assortment[index].size_m[1] <= deep
            and self.assortment[index].size_m[2] + HEADROOM_M <= self.height_m[1] - self.height_m[0]
        ]
        return int(self.rng.choice(others)) if others else None

    def _add_facing(
        self, column: int, along_m: float, unit_ids: Sequence[int], *, is_misplaced: bool = False
    ) -> None:
        facing = Facing(
            self.shelf.shelf_id,
            self.slot_id,
            column,
            self.product,
            along_m,
            self.height_m[0],
            self.pitch_m,
            self.height_m[1] - self.height_m[0],
            tuple(unit_ids),
        )
        (self.stock.misplaced if is_misplaced else self.stock.facings).append(facing)
