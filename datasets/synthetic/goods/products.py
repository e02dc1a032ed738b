"""What the synthetic stores sell: catalogues in three pools, and what one store picks from its own."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from datasets.synthetic.goods.brands import BRANDS
from datasets.synthetic.goods.designs import PackageDesign, design_of, draw_family, ean13_of
from datasets.synthetic.goods.flavours import Flavour
from datasets.synthetic.goods.kinds import (
    KINDS,
    SHAPE_OF_FORM,
    SHAPES,
    TARE_G_PER_ML,
    Form,
    Kind,
    PackageSize,
    Shape,
)
from datasets.synthetic.goods.panels import MOST_PRODUCTS, PackagePanels, pack_packages
from datasets.synthetic.goods.shapes import faces_of, unit_mesh
from datasets.synthetic.mesh import Mesh
from datasets.synthetic.pools import Pool, pool_rng

_CATALOGUE_KEY = 0xCA7
# Three families of every shape where there is little room; the training pool has every kind of product.
_FAMILIES_PER_SHAPE = 3
_POOL_CODE = {Pool.TRAIN: 1, Pool.DEV: 2, Pool.TEST: 3}
_FAMILY_SIZES = (2, 3, 4, 5)
_FAMILY_SIZE_SHARES = (0.15, 0.35, 0.35, 0.15)


@dataclass(frozen=True, slots=True)
class CatalogueProduct:
    """One product.

    Attributes:
        product_id: SKU, unique over all pools.
        name: As on the receipt.
        price_minor: Euro cents.
        form: How the shape is built.
        size_m: Width, depth, height; it stands with its front towards -y.
        family: Products of one family are of the same brand, kind, size and weight, and look alike.
        weight_g: Gross.
        design: What is printed on it.
    """

    product_id: str
    name: str
    price_minor: int
    shape: Shape
    form: Form
    size_m: tuple[float, float, float]
    family: str
    weight_g: float
    design: PackageDesign


@dataclass(frozen=True)
class Assortment:
    """What one store sells; a `product_index` is a row of it.

    Attributes:
        products: In the order of the store's product list, at most `MOST_PRODUCTS`.
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
            product = self.products[product_index]
            meshes[product_index] = unit_mesh(
                product.form, product.size_m, self.panels[product_index], product.design.lid_rgb
            )
        return meshes[product_index]

    @cached_property
    def panels(self) -> tuple[PackagePanels, ...]:
        """Where the print of each product lies in the store's atlas."""
        return pack_packages([faces_of(product.form, product.size_m) for product in self.products])

    @cached_property
    def _meshes(self) -> dict[int, Mesh]:
        return {}


@cache
def catalogue_of(pool: Pool) -> tuple[CatalogueProduct, ...]:
    """Return everything that stores of a pool may sell, families together; no two pools share a brand."""
    rng = pool_rng(pool, _CATALOGUE_KEY)
    kinds = KINDS if pool is Pool.TRAIN else _few_kinds(rng)
    brands = [BRANDS[pool][row] for row in rng.permutation(len(BRANDS[pool]))]
    if len(kinds) > len(brands):
        raise ValueError(f"{len(kinds)} families for {len(brands)} brands of pool {pool}")
    products: list[CatalogueProduct] = []
    for kind, brand in zip(kinds, brands, strict=False):
        products += _family(rng, pool, kind, brand, first_number=len(products))
    return tuple(products)


def draw_assortment(rng: np.random.Generator, pool: Pool, count: int) -> Assortment:
    """Draw what a store sells: whole families, side by side, as many shapes as there is room for.

    Args:
        rng: Draws the families and their order.
        pool: Whose catalogue.
        count: Products wanted; the last family is cut short to meet it.

    Raises:
        ValueError: If the catalogue or the atlas has no room for so many.
    """
    catalogue = catalogue_of(pool)
    if not 0 < count <= min(MOST_PRODUCTS, len(catalogue)):
        raise ValueError(
            f"{count} products wanted, pool {pool} has {len(catalogue)}, a store {MOST_PRODUCTS}"
        )
    families = list(dict.fromkeys(product.family for product in catalogue))
    shape_of = {product.family: product.shape for product in catalogue}
    shuffled = [families[row] for row in rng.permutation(len(families))]
    by_shape = {shape: [family for family in shuffled if shape_of[family] == shape] for shape in SHAPES}
    # Every shape once before any comes twice: a small store, too, has cans and bags.
    rounds = sorted(
        shuffled, key=lambda family: (by_shape[shape_of[family]].index(family), shuffled.index(family))
    )
    chosen: list[CatalogueProduct] = []
    for family in rounds:
        chosen += [product for product in catalogue if product.family == family]
    return Assortment(tuple(chosen[:count]))


def _few_kinds(rng: np.random.Generator) -> tuple[Kind, ...]:
    kinds: list[Kind] = []
    for shape in SHAPES:
        of_shape = [kind for kind in KINDS if SHAPE_OF_FORM[kind.form] == shape]
        order = [of_shape[row] for row in rng.permutation(len(of_shape))]
        # Different forms first, so that a small pool, too, has brick cartons and gabled ones.
        firsts = [
            next(kind for kind in order if kind.form == form) for form in dict.fromkeys(k.form for k in order)
        ]
        rest = [kind for kind in order if kind not in firsts]
        kinds += [*firsts, *rest][:_FAMILIES_PER_SHAPE]
    return tuple(kinds)


def _family(
    rng: np.random.Generator, pool: Pool, kind: Kind, brand: str, first_number: int
) -> list[CatalogueProduct]:
    size = kind.sizes[int(rng.integers(len(kind.sizes)))]
    design = draw_family(rng, brand, kind, size)
    count = min(int(rng.choice(_FAMILY_SIZES, p=_FAMILY_SIZE_SHARES)), len(kind.flavours))
    rows = np.sort(rng.choice(len(kind.flavours), count, replace=False))
    price = _price_minor(rng, kind, size)
    return [
        CatalogueProduct(
            product_id=_product_id(brand, kind, flavour, size),
            name=f"{brand} {flavour.word} {kind.noun} {size.amount}",
            price_minor=price,
            shape=SHAPE_OF_FORM[kind.form],
            form=kind.form,
            size_m=size.size_m,
            family=_slug(f"{brand} {kind.noun}"),
            weight_g=_weight_g(kind, size),
            design=design_of(
                np.random.default_rng(design.seed),
                design,
                kind,
                flavour,
                ean13_of(_POOL_CODE[pool] * 10_000_000 + 7919 * (first_number + place)),
            ),
        )
        for place, flavour in enumerate(kind.flavours[int(row)] for row in rows)
    ]


def _price_minor(rng: np.random.Generator, kind: Kind, size: PackageSize) -> int:
    """Dearer by less than the amount grows; ends in 9 or 5 as prices do."""
    low, high = kind.price_minor
    scale = float((size.net / kind.sizes[0].net) ** 0.8)
    return round(float(rng.uniform(low, high)) * scale / 10) * 10 - (1 if rng.random() < 0.8 else 5)


def _weight_g(kind: Kind, size: PackageSize) -> float:
    width, depth, height = size.size_m
    filled = 0.7 if SHAPE_OF_FORM[kind.form] in ("bottle", "bag", "jar") else 0.9
    volume_ml = filled * width * depth * height * 1e6
    return round(size.net * kind.density + volume_ml * TARE_G_PER_ML[kind.form], 1)


def _product_id(brand: str, kind: Kind, flavour: Flavour, size: PackageSize) -> str:
    digits = f"{size.net:g}"
    return _slug(f"{brand} {kind.noun} {flavour.word} {digits}")


def _slug(text: str) -> str:
    return "-".join(text.lower().split())
