"""Families of package designs, drawn by seed: what one brand's products share and what tells them apart."""

import colorsys
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from datasets.synthetic.goods.flavours import Flavour, Rgb
from datasets.synthetic.goods.kinds import Kind, PackageSize

# Hues of brands as they are on shelves: reds, greens and blues are many, violets few.
_BRAND_HUES = (0.0, 0.015, 0.04, 0.09, 0.13, 0.22, 0.31, 0.37, 0.45, 0.53, 0.58, 0.61, 0.66, 0.77, 0.92)


class Ground(StrEnum):
    """What covers most of a package."""

    BRAND = "brand"
    FLAVOUR = "flavour"
    WHITE = "white"
    DARK = "dark"
    KRAFT = "kraft"
    PASTEL = "pastel"


class Composition(StrEnum):
    """How a front is laid out."""

    PHOTO = "photo"
    WAVE = "wave"
    MEDALLION = "medallion"
    BAND = "band"
    PLAIN = "plain"
    DIAGONAL = "diagonal"
    UPRIGHT = "upright"
    RETRO = "retro"


class Finish(StrEnum):
    """How the print takes the light; drawn into it, since surfaces are shaded matt."""

    MATT = "matt"
    GLOSS = "gloss"
    FOIL = "foil"


@dataclass(frozen=True, slots=True)
class FamilyDesign:
    """What the flavours of one family share.

    Attributes:
        seed: Small decisions of the layout follow from it, the same for all flavours.
        display_font: Row of `lettering.DISPLAY_FONTS`, for the brand.
        text_font: Row of `lettering.TEXT_FONTS`.
        brand_rgb: sRGB, 0 to 1, like all colours of a design.
        logo: Which plate or mark carries the brand, 0 to 5.
        claims: Printed small, the same on every flavour.
        has_seal: A round seal in a corner.
    """

    seed: int
    brand: str
    noun: str
    amount: str
    display_font: int
    text_font: int
    composition: Composition
    ground: Ground
    finish: Finish
    brand_rgb: Rgb
    accent_rgb: Rgb
    logo: int
    claims: tuple[str, ...]
    has_seal: bool


@dataclass(frozen=True, slots=True)
class PackageDesign:
    """Everything that is needed to print one product.

    Attributes:
        ean13: Article number with its check digit, from the range that stores number themselves (20-29).
        ground_rgb: Of most of the package.
        lid_rgb: Cap or lid; foil lids are printed.
        contents_rgb: What is seen through a clear package; None for opaque ones.
    """

    family: FamilyDesign
    flavour: Flavour
    ean13: str
    ground_rgb: Rgb
    lid_rgb: Rgb
    contents_rgb: Rgb | None


_CLAIMS = (
    "no added sugar",
    "made with care",
    "since 1921",
    "100 % natural",
    "new recipe",
    "rich in fibre",
    "source of protein",
    "family recipe",
    "from our region",
    "extra crunchy",
    "low fat",
    "gluten free",
    "vegan",
    "recyclable pack",
    "gently roasted",
    "without palm oil",
)


def draw_family(rng: np.random.Generator, brand: str, kind: Kind, size: PackageSize) -> FamilyDesign:
    """Draw what a brand's packages of one kind have in common."""
    hue = float(rng.choice(_BRAND_HUES)) + float(rng.normal(0, 0.012))
    is_muted = rng.random() < 0.45
    saturation = float(rng.uniform(0.22, 0.55) if is_muted else rng.uniform(0.55, 0.88))
    value = float(rng.uniform(0.32, 0.75))
    turn = float(rng.choice([0.04, -0.05, 0.1, 0.42, 0.5, 0.58]))
    grounds = list(Ground)
    return FamilyDesign(
        seed=int(rng.integers(1 << 31)),
        brand=brand,
        noun=kind.noun,
        amount=size.amount,
        display_font=int(rng.integers(12)),
        text_font=int(rng.integers(4)),
        composition=list(Composition)[int(rng.choice(8, p=[0.2, 0.17, 0.12, 0.13, 0.12, 0.09, 0.09, 0.08]))],
        ground=grounds[int(rng.choice(len(grounds), p=[0.22, 0.25, 0.2, 0.12, 0.09, 0.12]))],
        finish=list(Finish)[int(rng.choice(3, p=[0.45, 0.35, 0.2]))],
        brand_rgb=hsv(hue, saturation, value),
        accent_rgb=hsv(hue + turn, float(rng.uniform(0.3, 0.85)), float(rng.uniform(0.55, 0.95))),
        logo=int(rng.integers(6)),
        claims=tuple(str(claim) for claim in rng.choice(_CLAIMS, 3, replace=False)),
        has_seal=bool(rng.random() < 0.4),
    )


def design_of(
    rng: np.random.Generator, family: FamilyDesign, kind: Kind, flavour: Flavour, ean13: str
) -> PackageDesign:
    """Work out one flavour of a family; `rng` must be in the same state for all flavours of a family."""
    hue, saturation, value = colorsys.rgb_to_hsv(*flavour.colour)
    tint = hsv(hue, min(saturation * 0.9, 0.85), float(np.clip(value * 1.05, 0.3, 0.9)))
    ground = {
        Ground.BRAND: family.brand_rgb,
        Ground.FLAVOUR: tint,
        Ground.WHITE: hsv(float(rng.choice([0.1, 0.55])), 0.03, 0.95),
        Ground.DARK: mixed(family.brand_rgb, (0.06, 0.06, 0.07), 0.8),
        Ground.KRAFT: (0.71, 0.57, 0.42),
        Ground.PASTEL: mixed(tint, (0.97, 0.95, 0.92), 0.65),
    }[family.ground]
    lid = [(0.93, 0.93, 0.92), family.brand_rgb, tint, (0.78, 0.66, 0.36), (0.12, 0.12, 0.13)][
        int(rng.integers(5))
    ]
    return PackageDesign(family, flavour, ean13, ground, lid, flavour.colour if kind.is_clear else None)


def ean13_of(number: int) -> str:
    """Return an article number of the in-store range 20-29 with its check digit.

    Source: GS1 General Specifications, section 7.9 (check digit) and 1.4 (restricted circulation numbers).

    Raises:
        ValueError: If the number is negative or does not fit.
    """
    if not 0 <= number < 10**11:
        raise ValueError(f"article number {number} is not in 0..10**11-1")
    digits = f"2{number:011d}"
    odd, even = (sum(int(digit) for digit in digits[start::2]) for start in (0, 1))
    return digits + str(-(odd + 3 * even) % 10)


def hsv(hue: float, saturation: float, value: float) -> Rgb:
    """Return sRGB, 0 to 1; hues wrap around."""
    return colorsys.hsv_to_rgb(hue % 1.0, saturation, value)


def mixed(first: Rgb, second: Rgb, share: float) -> Rgb:
    """Return the colour that is `share` of the way from the first to the second."""
    red, green, blue = (a * (1 - share) + b * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def luma(rgb: Rgb) -> float:
    """Return how bright an sRGB colour looks, 0 to 1."""
    return 0.3 * rgb[0] + 0.59 * rgb[1] + 0.11 * rgb[2]
