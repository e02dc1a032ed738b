"""The room of a layout as one mesh: floor, walls, shelving, gate, clutter and the units that never move."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cart_tracker.store_map import Shelf
from datasets.synthetic.goods.artwork import Panel, panel_uv
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.mesh import Material, Mesh, box, joined, quad, subdivided
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.layout_types import Clutter, StoreLayout, shelf_board_heights_m

LONGEST_EDGE_M = 0.22  # straight edges of this length bend by less than a pixel in a wide lens 2 m away
BOARD_M, PANEL_M, POST_M, RAIL_M = 0.028, 0.012, 0.035, 0.045
LAMP_BELOW_CEILING_M = 0.012
POST_HEIGHT_M = 1.02

Rgb = tuple[float, float, float]
Square = list[list[float]]

# Linear RGB albedos of things found in shops, by eye.
FLOOR_COLOURS: tuple[Rgb, ...] = (
    (0.42, 0.40, 0.37),
    (0.28, 0.29, 0.31),
    (0.50, 0.45, 0.36),
    (0.34, 0.24, 0.16),
    (0.55, 0.55, 0.53),
    (0.16, 0.17, 0.18),
)
WALL_COLOURS: tuple[Rgb, ...] = (
    (0.62, 0.61, 0.57),
    (0.66, 0.62, 0.52),
    (0.48, 0.54, 0.56),
    (0.58, 0.64, 0.52),
    (0.70, 0.70, 0.70),
    (0.38, 0.38, 0.40),
)
STEEL_COLOURS: tuple[Rgb, ...] = (
    (0.60, 0.60, 0.59),
    (0.55, 0.56, 0.58),
    (0.10, 0.10, 0.11),
    (0.32, 0.22, 0.13),
)


@dataclass(frozen=True, slots=True)
class Decor:
    """Surfaces and lamps of one store, drawn from the layout's decor seed.

    Attributes:
        tile_m: Size of a floor tile; large values make a seamless floor.
        joint_shade: Albedo of the joints relative to the tile.
        lamp_strength: Of all lamps together, relative.
        lamp_rgb: Their colour.
    """

    floor: Rgb
    tile_m: float
    joint_shade: float
    wall: Rgb
    wainscot: Rgb
    steel: Rgb
    back_panel: Rgb
    rail: Rgb
    lamp_strength: float
    lamp_rgb: Rgb


def draw_decor(seed: int) -> Decor:
    """Draw the looks of a store."""
    rng = np.random.default_rng([seed, 1])
    wall = _tinted(rng, WALL_COLOURS)
    steel = _tinted(rng, STEEL_COLOURS)
    warmth = rng.normal(0, 0.05)
    return Decor(
        floor=_tinted(rng, FLOOR_COLOURS),
        tile_m=float(rng.choice([0.3, 0.45, 0.6, 0.6, 50.0])),
        joint_shade=float(rng.uniform(0.5, 0.85)),
        wall=wall,
        wainscot=_tinted(rng, WALL_COLOURS) if rng.random() < 0.4 else wall,
        steel=steel,
        back_panel=_tinted(rng, WALL_COLOURS) if rng.random() < 0.5 else steel,
        rail=_tinted(rng, ((0.75, 0.73, 0.66), (0.60, 0.08, 0.06), (0.08, 0.25, 0.10), (0.10, 0.15, 0.40))),
        lamp_strength=float(rng.uniform(0.75, 1.3)),
        lamp_rgb=(float(1 + warmth), 1.0, float(1 - warmth)),
    )


def build_room_mesh(layout: StoreLayout) -> Mesh:
    """Build everything that never moves; faces are small enough for a distorting lens."""
    decor = draw_decor(layout.decor_seed)
    rng = np.random.default_rng([layout.decor_seed, 2])
    parts = [*_shell(layout, decor), *_wall_decor(layout, rng), *_gate(layout)]
    for shelf in layout.shelves:
        parts += _shelf(shelf, layout.assortment, decor)
    for clutter in layout.clutter:
        parts += _clutter(clutter, layout, decor, rng)
    big = subdivided(joined(parts), LONGEST_EDGE_M)
    units = [
        layout.assortment.unit_mesh(unit.product_index).placed(unit.xyz_m, unit.yaw_rad, unit.tilt_rad)
        for unit in layout.static_units
    ]
    return joined([big, *units])


def _shell(layout: StoreLayout, decor: Decor) -> list[Mesh]:
    x, y, z = layout.room_size_m
    floor = np.array([[0, 0, 0], [x, 0, 0], [x, y, 0], [0, y, 0]], dtype=float)
    parts = [
        quad(floor, (0, 0, 1), Material.FLOOR, colour=decor.floor, texture=floor),
        _printed(
            floor[::-1] + np.array([0.0, 0.0, z]),
            (0, 0, -1),
            Panel.CEILING,
            repeats=(round(x / 1.2), round(y / 1.2)),
        ),
    ]
    low = 1.0
    for start, end, normal in (
        ((0, y), (x, y), (0, -1, 0)),
        ((0, 0), (0, y), (1, 0, 0)),
        ((x, y), (x, 0), (-1, 0, 0)),
        ((x, 0), (0, 0), (0, 1, 0)),
    ):
        for bottom, top, colour in (
            (0.0, 0.09, (0.12, 0.12, 0.13)),
            (0.09, low, decor.wainscot),
            (low, z, decor.wall),
        ):
            corners = [[*start, bottom], [*end, bottom], [*end, top], [*start, top]]
            parts.append(quad(corners, normal, Material.PLAIN, colour=colour))
    for light in layout.lights:
        (cx, cy), (hx, hy), height = light.xy_m, light.half_size_m, z - LAMP_BELOW_CEILING_M
        corners = [
            [cx - hx, cy - hy, height],
            [cx - hx, cy + hy, height],
            [cx + hx, cy + hy, height],
            [cx + hx, cy - hy, height],
        ]
        parts.append(quad(corners, (0, 0, -1), Material.LAMP))
    return parts


def _wall_decor(layout: StoreLayout, rng: np.random.Generator) -> list[Mesh]:
    """Posters and a door; shelving covers what hangs behind it."""
    x, y, z = layout.room_size_m
    parts = []
    walls = (
        (np.array([0.0, y]), np.array([x, y]), (0.0, -1.0)),
        (np.array([0.0, 0.0]), np.array([0.0, y]), (1.0, 0.0)),
        (np.array([x, y]), np.array([x, 0.0]), (-1.0, 0.0)),
        (np.array([x, 0.0]), np.array([0.0, 0.0]), (0.0, 1.0)),
    )
    door_wall = int(rng.integers(4))
    for index, (start, end, normal) in enumerate(walls):
        length = float(np.linalg.norm(end - start))
        along = (end - start) / length
        reach = 0.2
        while True:
            width = rng.uniform(0.4, 1.1)
            reach += rng.uniform(0.1, 1.2)
            if reach + width > length - 0.2:
                break
            bottom = rng.uniform(1.1, 1.9)
            top = min(bottom + width * rng.uniform(0.6, 1.3), z - 0.15)
            first, second = start + along * reach, start + along * (reach + width)
            parts.append(
                _wall_patch(
                    first, second, bottom, top, normal, Panel.poster(int(rng.integers(Panel.POSTERS)))
                )
            )
            reach += width
        if index == door_wall and length > 2.0:
            place = rng.uniform(0.2, length - 1.2)
            parts.append(
                _wall_patch(
                    start + along * place,
                    start + along * (place + 0.95),
                    0.0,
                    2.05,
                    normal,
                    Panel.DOOR,
                    off_m=0.02,
                )
            )
    return parts


def _gate(layout: StoreLayout) -> list[Mesh]:
    (x0, y0), (x1, y1) = layout.gate.mat.low_xy_m, layout.gate.mat.high_xy_m
    mat = [[x0, y0, 0.006], [x1, y0, 0.006], [x1, y1, 0.006], [x0, y1, 0.006]]
    parts = [quad(mat, (0, 0, 1), Material.PLAIN, colour=(0.05, 0.05, 0.06))]
    for index, (x, y) in enumerate((*layout.gate.post_xy_m, *layout.exit_post_xy_m)):
        parts.append(
            box((x - 0.045, y - 0.045, 0), (x + 0.045, y + 0.045, POST_HEIGHT_M), (0.50, 0.51, 0.53))
        )
        head = (0.02, 0.02, 0.025) if index == 0 else (0.10, 0.32, 0.14)
        parts.append(
            box((x - 0.06, y - 0.06, POST_HEIGHT_M), (x + 0.06, y + 0.06, POST_HEIGHT_M + 0.05), head)
        )
    parts += [
        _entrance([x for x, _ in posts]) for posts in ([(x0, 0.0), (x1, 0.0)], layout.exit_post_xy_m) if posts
    ]
    return parts


def _entrance(post_x_m: Sequence[float]) -> Mesh:
    """A glass door in the wall y = 0, as wide as the lane in front of it."""
    left, right = min(post_x_m) - 0.1, max(post_x_m) + 0.1
    start, end = np.array([right, 0.0]), np.array([left, 0.0])
    return _wall_patch(start, end, 0.0, 2.15, (0.0, 1.0), Panel.ENTRANCE, off_m=0.012)


def _shelf(shelf: Shelf, assortment: Assortment, decor: Decor) -> list[Mesh]:
    """Boards at the slots' lower heights, posts, back panel, price rails with tags."""
    boards = shelf_board_heights_m(shelf)
    if not boards:
        return []
    top = max(slot.height_m[1] for slot in shelf.slots)
    width, depth = shelf.width_m, shelf.depth_m
    parts = [_shelf_box(shelf, (0, depth - PANEL_M, 0), (width, depth, top), decor.back_panel)]
    for along in np.linspace(0, width, max(2, round(width / 1.2) + 1)):
        left = float(np.clip(along - POST_M / 2, 0, width - POST_M))
        parts.append(
            _shelf_box(
                shelf, (left, depth - PANEL_M - 0.05, 0), (left + POST_M, depth - PANEL_M, top), decor.steel
            )
        )
    parts.append(
        _shelf_box(shelf, (0, 0.03, 0), (width, 0.05, max(boards[0] - BOARD_M, 0.01)), (0.08, 0.08, 0.09))
    )
    for height in boards:
        parts.append(
            _shelf_box(shelf, (0, 0.004, height - BOARD_M), (width, depth - PANEL_M, height), decor.steel)
        )
        parts.append(
            _front_patch(shelf, (0, width), (height - RAIL_M, height + 0.003), 0.0, decor.rail, None)
        )
    products = {product.product_id: index for index, product in enumerate(assortment.products)}
    for slot in shelf.slots:
        middle = sum(slot.along_m) / 2
        panel = Panel.price_tag(products[slot.product_id]) if slot.product_id in products else Panel.METAL
        span = (middle - 0.03, middle + 0.03)
        heights = (slot.height_m[0] - RAIL_M + 0.002, slot.height_m[0] + 0.001)
        parts.append(_front_patch(shelf, span, heights, -0.003, (1.0, 1.0, 1.0), panel))
    return parts


def _clutter(clutter: Clutter, layout: StoreLayout, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    (x0, y0), (x1, y1) = clutter.footprint.low_xy_m, clutter.footprint.high_xy_m
    if clutter.height_m > 0.9 * layout.room_size_m[2]:
        return [box((x0, y0, 0), (x1, y1, clutter.height_m), decor.wall)]
    if rng.random() < 0.5:
        return [_printed_box((x0, y0, 0), (x1, y1, clutter.height_m), Panel.CARTON)]
    colour = tuple(rng.uniform(0.05, 0.5, 3))
    rim = clutter.height_m
    parts = [box((x0, y0, 0), (x1, y1, 0.8 * rim), colour)]
    for _ in range(int(60 * (x1 - x0) * (y1 - y0)) + 4):
        unit = layout.assortment.unit_mesh(int(rng.integers(len(layout.assortment))))
        place = (rng.uniform(x0 + 0.05, x1 - 0.05), rng.uniform(y0 + 0.05, y1 - 0.05), 0.8 * rim - 0.02)
        parts.append(unit.placed(place, rng.uniform(0, 2 * np.pi), rng.uniform(-1.2, 1.2)))
    return parts


def _shelf_box(
    shelf: Shelf, low: tuple[float, float, float], high: tuple[float, float, float], colour: Rgb
) -> Mesh:
    """Build a box given in shelf coordinates (along, inward, height)."""
    local = box(low, high, colour)
    along, inward = np.asarray(shelf.along_xy), np.asarray(shelf.inward_xy)
    turn = np.array([[*along, 0], [*inward, 0], [0, 0, 1]], dtype=np.float32)
    return Mesh(
        shelf.to_store(local.vertices_m.astype(np.float64)).astype(np.float32),
        local.normals @ turn,
        local.texture,
        local.colour,
        local.faces,
        local.material,
    )


def _front_patch(
    shelf: Shelf,
    along_m: tuple[float, float],
    height_m: tuple[float, float],
    inward_m: float,
    colour: Rgb,
    panel: int | None,
) -> Mesh:
    corners = shelf.to_store(
        np.array(
            [
                [along_m[0], inward_m, height_m[0]],
                [along_m[1], inward_m, height_m[0]],
                [along_m[1], inward_m, height_m[1]],
                [along_m[0], inward_m, height_m[1]],
            ]
        )
    )
    normal = (-shelf.inward_xy[0], -shelf.inward_xy[1], 0.0)
    return (
        quad(corners, normal, Material.PLAIN, colour=colour)
        if panel is None
        else _printed(corners, normal, panel)
    )


def _wall_patch(
    start_xy: FloatArray,
    end_xy: FloatArray,
    bottom: float,
    top: float,
    normal_xy: tuple[float, float],
    panel: int,
    off_m: float = 0.006,
) -> Mesh:
    off = np.array([*normal_xy, 0.0]) * off_m
    corners = np.array([[*start_xy, bottom], [*end_xy, bottom], [*end_xy, top], [*start_xy, top]]) + off
    return _printed(corners, (*normal_xy, 0.0), panel)


def _printed_box(low: tuple[float, float, float], high: tuple[float, float, float], panel: int) -> Mesh:
    plain = box(low, high, (1.0, 1.0, 1.0))
    uv = [panel_uv(panel, u, v) for u, v in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))]
    texture = np.tile(np.column_stack([uv, np.zeros(4)]), (6, 1)).astype(np.float32)
    material = np.full(len(plain.faces), int(Material.PRINTED), dtype=np.int32)
    return Mesh(plain.vertices_m, plain.normals, texture, plain.colour, plain.faces, material)


def _printed(
    corners: FloatArray | Square,
    normal: tuple[float, float, float],
    panel: int,
    repeats: tuple[int, int] = (1, 1),
) -> Mesh:
    """Cover a four-cornered patch with one panel, or with a grid of it."""
    corner = np.asarray(corners, dtype=float)
    uv = [panel_uv(panel, u, v) for u, v in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))]
    texture = np.column_stack([uv, np.zeros(4)])
    columns, rows = max(1, repeats[0]), max(1, repeats[1])
    patches = []
    for row in range(rows):
        for column in range(columns):
            cell = [
                (corner[0] * (1 - s) + corner[1] * s) * (1 - t) + (corner[3] * (1 - s) + corner[2] * s) * t
                for s, t in (
                    (column / columns, row / rows),
                    ((column + 1) / columns, row / rows),
                    ((column + 1) / columns, (row + 1) / rows),
                    (column / columns, (row + 1) / rows),
                )
            ]
            patches.append(quad(cell, normal, Material.PRINTED, texture=texture))
    return joined(patches)


def _tinted(rng: np.random.Generator, colours: tuple[Rgb, ...]) -> Rgb:
    base = np.array(colours[rng.integers(len(colours))]) * rng.uniform(0.85, 1.12) * rng.normal(1, 0.03, 3)
    red, green, blue = (float(value) for value in np.clip(base, 0.02, 0.8))
    return red, green, blue
