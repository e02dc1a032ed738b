"""What stands about, as meshes: cartons, bins, plants, stacks of baskets, mannequins, laden tables."""

from collections.abc import Callable

import numpy as np

from datasets.synthetic.goods.panels import Panel, panel_rect
from datasets.synthetic.mesh import Material, Mesh, box, quad, single_material_mesh
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.decor import Decor, shaded
from datasets.synthetic.store.layout_types import Clutter, ClutterKind, Rgb, StoreLayout, Theme
from datasets.synthetic.store.patches import Point, printed, printed_box, prism
from datasets.synthetic.store.wall_item_mesh import flat_person

_LEAF: tuple[Rgb, ...] = ((0.05, 0.18, 0.04), (0.09, 0.26, 0.06), (0.12, 0.22, 0.08))
_BASKET: tuple[Rgb, ...] = ((0.50, 0.04, 0.04), (0.03, 0.10, 0.36), (0.06, 0.06, 0.065), (0.05, 0.30, 0.10))
_DUMMY: tuple[Rgb, ...] = ((0.62, 0.60, 0.57), (0.10, 0.10, 0.11), (0.50, 0.36, 0.28))
_LOOSE_PER_M2 = 60


def build_clutter(
    layout: StoreLayout, clutter: Clutter, decor: Decor, rng: np.random.Generator
) -> list[Mesh]:
    """Build one thing within its footprint."""
    build: dict[ClutterKind, Callable[[StoreLayout, Clutter, Decor, np.random.Generator], list[Mesh]]] = {
        ClutterKind.CARTONS: _cartons,
        ClutterKind.PROMO_BIN: _promo_bin,
        ClutterKind.COLUMN: _column,
        ClutterKind.PLANT: _plant,
        ClutterKind.BASKETS: _baskets,
        ClutterKind.MANNEQUIN: _mannequin,
        ClutterKind.RUBBISH_BIN: _rubbish_bin,
        ClutterKind.SIGN_STAND: _sign_stand,
        ClutterKind.TABLE: _table,
    }
    return build[clutter.kind](layout, clutter, decor, rng)


def _cartons(layout: StoreLayout, clutter: Clutter, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    (x0, y0), (x1, y1) = clutter.footprint.low_xy_m, clutter.footprint.high_xy_m
    parts, bottom = [], 0.0
    while bottom < clutter.height_m - 0.1:
        height = min(float(rng.uniform(0.18, 0.34)), clutter.height_m - bottom)
        inset = rng.uniform(0.0, 0.05, 4) if bottom else np.zeros(4)
        shade = float(rng.uniform(0.75, 1.05))
        low, high = (x0 + inset[0], y0 + inset[1], bottom), (x1 - inset[2], y1 - inset[3], bottom + height)
        parts.append(printed_box(low, high, Panel.CARTON, (shade, shade, shade)))
        bottom += height
    return parts


def _promo_bin(layout: StoreLayout, clutter: Clutter, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    """An open bin full of loose goods."""
    (x0, y0), (x1, y1) = clutter.footprint.low_xy_m, clutter.footprint.high_xy_m
    rim = clutter.height_m
    colour = decor.accent if rng.random() < 0.5 else decor.steel
    parts = [box((x0 + 0.02, y0 + 0.02, 0.0), (x1 - 0.02, y1 - 0.02, 0.8 * rim), colour)]
    for low, high in _rim(clutter, 0.02, 0.55 * rim, rim):
        parts.append(box(low, high, shaded(colour, 0.85)))
    if layout.theme is Theme.BAKERY:
        return [*parts, *_loaves(clutter, rng)]
    chosen = rng.integers(len(layout.assortment), size=3).tolist()
    for _ in range(int(_LOOSE_PER_M2 * (x1 - x0) * (y1 - y0)) + 4):
        unit = layout.assortment.unit_mesh(int(rng.choice(chosen)))
        place = (rng.uniform(x0 + 0.1, x1 - 0.1), rng.uniform(y0 + 0.1, y1 - 0.1), 0.8 * rim - 0.02)
        tumbled = unit.placed(place, rng.uniform(0, 2 * np.pi), rng.uniform(-1.3, 1.3))
        parts.append(_kept_within(tumbled, clutter))
    return parts


def _loaves(clutter: Clutter, rng: np.random.Generator) -> list[Mesh]:
    """Bread lying about in a bin."""
    (x0, y0), (x1, y1) = clutter.footprint.low_xy_m, clutter.footprint.high_xy_m
    parts = []
    for _ in range(int(_LOOSE_PER_M2 * (x1 - x0) * (y1 - y0) / 2) + 4):
        loaf = _loaf(*rng.uniform((0.08, 0.045, 0.8), (0.16, 0.07, 1.2)).tolist())
        place = (rng.uniform(x0 + 0.1, x1 - 0.1), rng.uniform(y0 + 0.1, y1 - 0.1), 0.8 * clutter.height_m)
        tumbled = loaf.placed(place, rng.uniform(0, 2 * np.pi), rng.uniform(-0.4, 0.4))
        parts.append(_kept_within(tumbled, clutter))
    return parts


def _loaf(half_length_m: float, radius_m: float, shade: float) -> Mesh:
    """The upper half of an ellipsoid in crust, along x."""
    grid = 7
    turn, along = np.repeat(np.linspace(0, np.pi, grid), grid), np.tile(np.linspace(-1, 1, grid), grid)
    bulge = np.sqrt(np.clip(1 - along**2, 0.02, 1.0))
    vertices = np.column_stack(
        [along * half_length_m, np.cos(turn) * radius_m * bulge, np.sin(turn) * radius_m * bulge]
    )
    normals = np.column_stack([along * radius_m / half_length_m, np.cos(turn) * bulge, np.sin(turn) * bulge])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    corner = (np.arange(grid - 1)[:, None] * grid + np.arange(grid - 1)).ravel()
    faces = np.concatenate(
        [
            np.stack([corner, corner + 1, corner + grid + 1], 1),
            np.stack([corner, corner + grid + 1, corner + grid], 1),
        ]
    )
    texture = panel_rect(Panel.CRUST).uv((along + 1) / 2, turn / np.pi)
    colour = (shade, shade, shade)
    return single_material_mesh(vertices, normals, faces, Material.PRINTED, texture=texture, colour=colour)


def _column(layout: StoreLayout, clutter: Clutter, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    (x0, y0), (x1, y1) = clutter.footprint.low_xy_m, clutter.footprint.high_xy_m
    parts = [box((x0, y0, 0.0), (x1, y1, clutter.height_m), decor.wall)]
    if rng.random() < 0.6:
        bottom = float(rng.uniform(1.1, 1.5))
        corners = [[x0 + 0.02, y0 - 0.006, bottom], [x1 - 0.02, y0 - 0.006, bottom]]
        corners += [[x1 - 0.02, y0 - 0.006, bottom + 0.5], [x0 + 0.02, y0 - 0.006, bottom + 0.5]]
        parts.append(printed(corners, (0, -1, 0), Panel.poster(int(rng.integers(Panel.POSTERS)))))
    return parts


def _plant(layout: StoreLayout, clutter: Clutter, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    centre, radius = _middle(clutter)
    pot = 0.3 * clutter.height_m
    parts = [prism(centre, [(0.6 * radius, 0.0), (0.85 * radius, pot)], shaded(decor.wall, 0.6), 10)]
    stem = np.array([*centre, pot])
    for _ in range(34):
        angle, rise = float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(0.25, 1.0))
        out = np.array([np.cos(angle), np.sin(angle), 0.0])
        across = np.array([-out[1], out[0], 0.0]) * float(rng.uniform(0.02, 0.05))
        reach = radius * float(rng.uniform(0.6, 0.98))
        root = stem + np.array([0.0, 0.0, 0.25 * rise * (clutter.height_m - pot)])
        tip = stem + out * reach + np.array([0.0, 0.0, rise * (clutter.height_m - pot)])
        bend = (root + tip) / 2 + np.array([0.0, 0.0, 0.08])
        normal = np.cross(across, tip - root)
        normal *= np.sign(normal[2] + 1e-9) / np.linalg.norm(normal)
        colour = shaded(_LEAF[int(rng.integers(3))], float(rng.uniform(0.7, 1.4)))
        parts.append(quad([root, bend - across, tip, bend + across], normal, Material.PLAIN, colour=colour))
    return parts


def _baskets(layout: StoreLayout, clutter: Clutter, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    """A stack of hand baskets, nested; the topmost is open."""
    (x0, y0), (x1, y1) = clutter.footprint.low_xy_m, clutter.footprint.high_xy_m
    colour = _BASKET[int(rng.integers(len(_BASKET)))]
    parts = [
        box(
            (x0 + 0.03, y0 + 0.03, 0.02), (x1 - 0.03, y1 - 0.03, clutter.height_m - 0.17), shaded(colour, 0.6)
        )
    ]
    for top in np.arange(0.22, clutter.height_m, 0.055).tolist():
        for low, high in _rim(clutter, 0.025, top - 0.025, top):
            parts.append(box(low, high, colour))
    for low, high in _rim(clutter, 0.03, clutter.height_m - 0.18, clutter.height_m):
        parts.append(box(low, high, shaded(colour, 0.8)))
    handle = (x0 + x1) / 2
    parts.append(
        box(
            (handle - 0.012, y0, clutter.height_m), (handle + 0.012, y1, clutter.height_m + 0.02), (0.04,) * 3
        )
    )
    return parts


def _mannequin(layout: StoreLayout, clutter: Clutter, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    """A dummy in clothes, or a figure of cardboard, as broad as its footprint is long: nobody."""
    (x, y), _ = _middle(clutter)
    extent = np.subtract(clutter.footprint.high_xy_m, clutter.footprint.low_xy_m)
    across = np.array([1.0, 0.0]) if extent[0] >= extent[1] else np.array([0.0, 1.0])
    skin, cloth, legs = _DUMMY[int(rng.integers(3))], decor.accent, shaded(decor.floor, 0.6)
    centre, width, height = np.array([x, y]), float(extent.max()), clutter.height_m
    if rng.random() < 0.4:
        return _cardboard_figure(centre, across, width, height, (skin, cloth, legs))
    hip, shoulder = 0.50 * height, 0.80 * height
    parts = [prism((x, y), [(0.13, 0.0), (0.13, 0.025)], (0.30, 0.30, 0.31), 10)]
    for side in (-1.0, 1.0):
        foot, hand = centre + 0.07 * side * across, centre + 0.155 * side * across
        leg = [(0.05, 0.02), (0.065, 0.25 * height), (0.08, hip)]
        arm = [(0.035, 0.42 * height), (0.045, 0.6 * height), (0.05, shoulder)]
        parts.append(prism((float(foot[0]), float(foot[1])), leg, legs, 8))
        parts.append(prism((float(hand[0]), float(hand[1])), arm, cloth, 7))
    torso = [(0.13, hip - 0.03), (0.115, 0.62 * height), (0.13, 0.74 * height), (0.07, shoulder + 0.03)]
    neck = [(0.045, shoulder), (0.045, 0.87 * height)]
    chin, crown = [(0.05, 0.86 * height), (0.085, 0.90 * height)], [(0.05, 0.99 * height), (0.0, height)]
    head = [*chin, (0.09, 0.95 * height), *crown]
    return [
        *parts,
        prism((x, y), torso, cloth, 10),
        prism((x, y), neck, skin, 7),
        prism((x, y), head, skin, 9),
    ]


def _cardboard_figure(
    centre_xy: FloatArray, across: FloatArray, width_m: float, height_m: float, colours: tuple[Rgb, Rgb, Rgb]
) -> list[Mesh]:
    """Somebody printed on both sides of a board; colours are of skin, cloth and legs."""
    out = np.array([-across[1], across[0]])
    half = across * width_m / 2 + np.abs(out) * 0.006
    low, high = centre_xy - half, centre_xy + half
    parts = [box((*low.tolist(), 0.0), (*high.tolist(), height_m), (0.62, 0.60, 0.55))]
    for side in (-1.0, 1.0):

        def at(a: float, z: float, off: float, side: float = side) -> FloatArray:
            xy = centre_xy - side * (a - 0.5) * width_m * across + side * (0.007 + off) * out
            return np.array([*xy, z * height_m])

        parts += flat_person(at, (float(side * out[0]), float(side * out[1]), 0.0), *colours)
    return parts


def _rubbish_bin(layout: StoreLayout, clutter: Clutter, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    centre, radius = _middle(clutter)
    top = clutter.height_m
    colour = shaded(decor.steel, 0.5)
    body = prism(centre, [(0.8 * radius, 0.0), (0.95 * radius, 0.85 * top)], colour, 10)
    lid = prism(
        centre, [(radius, 0.85 * top), (radius, 0.9 * top), (0.55 * radius, top)], (0.05, 0.05, 0.055), 10
    )
    return [body, lid]


def _sign_stand(layout: StoreLayout, clutter: Clutter, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    """Two boards that lean against each other."""
    (x0, y0), (x1, y1) = clutter.footprint.low_xy_m, clutter.footprint.high_xy_m
    middle, top = (y0 + y1) / 2, clutter.height_m
    poster = int(rng.integers(Panel.POSTERS))
    slope = (y1 - y0) / 2 / top
    scale = float(np.hypot(1.0, slope))
    parts = []
    for foot, sign, ends in ((y0, -1.0, (x0, x1)), (y1, 1.0, (x1, x0))):
        a, b = ends
        corners = [[a, foot, 0.0], [b, foot, 0.0], [b, middle, top], [a, middle, top]]
        parts.append(printed(corners, (0.0, sign / scale, slope / scale), Panel.poster(poster)))
    return parts


def _table(layout: StoreLayout, clutter: Clutter, decor: Decor, rng: np.random.Generator) -> list[Mesh]:
    """A side table: coffee machine, cups, papers, a laptop, goods that somebody left."""
    (x0, y0), (x1, y1) = clutter.footprint.low_xy_m, clutter.footprint.high_xy_m
    top = clutter.height_m
    colour = decor.wood if rng.random() < 0.6 else decor.accent
    parts = [
        box((x0, y0, top - 0.035), (x1, y1, top), colour),
        box((x0 + 0.04, y0 + 0.04, 0.0), (x1 - 0.04, y1 - 0.04, top - 0.035), shaded(colour, 0.6)),
    ]
    margin = min(0.16, (x1 - x0) / 3, (y1 - y0) / 3)
    for _ in range(int(rng.integers(4, 11))):
        x, y = float(rng.uniform(x0 + margin, x1 - margin)), float(rng.uniform(y0 + margin, y1 - margin))
        kind = int(rng.integers(6))
        if kind == 0:
            tall = float(rng.uniform(0.28, 0.42))
            parts.append(
                box((x - 0.12, y - 0.13, top), (x + 0.12, y + 0.13, top + tall), (0.06, 0.06, 0.065))
            )
            parts.append(
                box((x - 0.09, y - 0.135, top + 0.2), (x + 0.09, y - 0.13, top + tall), (0.4, 0.4, 0.42))
            )
        elif kind == 1:
            parts += _laptop((x, y, top), rng)
        elif kind == 2:
            size = rng.uniform(0.08, 0.14, 2)
            low = (x - size[0], y - size[1], top)
            parts.append(box(low, (x + size[0], y + size[1], top + 0.004), (0.72, 0.72, 0.69)))
        elif kind == 3:
            parts.append(prism((x, y), [(0.03, top), (0.042, top + 0.11)], (0.62, 0.60, 0.56), 9))
        else:
            unit = layout.assortment.unit_mesh(int(rng.integers(len(layout.assortment))))
            parts.append(_kept_within(unit.placed((x, y, top), float(rng.uniform(0, 2 * np.pi))), clutter))
    return parts


def _laptop(at: Point, rng: np.random.Generator) -> list[Mesh]:
    x, y, z = at
    body = box((x - 0.16, y - 0.11, z), (x + 0.16, y + 0.11, z + 0.018), (0.10, 0.10, 0.11))
    lean = float(rng.uniform(0.03, 0.09))
    screen = [
        [x - 0.16, y + 0.11, z],
        [x + 0.16, y + 0.11, z],
        [x + 0.16, y + 0.11 + lean, z + 0.21],
        [x - 0.16, y + 0.11 + lean, z + 0.21],
    ]
    normal = np.array([0.0, -0.21, lean]) / np.hypot(0.21, lean)
    return [body, quad(screen, normal, Material.PLAIN, colour=(0.05, 0.06, 0.09))]


def _kept_within(mesh: Mesh, clutter: Clutter) -> Mesh:
    """Push something sideways until no part of it sticks out over its footprint."""
    low, high = np.array(clutter.footprint.low_xy_m), np.array(clutter.footprint.high_xy_m)
    xy = mesh.vertices_m[:, :2]
    shift = np.maximum(low - xy.min(axis=0), 0.0) + np.minimum(high - xy.max(axis=0), 0.0)
    return mesh.placed((*shift.tolist(), 0.0), 0.0)


def _rim(clutter: Clutter, thick_m: float, low_m: float, high_m: float) -> list[tuple[Point, Point]]:
    """Four walls around a footprint."""
    (x0, y0), (x1, y1) = clutter.footprint.low_xy_m, clutter.footprint.high_xy_m
    return [
        ((x0, y0, low_m), (x1, y0 + thick_m, high_m)),
        ((x0, y1 - thick_m, low_m), (x1, y1, high_m)),
        ((x0, y0, low_m), (x0 + thick_m, y1, high_m)),
        ((x1 - thick_m, y0, low_m), (x1, y1, high_m)),
    ]


def _middle(clutter: Clutter) -> tuple[tuple[float, float], float]:
    (x0, y0), (x1, y1) = clutter.footprint.low_xy_m, clutter.footprint.high_xy_m
    return ((x0 + x1) / 2, (y0 + y1) / 2), min(x1 - x0, y1 - y0) / 2
