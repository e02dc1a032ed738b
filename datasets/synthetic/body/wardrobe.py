"""What a person wears: cuts, colours and patterns drawn at random, as plain values.

Cutting the clothes out of the body's helper surfaces is `dressing`'s job.
"""

import colorsys
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

Rgb = tuple[float, float, float]

# Linear RGB albedos, picked by eye from light to dark.
SKIN_TONES: tuple[Rgb, ...] = (
    (0.62, 0.40, 0.31),
    (0.55, 0.34, 0.25),
    (0.45, 0.27, 0.18),
    (0.27, 0.15, 0.10),
    (0.13, 0.075, 0.05),
)
HAIR_COLOURS: tuple[Rgb, ...] = (
    (0.02, 0.016, 0.014),
    (0.05, 0.03, 0.02),
    (0.12, 0.07, 0.04),
    (0.30, 0.20, 0.10),
    (0.19, 0.19, 0.19),
    (0.20, 0.06, 0.03),
)
TROUSER_COLOURS: tuple[Rgb, ...] = (
    (0.02, 0.025, 0.05),
    (0.03, 0.05, 0.12),
    (0.015, 0.015, 0.015),
    (0.25, 0.21, 0.15),
    (0.12, 0.12, 0.12),
    (0.08, 0.07, 0.04),
    (0.09, 0.14, 0.24),
)
SHOE_COLOURS: tuple[Rgb, ...] = ((0.02, 0.02, 0.02), (0.6, 0.6, 0.6), (0.15, 0.08, 0.04), (0.3, 0.05, 0.05))
NEUTRALS: tuple[float, ...] = (0.02, 0.05, 0.2, 0.55, 0.72)


class Hair(IntEnum):
    """Hair style or what covers it."""

    BALD = 0
    SHORT = 1
    MEDIUM = 2
    LONG = 3
    BUN = 4
    HAT = 5
    CAP = 6
    BEANIE = 7


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
    """Pattern of the top; values are known to `shading`."""

    PLAIN = 0
    HOOPS = 1
    STRIPES = 2
    CHECKS = 3
    CHEST_PRINT = 4
    COLOUR_BLOCK = 5
    DOTS = 6


@dataclass(frozen=True, slots=True)
class Outfit:
    """One person's looks.

    Attributes:
        sleeve: Part of the arm that the top covers, 0 shoulder to 1 wrist.
        hem_below_hip_m: How far the top hangs below the hip joints.
        leg_above_ankle_m: Where the trousers end.
        looseness_m: Distance of cloth to skin.
        repeats_per_m: Of the pattern.
        bag_size: Scale of the bag.
    """

    skin: Rgb
    hair: Hair
    hair_colour: Rgb
    hat_colour: Rgb
    top_colour: Rgb
    print_colour: Rgb
    pattern: Print
    repeats_per_m: float
    sleeve: float
    hem_below_hip_m: float
    is_coat: bool
    is_dress: bool
    trouser_colour: Rgb
    leg_above_ankle_m: float
    shoe_colour: Rgb
    looseness_m: float
    bag: Bag
    bag_colour: Rgb
    bag_size: float


def random_outfit(rng: np.random.Generator, is_male: bool) -> Outfit:
    """Draw an outfit; shares are a guess at a supermarket on a mild day."""
    styles = (
        (Hair.BALD, Hair.SHORT, Hair.SHORT, Hair.SHORT, Hair.MEDIUM, Hair.CAP, Hair.BEANIE, Hair.HAT)
        if is_male
        else (Hair.MEDIUM, Hair.LONG, Hair.LONG, Hair.LONG, Hair.BUN, Hair.BUN, Hair.HAT, Hair.BEANIE)
    )
    is_coat = bool(rng.random() < 0.25)
    is_dress = not is_male and not is_coat and bool(rng.random() < 0.3)
    tone = np.array(SKIN_TONES[rng.integers(len(SKIN_TONES))]) * rng.uniform(0.85, 1.1)
    hair = np.array(HAIR_COLOURS[rng.integers(len(HAIR_COLOURS))]) * rng.uniform(0.8, 1.2)
    trousers = np.array(TROUSER_COLOURS[rng.integers(len(TROUSER_COLOURS))]) * rng.uniform(0.7, 1.5)
    return Outfit(
        skin=_rgb(tone),
        hair=Hair(styles[rng.integers(len(styles))]),
        hair_colour=_rgb(hair),
        hat_colour=_cloth_colour(rng),
        top_colour=_cloth_colour(rng),
        print_colour=_cloth_colour(rng),
        pattern=Print(rng.choice([0, 0, 0, 0, 1, 2, 3, 4, 5, 6])),
        repeats_per_m=float(rng.uniform(6, 22)),
        sleeve=0.96 if is_coat else float(rng.choice([0.30, 0.36, 0.5, 0.93, 0.95, 0.97])),
        hem_below_hip_m=float(rng.uniform(0.22, 0.45) if is_coat else rng.choice([0.02, 0.06, 0.12, 0.18])),
        is_coat=is_coat,
        is_dress=is_dress,
        trouser_colour=_rgb(trousers),
        leg_above_ankle_m=float(rng.uniform(0.02, 0.05) if rng.random() < 0.8 else rng.uniform(0.30, 0.48)),
        shoe_colour=SHOE_COLOURS[rng.integers(len(SHOE_COLOURS))],
        looseness_m=float(rng.uniform(0.010, 0.024)),
        bag=Bag(rng.choice([Bag.SHOULDER_TOTE] * 4 + [Bag.HAND_TOTE] * 2 + [Bag.BACKPACK, Bag.POCKETS])),
        bag_colour=_cloth_colour(rng),
        bag_size=float(rng.uniform(0.85, 1.15)),
    )


def _cloth_colour(rng: np.random.Generator) -> Rgb:
    """Mostly muted colours; a third are whites, greys and blacks."""
    if rng.random() < 0.35:
        grey = NEUTRALS[rng.integers(len(NEUTRALS))]
        return _rgb(np.full(3, grey) * rng.uniform(0.93, 1.07, 3))
    display = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.1, 0.75), rng.uniform(0.2, 0.8))
    return _rgb(np.array(display) ** 1.9)


def _rgb(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Rgb:
    red, green, blue = (float(value) for value in np.clip(values, 0.01, 0.8))
    return red, green, blue
