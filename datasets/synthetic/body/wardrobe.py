"""What can be worn, as plain values: garments, cloth, hair, headwear, bags.

`outfits` draws them, `dressing` cuts them out of the body's helper surfaces.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
import numpy.typing as npt

Rgb = tuple[float, float, float]


def as_rgb(values: npt.NDArray[np.float64]) -> Rgb:
    """Return three albedos `(3,)` as a colour; nothing reflects all light or none."""
    red, green, blue = (float(value) for value in np.clip(values, 0.008, 0.75))
    return red, green, blue


def shaded(colour: Rgb, factor: float) -> Rgb:
    """Return a colour made lighter or darker."""
    return as_rgb(np.array(colour) * factor)


class Cut(StrEnum):
    """The garment that a person's looks are named after."""

    T_SHIRT = "t-shirt"
    SHIRT = "shirt"
    HOODIE = "hoodie"
    SWEATER = "sweater"
    JACKET = "jacket"
    LONG_COAT = "long-coat"
    PUFFER = "puffer"
    CARDIGAN = "cardigan"
    DRESS = "dress"
    SKIRT = "skirt"
    SHORTS = "shorts"
    WIDE_TROUSERS = "wide-trousers"
    TUNIC = "tunic"
    LONG_WRAP = "long-wrap"
    TRACKSUIT = "tracksuit"
    APRON = "apron"
    VEST = "vest"


class Hair(StrEnum):
    """Hair style."""

    BALD = "bald"
    CROPPED = "cropped"
    SHORT = "short"
    CURLY = "curly"
    BOB = "bob"
    LONG = "long"
    PONYTAIL = "ponytail"
    BUN = "bun"


class Headwear(StrEnum):
    """What is on the head."""

    NONE = "none"
    HAT = "hat"
    CAP = "cap"
    BEANIE = "beanie"
    HEADSCARF = "headscarf"
    HOOD = "hood"


class Bag(IntEnum):
    """What a person carries; every shopper has a place to stow what they take."""

    SHOULDER_TOTE = 0
    HAND_TOTE = 1
    BACKPACK = 2
    POCKETS = 3


class Pushed(IntEnum):
    """What a person moves along with."""

    NOTHING = 0
    TROLLEY = 1
    PRAM = 2
    WHEELCHAIR = 3


class Print(IntEnum):
    """Pattern of a cloth; values are known to `picture.surface`."""

    PLAIN = 0
    HOOPS = 1
    STRIPES = 2
    CHECKS = 3
    CHEST_PRINT = 4
    COLOUR_BLOCK = 5
    DOTS = 6
    PLAID = 7
    KNIT = 8
    DENIM = 9
    QUILTED = 10
    FLORAL = 11


class Collar(IntEnum):
    """What a top has around the neck."""

    CREW = 0
    SHIRT = 1
    STAND = 2
    HOOD = 3
    SCARF = 4
    V_NECK = 5


@dataclass(frozen=True, slots=True)
class Cloth:
    """Colour and pattern of a fabric; colours are linear RGB albedos.

    Attributes:
        colour: Of the fabric.
        pattern: What is printed, woven or sewn.
        print_colour: Of the pattern.
        repeats_per_m: Of the pattern.
    """

    colour: Rgb
    pattern: Print = Print.PLAIN
    print_colour: Rgb = (0.5, 0.5, 0.5)
    repeats_per_m: float = 10.0


@dataclass(frozen=True, slots=True)
class Layer:
    """One garment over the trunk and arms.

    Attributes:
        cloth: What it is made of.
        trim: Colour of collar, cuffs, hem band and front edge.
        sleeve: Part of the arm that it covers, 0 shoulder to 1 wrist; negative for none.
        hem_below_hip_m: How far it hangs below the hip joints.
        looseness_m: Distance of cloth to skin.
        flare_m: Further distance at the hem.
        collar: Around the neck.
        opening_m: Half the width of the gap at the front, at the hem; 0 for closed.
        has_placket: Shows a row of buttons or a zip at the front.
        has_bands: Sleeves and hem end in a band.
    """

    cloth: Cloth
    trim: Rgb
    sleeve: float
    hem_below_hip_m: float
    looseness_m: float
    flare_m: float = 0.0
    collar: Collar = Collar.CREW
    opening_m: float = 0.0
    has_placket: bool = False
    has_bands: bool = False


@dataclass(frozen=True, slots=True)
class Legwear:
    """Trousers or shorts.

    Attributes:
        cloth: What they are made of.
        end_above_ankle_m: Where they end.
        looseness_m: Distance of cloth to skin at the thigh.
        flare_m: Further distance at the ankle.
        stripe: Colour of a stripe along the side, if any.
    """

    cloth: Cloth
    end_above_ankle_m: float
    looseness_m: float
    flare_m: float = 0.0
    stripe: Rgb | None = None


@dataclass(frozen=True, slots=True)
class Outfit:
    """One person's looks.

    Attributes:
        cut: What the outfit is named after.
        skin: Albedo of the skin.
        layers: From the skin outwards, at least one.
        legs: None under a skirt, with bare legs or tights.
        skirt: Cloth of a skirt, dress or coat tails; None for none.
        skirt_end_above_ankle_m: Where the skirt ends.
        skirt_opening_m: Half the width of the gap in coat tails; 0 for closed.
        sash: Colour of a wrap's loose end over the shoulder, if any.
        apron: Colour of an apron's front, if any.
        tights: Colour of stockings, if any.
        shoes: Colour of the shoes.
        soles: Colour of their soles.
        hair: Style.
        hair_colour: Albedo.
        beard: 0 none, up to 1 full.
        headwear: On the head.
        headwear_colour: Albedo.
        mask: Colour of a face mask, if any.
        glasses: Colour of the frame, if any.
        bag: What is carried.
        bag_colour: Albedo.
        bag_size: Scale of the bag.
        badge: Whether a name badge is worn.
    """

    cut: Cut
    skin: Rgb
    layers: tuple[Layer, ...]
    legs: Legwear | None
    skirt: Cloth | None
    skirt_end_above_ankle_m: float
    skirt_opening_m: float
    sash: Rgb | None
    apron: Rgb | None
    tights: Rgb | None
    shoes: Rgb
    soles: Rgb
    hair: Hair
    hair_colour: Rgb
    beard: float
    headwear: Headwear
    headwear_colour: Rgb
    mask: Rgb | None
    glasses: Rgb | None
    bag: Bag
    bag_colour: Rgb
    bag_size: float
    badge: bool
