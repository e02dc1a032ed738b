"""Units that never move, drawn as simply as nobody notices.

Cameras look along shelves and down on tables, so whatever stands behind another unit is a whole
block or prism in its print. Where a big store has too many triangles, so are the products with the most of
them in front.
"""

from itertools import pairwise

import numpy as np

from datasets.synthetic.goods.panels import PackagePanels, PanelRect
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.mesh import Material, Mesh, joined, single_material_mesh
from datasets.synthetic.store.layout_types import StoreLayout

MOST_TRIANGLES = 80_000  # of all static units together
_SIDES = 8  # flat ones of round things, an even number
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
    behind = {index: stand_in(assortment, index) for index in sold}
    front = {index: without_bottom(assortment.unit_mesh(index)) for index in sold}
    count = {index: int(((products == index) & ~rows).sum()) for index in sold}
    total = sum(len(front[i].faces) * count[i] for i in sold)
    total += sum(len(behind[i].faces) * int(((products == i) & rows).sum()) for i in sold)
    for index in sorted(sold, key=lambda i: (len(behind[i].faces) - len(front[i].faces)) * count[i]):
        if total > MOST_TRIANGLES and len(behind[index].faces) < len(front[index].faces):
            total -= (len(front[index].faces) - len(behind[index].faces)) * count[index]
            front[index] = behind[index]
    return front, behind


def without_bottom(mesh: Mesh) -> Mesh:
    """Leave out what looks straight down: nobody sees it on a shelf."""
    normal = mesh.normals[mesh.faces].mean(axis=1)
    return _only(mesh, normal[:, 2] > -0.8)


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


def stand_in(assortment: Assortment, product_index: int) -> Mesh:
    """Build a unit of a few triangles, without its bottom, with the same print and size.

    Args:
        assortment: What is sold.
        product_index: Row of it.
    """
    product = assortment[product_index]
    panels = assortment.panels[product_index]
    profile = _PROFILES.get(product.shape)
    if profile is None:
        return _block(product.size_m, panels, 0.6 if product.shape == "bag" else 1.0)
    return _prism(product.size_m, panels, profile)


def _block(size_m: tuple[float, float, float], panels: PackagePanels, upper: float) -> Mesh:
    """Build a box that is `upper` as deep at its top as at its foot."""
    x, y, height = size_m[0] / 2, size_m[1] / 2, size_m[2]
    thin = upper * y
    front = [(-x, -y, 0.0), (x, -y, 0.0), (x, -thin, height), (-x, -thin, height)]
    right = [(x, -y, 0.0), (x, y, 0.0), (x, thin, height), (x, -thin, height)]
    turned = [[(-u, -v, z) for u, v, z in corners] for corners in (front, right)]
    lid = [(-x, -thin, height), (x, -thin, height), (x, thin, height), (-x, thin, height)]
    return joined(
        [
            _face(front, (0, -1, 0), panels.front),
            _face(turned[0], (0, 1, 0), panels.front),
            _face(right, (1, 0, 0), panels.side),
            _face(turned[1], (-1, 0, 0), panels.side),
            _face(lid, (0, 0, 1), panels.top),
        ]
    )


def _prism(
    size_m: tuple[float, float, float],
    panels: PackagePanels,
    profile: tuple[tuple[float, float], ...],
) -> Mesh:
    """Build something round of flat sides, half of them in the print of the front."""
    width, depth, height = size_m
    parts, half = [], _SIDES // 2
    # From the right round the front to the left, then round the back; the middle of the front looks to -y.
    angle = -2 * np.pi * np.arange(_SIDES + 1) / _SIDES
    outward = np.column_stack([np.cos(angle), np.sin(angle)])
    for (r0, low), (r1, high) in pairwise(profile):
        for k in range(_SIDES):
            a, b = outward[k + 1], outward[k]
            ends = [(a, r0, low), (b, r0, low), (b, r1, high), (a, r1, high)]
            corners = [(d[0] * r * width, d[1] * r * depth, z * height) for d, r, z in ends]
            middle = (a + b) / np.linalg.norm(a + b)
            rect = panels.front if k < half else panels.side
            u = (1 - (k % half + 1) / half, 1 - k % half / half)
            parts.append(_face(corners, (middle[0], middle[1], 0.0), rect, u, (low, high)))
    ring = outward[:_SIDES][::-1]
    top = np.column_stack([profile[-1][0] * ring * [width, depth], np.full(_SIDES, height)])
    fan = [[0, k, k + 1] for k in range(1, _SIDES - 1)]
    texture = panels.top.uv(0.5 + 0.5 * ring[:, 0], 0.5 + 0.5 * ring[:, 1])
    parts.append(single_material_mesh(top, (0.0, 0.0, 1.0), fan, Material.PRINTED, texture=texture))
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
