"""Units that never move, drawn as simply as nobody notices.

Everything faces the aisle, so backs are left out; whoever stands behind another shows its top at most; and
where a big store has too many, the products with the most triangles become prisms in the same print.
"""

from itertools import pairwise

import numpy as np

from datasets.synthetic.goods.panels import PanelRect
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.mesh import Material, Mesh, joined, single_material_mesh
from datasets.synthetic.store.layout_types import StoreLayout

MOST_TRIANGLES = 65_000  # of all static units together
_BACK_FACING = 0.45
_AROUND, _AROUND_BEHIND = 6, 2
# Radius and height, as shares, where the sides of round things bend.
_PROFILES: dict[str, tuple[tuple[float, float], ...]] = {
    "bottle": ((0.5, 0.0), (0.5, 0.62), (0.22, 0.86), (0.22, 1.0)),
    "can": ((0.5, 0.0), (0.5, 1.0)),
    "jar": ((0.5, 0.0), (0.5, 1.0)),
    "cup": ((0.4, 0.0), (0.5, 1.0)),
}


def static_units(layout: StoreLayout) -> list[Mesh]:
    """Build all static units of a layout, in their order."""
    front, behind = _chosen(layout)
    return [
        (behind if unit.unit_id in layout.behind else front)[unit.product_index].placed(
            unit.xyz_m, unit.yaw_rad, unit.tilt_rad
        )
        for unit in layout.static_units
    ]


def _chosen(layout: StoreLayout) -> tuple[dict[int, Mesh], dict[int, Mesh]]:
    """Choose how each product is drawn in front and behind, within the budget."""
    assortment = layout.assortment
    rows = np.array([unit.unit_id in layout.behind for unit in layout.static_units], dtype=bool)
    products = np.array([unit.product_index for unit in layout.static_units], dtype=int)
    sold = np.unique(products).tolist()
    simple = {index: stand_in(assortment, index) for index in sold}
    behind = {index: _seen_from_above(stand_in(assortment, index, _AROUND_BEHIND)) for index in sold}
    front = {index: without_back(assortment.unit_mesh(index)) for index in sold}
    count = {index: int(((products == index) & ~rows).sum()) for index in sold}
    total = sum(len(front[i].faces) * count[i] for i in sold)
    total += sum(len(behind[i].faces) * int(((products == i) & rows).sum()) for i in sold)
    for index in sorted(sold, key=lambda i: (len(simple[i].faces) - len(front[i].faces)) * count[i]):
        if total > MOST_TRIANGLES and len(simple[index].faces) < len(front[index].faces):
            total -= (len(front[index].faces) - len(simple[index].faces)) * count[index]
            front[index] = simple[index]
    return front, behind


def without_back(mesh: Mesh) -> Mesh:
    """Leave out what looks straight to +y or down: nobody sees it on a shelf."""
    normal = mesh.normals[mesh.faces].mean(axis=1)
    return _only(mesh, ~((normal[:, 1] > _BACK_FACING) & (normal[:, 2] < 0.3)) & (normal[:, 2] > -0.8))


def _seen_from_above(mesh: Mesh) -> Mesh:
    """Keep the top and the front."""
    normal = mesh.normals[mesh.faces].mean(axis=1)
    return _only(mesh, (normal[:, 2] > 0.4) | (normal[:, 1] < -_BACK_FACING))


def _only(mesh: Mesh, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Mesh:
    faces = mesh.faces[chosen]
    used, renumbered = np.unique(faces, return_inverse=True)
    return Mesh(
        mesh.vertices_m[used],
        mesh.normals[used],
        mesh.texture[used],
        mesh.colour[used],
        renumbered.reshape(-1, 3).astype(np.int32),
        mesh.material[chosen],
    )


def stand_in(assortment: Assortment, product_index: int, around: int = _AROUND) -> Mesh:
    """Build a unit of a few triangles, without back and bottom, with the same print and size.

    Args:
        assortment: What is sold.
        product_index: Row of it.
        around: Flat sides of the front half of round things.
    """
    product = assortment[product_index]
    width, depth, height = product.size_m
    panels = assortment.panels[product_index]
    front, side, top = panels.front, panels.side, panels.top
    profile = _PROFILES.get(product.shape)
    if profile is None:
        x, y = width / 2, depth / 2
        flat = 0.6 * y if product.shape == "bag" else y
        return joined(
            [
                _face([(-x, -y, 0), (x, -y, 0), (x, -flat, height), (-x, -flat, height)], (0, -1, 0), front),
                _face([(x, -y, 0), (x, y, 0), (x, flat, height), (x, -flat, height)], (1, 0, 0), side),
                _face([(-x, y, 0), (-x, -y, 0), (-x, -flat, height), (-x, flat, height)], (-1, 0, 0), side),
                _face(
                    [(-x, -flat, height), (x, -flat, height), (x, flat, height), (-x, flat, height)],
                    (0, 0, 1),
                    top,
                ),
            ]
        )
    parts = []
    # From the right round the front to the left; the middle of the front looks to -y.
    angle = -np.pi * np.arange(around + 1) / around
    outward = np.column_stack([np.cos(angle), np.sin(angle)])
    for (r0, low), (r1, high) in pairwise(profile):
        for k in range(around):
            a, b = outward[k + 1], outward[k]
            ends = [(a, r0, low), (b, r0, low), (b, r1, high), (a, r1, high)]
            corners = [(d[0] * r * width, d[1] * r * depth, z * height) for d, r, z in ends]
            middle = (a + b) / np.linalg.norm(a + b)
            u = (1 - (k + 1) / around, 1 - k / around)
            parts.append(_face(corners, (middle[0], middle[1], 0.0), front, u, (low, high)))
    radius = profile[-1][0]
    x, y = 0.9 * radius * width, 0.9 * radius * depth
    parts.append(_face([(-x, -y, height), (x, -y, height), (x, y, height), (-x, y, height)], (0, 0, 1), top))
    return joined(parts)


def _face(
    corners: list[tuple[float, float, float]],
    normal: tuple[float, float, float],
    rect: PanelRect,
    u: tuple[float, float] = (0.0, 1.0),
    v: tuple[float, float] = (0.0, 1.0),
) -> Mesh:
    texture = rect.uv(np.array([u[0], u[1], u[1], u[0]]), np.array([v[0], v[0], v[1], v[1]]))
    return single_material_mesh(corners, normal, [[0, 1, 2], [0, 2, 3]], Material.PRINTED, texture=texture)
