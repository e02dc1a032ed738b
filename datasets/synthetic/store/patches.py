"""Pieces that rooms and furniture are built of: printed patches, boxes in a shelf's or a wall's own axes."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cart_tracker.store_map import Shelf
from datasets.synthetic.goods.panels import panel_uv
from datasets.synthetic.mesh import Material, Mesh, box, joined, quad, single_material_mesh
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.layout_types import Rgb, Wall

WHITE: Rgb = (1.0, 1.0, 1.0)
Point = tuple[float, float, float]
_SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
ALL_SIDES = "left right front back bottom top"


def printed(
    corners: npt.ArrayLike,
    normal: npt.ArrayLike,
    panel: int,
    repeats: tuple[int, int] = (1, 1),
    colour: Rgb = WHITE,
) -> Mesh:
    """Cover a four-cornered patch with a panel or a grid of it; corners from the lower left."""
    corner = np.asarray(corners, dtype=float)
    uv = [panel_uv(panel, u, v) for u, v in _SQUARE]
    texture = np.column_stack([uv, np.zeros(4)])
    columns, rows = max(1, repeats[0]), max(1, repeats[1])
    column = (np.array([[0, 1, 1, 0]]) + np.tile(np.arange(columns), rows)[:, None]).reshape(-1, 1)
    row = (np.array([[0, 0, 1, 1]]) + np.repeat(np.arange(rows), columns)[:, None]).reshape(-1, 1)
    s, t = column / columns, row / rows
    points = (corner[0] * (1 - s) + corner[1] * s) * (1 - t) + (corner[3] * (1 - s) + corner[2] * s) * t
    first = 4 * np.arange(columns * rows)[:, None]
    faces = (first[:, :, None] + np.array([[0, 1, 2], [0, 2, 3]])).reshape(-1, 3)
    return single_material_mesh(
        points, normal, faces, Material.PRINTED, texture=np.tile(texture, (columns * rows, 1)), colour=colour
    )


def printed_box(low: Point, high: Point, panel: int, colour: Rgb = WHITE) -> Mesh:
    """Build an axis-aligned box with the same panel on all sides."""
    plain = box(low, high, colour)
    uv = [panel_uv(panel, u, v) for u, v in _SQUARE]
    texture = np.tile(np.column_stack([uv, np.zeros(4)]), (6, 1)).astype(np.float32)
    material = np.full(len(plain.faces), int(Material.PRINTED), dtype=np.int32)
    return Mesh(plain.vertices_m, plain.normals, texture, plain.colour, plain.faces, material)


def wall_patch(
    wall: Wall,
    along_m: tuple[float, float],
    height_m: tuple[float, float],
    panel: int,
    off_m: float = 0.006,
    colour: Rgb = WHITE,
) -> Mesh:
    """Stick a panel to a wall."""
    return printed(
        _wall_corners(wall, along_m, height_m, off_m), (*wall.inward_xy, 0.0), panel, colour=colour
    )


def wall_quad(
    wall: Wall,
    along_m: tuple[float, float],
    height_m: tuple[float, float],
    colour: Rgb,
    off_m: float = 0.0,
    material: Material = Material.PLAIN,
) -> Mesh:
    """Paint a piece of a wall; tiles (`Material.FLOOR`) run along it and up."""
    corners = _wall_corners(wall, along_m, height_m, off_m)
    texture = np.array(
        [[a, z, 0.0] for a, z in zip([*along_m, *along_m[::-1]], np.repeat(height_m, 2), strict=True)]
    )
    return quad(
        corners,
        (*wall.inward_xy, 0.0),
        material,
        colour=colour,
        texture=texture if material is Material.FLOOR else None,
    )


def wall_box(
    wall: Wall,
    along_m: tuple[float, float],
    inward_m: tuple[float, float],
    height_m: tuple[float, float],
    colour: Rgb,
) -> Mesh:
    """Build a box that stands or hangs before a wall."""
    corners = [wall.xyz(along_m[i], inward_m[i], height_m[i]) for i in (0, 1)]
    low, high = np.minimum(*corners), np.maximum(*corners)
    return box(low.tolist(), high.tolist(), colour)


def shelf_box(shelf: Shelf, low: Point, high: Point, colour: Rgb, sides: str = ALL_SIDES) -> Mesh:
    """Build some sides of a box given in shelf coordinates (along, inward, height)."""
    (a0, i0, z0), (a1, i1, z1) = low, high
    corners = {
        "left": ([(a0, i1, z0), (a0, i0, z0), (a0, i0, z1), (a0, i1, z1)], (-1.0, 0.0, 0.0)),
        "right": ([(a1, i0, z0), (a1, i1, z0), (a1, i1, z1), (a1, i0, z1)], (1.0, 0.0, 0.0)),
        "front": ([(a0, i0, z0), (a1, i0, z0), (a1, i0, z1), (a0, i0, z1)], (0.0, -1.0, 0.0)),
        "back": ([(a1, i1, z0), (a0, i1, z0), (a0, i1, z1), (a1, i1, z1)], (0.0, 1.0, 0.0)),
        "bottom": ([(a0, i1, z0), (a1, i1, z0), (a1, i0, z0), (a0, i0, z0)], (0.0, 0.0, -1.0)),
        "top": ([(a0, i0, z1), (a1, i0, z1), (a1, i1, z1), (a0, i1, z1)], (0.0, 0.0, 1.0)),
    }
    return joined(
        [
            quad(
                shelf.to_store(np.array(corners[side][0])),
                shelf_direction(shelf, corners[side][1]),
                Material.PLAIN,
                colour=colour,
            )
            for side in sides.split()
        ]
    )


def shelf_patch(
    shelf: Shelf,
    along_m: tuple[float, float],
    height_m: tuple[float, float],
    inward_m: float,
    panel: int,
    colour: Rgb = WHITE,
) -> Mesh:
    """Stick a panel on a plane parallel to a shelf's front."""
    (a0, a1), (z0, z1) = along_m, height_m
    corners = shelf.to_store(
        np.array([(a0, inward_m, z0), (a1, inward_m, z0), (a1, inward_m, z1), (a0, inward_m, z1)])
    )
    return printed(corners, shelf_direction(shelf, (0.0, -1.0, 0.0)), panel, colour=colour)


def shelf_direction(shelf: Shelf, along_inward_up: Point) -> FloatArray:
    """Turn a direction in shelf coordinates into the store's."""
    along, inward, up = along_inward_up
    xy = along * np.asarray(shelf.along_xy) + inward * np.asarray(shelf.inward_xy)
    return np.array([*xy, up])


def prism(
    centre_xy: tuple[float, float],
    rings: Sequence[tuple[float, float]],
    colour: Rgb,
    sides: int = 8,
    *,
    has_top: bool = True,
) -> Mesh:
    """Turn a profile of (radius, height) from the bottom upwards about a vertical axis."""
    angle = 2 * np.pi * (np.arange(sides) + 0.5) / sides
    outward = np.column_stack([np.cos(angle), np.sin(angle)])
    parts = []
    for (r0, z0), (r1, z1) in pairwise(rings):
        lean = np.array([z1 - z0, r0 - r1]) / max(float(np.hypot(z1 - z0, r0 - r1)), 1e-9)
        ring = [
            np.column_stack([np.asarray(centre_xy) + r * outward, np.full(sides, z)])
            for r, z in ((r0, z0), (r1, z1))
        ]
        normals = np.tile(np.column_stack([outward * lean[0], np.full(sides, lean[1])]), (2, 1))
        k, after = np.arange(sides), (np.arange(sides) + 1) % sides
        faces = np.concatenate(
            [np.stack([k, after, after + sides], 1), np.stack([k, after + sides, k + sides], 1)]
        )
        parts.append(
            single_material_mesh(np.concatenate(ring), normals, faces, Material.PLAIN, colour=colour)
        )
    radius, height = rings[-1]
    if has_top and radius > 0:
        rim = np.column_stack([np.asarray(centre_xy) + radius * outward, np.full(sides, height)])
        fan = [[0, k, k + 1] for k in range(1, sides - 1)]
        parts.append(single_material_mesh(rim, (0.0, 0.0, 1.0), fan, Material.PLAIN, colour=colour))
    return joined(parts)


def polygon(
    corners: npt.ArrayLike, normal: npt.ArrayLike, colour: Rgb, material: Material = Material.PLAIN
) -> Mesh:
    """Build a flat convex patch of any number of corners."""
    points = np.asarray(corners, dtype=float)
    fan = [[0, k, k + 1] for k in range(1, len(points) - 1)]
    return single_material_mesh(points, normal, fan, material, colour=colour)


def _wall_corners(
    wall: Wall, along_m: tuple[float, float], height_m: tuple[float, float], off_m: float
) -> FloatArray:
    (a0, a1), (z0, z1) = along_m, height_m
    return np.array([wall.xyz(a, off_m, z) for a, z in ((a0, z0), (a1, z0), (a1, z1), (a0, z1))])
