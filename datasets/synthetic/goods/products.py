"""What the synthetic store sells: catalogue and the shape of one unit of each product."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np

from datasets.synthetic.goods.artwork import Panel, panel_uv
from datasets.synthetic.mesh import Material, Mesh, joined, quad, single_material_mesh
from datasets.synthetic.scene import FloatArray

Shape = Literal["box", "can", "bottle", "bag", "carton"]

AROUND = 12  # segments around a can: round enough at 640x480
BAG_GRID = 6


@dataclass(frozen=True, slots=True)
class CatalogueProduct:
    """One product.

    Attributes:
        product_id: SKU.
        price_minor: Euro cents.
        size_m: Width, depth, height; it stands with its front towards -y.
    """

    product_id: str
    name: str
    price_minor: int
    shape: Shape
    size_m: tuple[float, float, float]


CATALOGUE: tuple[CatalogueProduct, ...] = (
    CatalogueProduct("cola-330", "Cola 330 ml", 129, "can", (0.066, 0.066, 0.122)),
    CatalogueProduct("water-500", "Spring water 500 ml", 89, "bottle", (0.066, 0.066, 0.220)),
    CatalogueProduct("juice-1000", "Orange juice 1 l", 249, "carton", (0.076, 0.076, 0.215)),
    CatalogueProduct("milk-1000", "Fresh milk 1 l", 139, "carton", (0.080, 0.072, 0.200)),
    CatalogueProduct("crisps-150", "Salted crisps 150 g", 219, "bag", (0.170, 0.070, 0.240)),
    CatalogueProduct("muesli-500", "Crunchy muesli 500 g", 359, "box", (0.165, 0.060, 0.245)),
    CatalogueProduct("beans-400", "Baked beans 400 g", 119, "can", (0.076, 0.076, 0.110)),
    CatalogueProduct("tuna-160", "Tuna in olive oil 160 g", 199, "can", (0.085, 0.085, 0.048)),
    CatalogueProduct("chocolate-100", "Dark chocolate 100 g", 189, "box", (0.085, 0.030, 0.165)),
    CatalogueProduct("tea-25", "Herbal tea 25 bags", 229, "box", (0.130, 0.075, 0.085)),
    CatalogueProduct("coffee-250", "Ground coffee 250 g", 449, "bag", (0.095, 0.065, 0.175)),
    CatalogueProduct("pasta-500", "Spaghetti 500 g", 149, "box", (0.090, 0.050, 0.260)),
    CatalogueProduct("rice-1000", "Basmati rice 1 kg", 299, "box", (0.120, 0.065, 0.190)),
    CatalogueProduct("shampoo-250", "Shampoo 250 ml", 279, "bottle", (0.078, 0.055, 0.195)),
    CatalogueProduct("detergent-1000", "Detergent 1 l", 399, "bottle", (0.130, 0.085, 0.265)),
    CatalogueProduct("biscuits-200", "Butter biscuits 200 g", 179, "box", (0.200, 0.060, 0.080)),
)


@dataclass(frozen=True)
class Assortment:
    """What one store sells; a `product_index` is a row of it.

    Attributes:
        products: In the order of the store's product list.
    """

    products: tuple[CatalogueProduct, ...]

    def __len__(self) -> int:
        """How many products."""
        return len(self.products)

    def __getitem__(self, product_index: int) -> CatalogueProduct:
        """The product of an index."""
        return self.products[product_index]

    def unit_mesh(self, product_index: int) -> Mesh:
        """Return one unit of a product, standing on z = 0 around the origin; kept once built."""
        meshes = self._meshes
        if product_index not in meshes:
            meshes[product_index] = _unit_mesh(self.products[product_index], product_index)
        return meshes[product_index]

    @cached_property
    def _meshes(self) -> dict[int, Mesh]:
        return {}


def _unit_mesh(product: CatalogueProduct, product_index: int) -> Mesh:
    width, depth, height = product.size_m
    front, side = Panel.front(product_index), Panel.side(product_index)
    top = Panel.top(product_index)
    if product.shape in ("box", "carton"):
        return _box(product_index, product.size_m, has_gable=product.shape == "carton")
    if product.shape == "bag":
        return _pillow(product_index, product.size_m)
    if product.shape == "can":
        profile = [
            (0.48, 0.0, front),
            (0.5, 0.04, front),
            (0.5, 0.96, None),
            (0.46, 1.0, top),
            (0.0, 0.985, None),
        ]
    else:
        profile = [
            (0.47, 0.0, side),
            (0.5, 0.15, front),
            (0.5, 0.62, side),
            (0.43, 0.74, side),
            (0.2, 0.88, top),
            (0.2, 1.0, top),
            (0.0, 1.0, None),
        ]
    return _turned([(radius, level * height, panel) for radius, level, panel in profile], width, depth)


def _box(product_index: int, size_m: tuple[float, float, float], *, has_gable: bool) -> Mesh:
    """Six printed sides; a gable closes drink cartons."""
    width, depth, height = size_m
    x, y = width / 2, depth / 2
    body = height * (0.84 if has_gable else 1.0)
    front, side, top = Panel.front(product_index), Panel.side(product_index), Panel.top(product_index)
    square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]

    def face(
        corners: list[tuple[float, float, float]], normal: tuple[float, float, float], panel: int
    ) -> Mesh:
        uv = [panel_uv(panel, u, v) for u, v in square]
        return quad(corners, normal, Material.PRINTED, texture=np.column_stack([uv, np.zeros(4)]))

    sides = [
        face([(-x, -y, 0), (x, -y, 0), (x, -y, body), (-x, -y, body)], (0, -1, 0), front),
        face([(x, y, 0), (-x, y, 0), (-x, y, body), (x, y, body)], (0, 1, 0), front),
        face([(x, -y, 0), (x, y, 0), (x, y, body), (x, -y, body)], (1, 0, 0), side),
        face([(-x, y, 0), (-x, -y, 0), (-x, -y, body), (-x, y, body)], (-1, 0, 0), side),
    ]
    if not has_gable:
        sides.append(face([(-x, -y, body), (x, -y, body), (x, y, body), (-x, y, body)], (0, 0, 1), top))
        return joined(sides)
    ridge = 0.12 * y
    slope = (height - body, y - ridge)
    scale = float(np.hypot(*slope))
    up, out = slope[1] / scale, slope[0] / scale
    sides += [
        face([(-x, -y, body), (x, -y, body), (x, -ridge, height), (-x, -ridge, height)], (0, -out, up), top),
        face([(x, y, body), (-x, y, body), (-x, ridge, height), (x, ridge, height)], (0, out, up), top),
        face(
            [(-x, -ridge, height), (x, -ridge, height), (x, ridge, height), (-x, ridge, height)],
            (0, 0, 1),
            top,
        ),
    ]
    for sign in (-1.0, 1.0):
        corners = [
            (sign * x, -y, body),
            (sign * x, y, body),
            (sign * x, ridge, height),
            (sign * x, -ridge, height),
        ]
        sides.append(face(corners, (sign, 0, 0), side))
    return joined(sides)


def _turned(profile: list[tuple[float, float, int | None]], width: float, depth: float) -> Mesh:
    """Turn a profile of (radius share, height, panel from here upwards) about z; elliptical."""
    rings = []
    angle = 2 * np.pi * np.arange(AROUND + 1) / AROUND
    # The front panel is mirrored to the back: u runs 0..1 over the front half and back again. The middle of
    # the front looks to -y.
    u = np.abs(((angle / np.pi + 1.0) % 2.0) - 1.0)
    for (radius, low, panel), (next_radius, high, _) in pairwise(profile):
        shown = panel if panel is not None else Panel.METAL
        slope = np.array([high - low, (radius - next_radius) * width])
        outward, upward = slope / max(float(np.linalg.norm(slope)), 1e-9)
        ring, normals, texture = [], [], []
        for share, level, v in ((radius, low, 0.0), (next_radius, high, 1.0)):
            ring.append(
                np.column_stack(
                    [np.cos(angle) * share * width, np.sin(angle) * share * depth, np.full_like(angle, level)]
                )
            )
            normals.append(
                np.column_stack(
                    [np.cos(angle) * outward, np.sin(angle) * outward, np.full_like(angle, upward)]
                )
            )
            uv = [panel_uv(shown, float(one), v) for one in u]
            texture.append(np.column_stack([uv, np.zeros(len(u))]))
        step = np.arange(AROUND)
        above = AROUND + 1
        faces = np.concatenate(
            [
                np.stack([step, step + 1, step + 1 + above], 1),
                np.stack([step, step + 1 + above, step + above], 1),
            ]
        )
        rings.append(
            single_material_mesh(
                np.concatenate(ring),
                np.concatenate(normals),
                faces,
                Material.PRINTED,
                texture=np.concatenate(texture),
            )
        )
    return joined(rings)


def _pillow(product_index: int, size_m: tuple[float, float, float]) -> Mesh:
    """Two bulging sheets, sealed around."""
    width, depth, height = size_m
    across, up = np.meshgrid(np.linspace(0, 1, BAG_GRID), np.linspace(0, 1, BAG_GRID))
    u, v = across.ravel(), up.ravel()
    bulge = np.sqrt(np.clip(np.sin(np.pi * u) * np.sin(np.pi * v), 0, None))
    corner = (np.arange(BAG_GRID - 1)[:, None] * BAG_GRID + np.arange(BAG_GRID - 1)).ravel()
    faces = np.concatenate(
        [
            np.stack([corner, corner + 1, corner + BAG_GRID + 1], 1),
            np.stack([corner, corner + BAG_GRID + 1, corner + BAG_GRID], 1),
        ]
    )
    uv = np.array(
        [panel_uv(Panel.front(product_index), float(a), float(b)) for a, b in zip(u, v, strict=True)]
    )
    sheets = []
    for facing in (1.0, -1.0):
        vertices = np.column_stack(
            [(u - 0.5) * width * (1 - 0.06 * bulge) * facing, -facing * depth / 2 * bulge, v * height]
        )
        normals: FloatArray = np.column_stack(
            [0.7 * (u - 0.5) * facing, np.full_like(u, -facing), 0.7 * (v - 0.5)]
        )
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        sheets.append(
            single_material_mesh(
                vertices, normals, faces, Material.PRINTED, texture=np.column_stack([uv, np.zeros(len(uv))])
            )
        )
    return joined(sheets)
