"""Shelving as meshes: wall shelves, gondolas, fridges, tables, counters, bread racks."""

import numpy as np

from cart_tracker.store_map import Shelf, Slot
from datasets.synthetic.goods.panels import Panel, panel_rect
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.mesh import Mesh
from datasets.synthetic.store.decor import Decor, shaded
from datasets.synthetic.store.doors import FRIDGE_FOOT_M
from datasets.synthetic.store.layout_types import Fixture, Rgb, ShelfKind, shelf_board_heights_m
from datasets.synthetic.store.patches import shelf_box, shelf_patch

BOARD_M, PANEL_M, POST_M, RAIL_M = 0.028, 0.012, 0.035, 0.045
_POST_PITCH_M = 1.2
_HEADER_M = 0.22
_CANOPY_M = 0.28
_SIDE_M = 0.03
# Lamps inside a fridge make its white walls brighter than anything the room's lamps light.
_LIT_INTERIOR: Rgb = (1.15, 1.20, 1.25)
_TAG_M = 0.06
_STRIP_FROM_M, _STRIP_M = 0.62, 0.8
_RIM_M = (0.07, 0.014)


def build_shelf(shelf: Shelf, fixture: Fixture, assortment: Assortment, decor: Decor) -> list[Mesh]:
    """Build one shelf with the tags on its rails, without goods; nothing for a shelf without slots."""
    boards = shelf_board_heights_m(shelf)
    if not boards:
        return []
    if fixture.kind is ShelfKind.FRIDGE:
        parts = _fridge(shelf, fixture, boards, decor)
    elif fixture.kind in (ShelfKind.ISLAND, ShelfKind.COUNTER):
        parts = _table(shelf, fixture, boards[0], decor)
    else:
        parts = _rack(shelf, fixture, boards, decor)
    if fixture.strip is not None:
        parts += _clip_strip(shelf, assortment, fixture.strip)
    return [*parts, *_tags(shelf, assortment)]


def _rack(shelf: Shelf, fixture: Fixture, boards: tuple[float, ...], decor: Decor) -> list[Mesh]:
    """Boards between posts before a back panel; of wood for bread."""
    width, depth, top = shelf.width_m, shelf.depth_m, fixture.top_m
    is_wooden = fixture.kind is ShelfKind.BREAD
    board = decor.wood if is_wooden else decor.steel
    back = shaded(decor.wood, 0.6) if is_wooden else decor.back_panel
    parts = [shelf_box(shelf, (0, depth - PANEL_M, 0), (width, depth, top), back, "left right front top")]
    for along in np.linspace(0, width, max(2, round(width / _POST_PITCH_M) + 1)):
        left = float(np.clip(along - POST_M / 2, 0, width - POST_M))
        post = (left, depth - PANEL_M - 0.05, 0), (left + POST_M, depth - PANEL_M, top)
        parts.append(shelf_box(shelf, *post, shaded(board, 0.8), "left right front"))
    kick = (0, 0.03, 0), (width, 0.05, max(boards[0] - BOARD_M, 0.01))
    kick_colour = shaded(decor.wood, 0.75) if is_wooden else (0.08, 0.08, 0.09)
    parts.append(shelf_box(shelf, *kick, kick_colour, "left right front"))
    for height in boards:
        low, high = (0, 0.004, height - BOARD_M), (width, depth - PANEL_M, height)
        parts.append(shelf_box(shelf, low, high, board, "left right top"))
        parts.append(_rail(shelf, height, board if is_wooden else decor.rail))
    if is_wooden:
        for slot in shelf.slots:
            parts += _basket(shelf, slot, decor)
        for along in (0.0, width - _SIDE_M):
            side = (along, 0.0, 0.0), (along + _SIDE_M, depth, top)
            parts.append(shelf_box(shelf, *side, board, "left right front top"))
    if fixture.header is not None:
        header = (0.0, 0.02, top + 0.01), (width, 0.05, top + 0.01 + _HEADER_M)
        parts.append(shelf_box(shelf, *header, decor.accent))
        parts += _signs(shelf, _header_panel(fixture), 0.017, (top + 0.03, top + _HEADER_M - 0.01), 1.0)
    return parts


def _fridge(shelf: Shelf, fixture: Fixture, boards: tuple[float, ...], decor: Decor) -> list[Mesh]:
    """A cabinet with a white, lit inside and a bright canopy; its doors are props."""
    width, depth, top = shelf.width_m, shelf.depth_m, fixture.top_m + 0.03
    body = (0.10, 0.10, 0.11) if fixture.header and fixture.header % 2 else (0.55, 0.56, 0.58)
    parts = [
        shelf_box(
            shelf, (0, -0.02, 0), (width, depth, FRIDGE_FOOT_M), (0.06, 0.06, 0.065), "left right front top"
        ),
        shelf_box(shelf, (0, depth - PANEL_M, FRIDGE_FOOT_M), (width, depth, top), _LIT_INTERIOR, "front"),
        shelf_box(
            shelf, (0, -0.02, top), (width, depth, top + _CANOPY_M), body, "left right front top bottom"
        ),
    ]
    for along in (0.0, width - _SIDE_M):
        side = (along, -0.018, FRIDGE_FOOT_M), (along + _SIDE_M, depth, top)
        parts.append(shelf_box(shelf, *side, body, "left right front"))
        inner = along + _SIDE_M if along == 0.0 else along
        lining = (inner - 0.001, 0.01, FRIDGE_FOOT_M), (inner + 0.001, depth - PANEL_M, top)
        parts.append(shelf_box(shelf, *lining, _LIT_INTERIOR, "right" if along == 0.0 else "left"))
    for height in boards:
        low, high = (_SIDE_M, 0.012, height - 0.012), (width - _SIDE_M, depth - PANEL_M, height)
        parts.append(shelf_box(shelf, low, high, (0.85, 0.87, 0.88), "top"))
        parts.append(_rail(shelf, height, (0.80, 0.81, 0.82), 0.010))
    parts += _signs(shelf, Panel.FRIDGE_HEADER, -0.024, (top + 0.04, top + _CANOPY_M - 0.04), 1.6)
    return parts


def _table(shelf: Shelf, fixture: Fixture, board_m: float, decor: Decor) -> list[Mesh]:
    """An open top: a wooden table with baskets, or a counter with a closed front."""
    width, depth = shelf.width_m, shelf.depth_m
    is_counter = fixture.kind is ShelfKind.COUNTER
    top = decor.steel if is_counter else decor.wood
    slab = (0, 0, board_m - 0.04), (width, depth, board_m)
    parts = [shelf_box(shelf, *slab, top, "left right front top")]
    if is_counter:
        body = (0.02, 0.06, 0.08), (width - 0.02, depth, board_m - 0.04)
        parts.append(shelf_box(shelf, *body, decor.accent, "left right front"))
        stripe = (0.02, 0.055, 0.45), (width - 0.02, 0.06, 0.60)
        parts.append(shelf_box(shelf, *stripe, shaded(decor.wall, 1.1), "front"))
    else:
        for along in (0.04, width - 0.10):
            leg = (along, 0.04, 0), (along + 0.06, 0.10, board_m - 0.04)
            parts.append(shelf_box(shelf, *leg, shaded(decor.wood, 0.7), "left right front back"))
        lower = (0.06, 0.06, 0.20), (width - 0.06, depth, 0.23)
        parts.append(shelf_box(shelf, *lower, shaded(decor.wood, 0.85), "left right front top"))
        for along in np.arange(0.12, width - 0.42, 0.45).tolist():
            crate = (along, 0.10, 0.23), (along + 0.38, depth - 0.02, 0.23 + 0.22)
            parts.append(shelf_box(shelf, *crate, shaded(decor.wood, 1.25), "left right front top"))
    for slot in shelf.slots:
        parts += _basket(shelf, slot, decor)
    return parts


def _basket(shelf: Shelf, slot: Slot, decor: Decor) -> list[Mesh]:
    """A shallow tray round the units of a slot."""
    low, high = slot.along_m[0] - 0.004, slot.along_m[1] + 0.004
    z0, z1 = slot.height_m[0], slot.height_m[0] + _RIM_M[0] * (0.45 if slot.height_m[0] > 0.86 else 1.0)
    thick, back = _RIM_M[1], shelf.depth_m - 0.02
    colour = shaded(decor.wood, 1.35)
    return [
        shelf_box(shelf, (low, 0.008, z0), (high, 0.008 + thick, z1), colour, "left right front back top"),
        shelf_box(shelf, (low - thick, 0.008, z0), (low, back, z1), colour, "left right front top"),
        shelf_box(shelf, (high, 0.008, z0), (high + thick, back, z1), colour, "left right front top"),
    ]


def _rail(shelf: Shelf, height_m: float, colour: Rgb, inward_m: float = 0.0) -> Mesh:
    low, high = (0, inward_m, height_m - RAIL_M), (shelf.width_m, inward_m + 0.004, height_m + 0.003)
    return shelf_box(shelf, low, high, colour, "left right front")


def _header_panel(fixture: Fixture) -> int:
    """What a header says: bread shelves sell bread, others are on offer."""
    variant = fixture.header or 0
    if fixture.kind is ShelfKind.BREAD:
        return Panel.sign(("BAKERY", "FRESH")[variant % 2])
    return (Panel.sign("OFFERS"), Panel.SHELF_TALKER, Panel.sign("FRESH"))[variant % 3]


def _signs(
    shelf: Shelf, panel: int, inward_m: float, height_m: tuple[float, float], brightness: float
) -> list[Mesh]:
    """Signs side by side on a header, with gaps."""
    parts = []
    rect = panel_rect(panel)
    length = (height_m[1] - height_m[0]) * rect.width / rect.height
    count = max(1, int(shelf.width_m / (2.2 * length)))
    pitch = shelf.width_m / count
    half = min(length, pitch - 0.04) / 2
    for middle in (pitch * (np.arange(count) + 0.5)).tolist():
        colour = (brightness, brightness, brightness)
        parts.append(shelf_patch(shelf, (middle - half, middle + half), height_m, inward_m, panel, colour))
    return parts


def _clip_strip(shelf: Shelf, assortment: Assortment, product_index: int) -> list[Mesh]:
    """Bags that hang one above the other at the end of a shelf, a little into the aisle."""
    _, depth, height = assortment[product_index].size_m
    yaw = float(np.arctan2(-shelf.inward_xy[0], shelf.inward_xy[1]))
    pitch = height + 0.02
    count = max(2, int(_STRIP_M / pitch))
    spots = shelf.to_store(
        np.array([[-0.06, 0.03 - depth / 2, _STRIP_FROM_M + number * pitch] for number in range(count)])
    )
    parts = [assortment.unit_mesh(product_index).placed(spot.tolist(), yaw, 0.12) for spot in spots]
    band = (-0.075, 0.04, _STRIP_FROM_M), (-0.045, 0.044, _STRIP_FROM_M + count * pitch)
    return [*parts, shelf_box(shelf, *band, (0.6, 0.6, 0.58), "front back")]


def _tags(shelf: Shelf, assortment: Assortment) -> list[Mesh]:
    """Price tags on the rails: one for a slot, several for a wide one."""
    products = {product.product_id: index for index, product in enumerate(assortment.products)}
    parts = []
    for slot in shelf.slots:
        panel = Panel.price_tag(products[slot.product_id]) if slot.product_id in products else Panel.METAL
        low, high = slot.along_m
        count = max(1, round((high - low) / 0.5))
        heights = (slot.height_m[0] - RAIL_M + 0.002, slot.height_m[0] + 0.001)
        for number in range(count):
            middle = low + (high - low) * (number + 0.5) / count
            parts.append(
                shelf_patch(shelf, (middle - _TAG_M / 2, middle + _TAG_M / 2), heights, -0.003, panel)
            )
    return parts
