"""Colours of clothes, linear RGB albedos."""

import colorsys

import numpy as np

from datasets.synthetic.body.wardrobe import Rgb, as_rgb

TROUSERS: tuple[Rgb, ...] = (
    (0.02, 0.025, 0.05),
    (0.013, 0.013, 0.014),
    (0.25, 0.21, 0.15),
    (0.10, 0.10, 0.105),
    (0.07, 0.06, 0.035),
    (0.05, 0.03, 0.02),
)
DENIMS: tuple[Rgb, ...] = ((0.025, 0.04, 0.09), (0.05, 0.085, 0.17), (0.10, 0.16, 0.27), (0.018, 0.02, 0.03))
SHOES: tuple[Rgb, ...] = (
    (0.02, 0.02, 0.02),
    (0.6, 0.6, 0.6),
    (0.13, 0.07, 0.035),
    (0.3, 0.05, 0.05),
    (0.03, 0.05, 0.12),
)
MASKS: tuple[Rgb, ...] = ((0.7, 0.72, 0.74), (0.35, 0.55, 0.68), (0.02, 0.02, 0.02))
_NEUTRALS = (0.015, 0.03, 0.06, 0.16, 0.45, 0.66)
# Hues from and to with the greatest saturation: blues, reds and pinks, browns, greens, any.
_HUES = (
    ((0.54, 0.68), 0.8),
    ((0.92, 1.03), 0.75),
    ((0.05, 0.13), 0.65),
    ((0.22, 0.46), 0.5),
    ((0.0, 1.0), 0.7),
)
_HUE_SHARES = (0.36, 0.2, 0.2, 0.12, 0.12)


def cloth_colour(rng: np.random.Generator) -> Rgb:
    """Draw a colour as wardrobes hold them: nearly half whites, greys, navies and blacks, few that shout."""
    chance = rng.random()
    if chance < 0.35:
        grey = _NEUTRALS[int(rng.integers(len(_NEUTRALS)))]
        return as_rgb(np.full(3, grey) * rng.uniform(0.92, 1.08, 3))
    if chance < 0.45:
        return as_rgb(np.array([0.02, 0.03, 0.075]) * rng.uniform(0.7, 1.8))
    hue, saturation = _HUES[int(rng.choice(len(_HUES), p=_HUE_SHARES))]
    display = colorsys.hsv_to_rgb(
        rng.uniform(*hue) % 1.0, rng.uniform(0.12, 1.0) * saturation, rng.uniform(0.22, 0.75)
    )
    return as_rgb(np.array(display) ** 2.1)


def print_colour(rng: np.random.Generator, ground: Rgb) -> Rgb:
    """Draw the colour of a print; most are kin to the cloth they are on."""
    own = rng.uniform(0.1, 0.65)
    return as_rgb(own * np.array(ground) + (1 - own) * np.array(cloth_colour(rng)))


def varied(rng: np.random.Generator, choices: tuple[Rgb, ...]) -> Rgb:
    """Draw one of some colours, lighter or darker."""
    return as_rgb(np.array(choices[int(rng.integers(len(choices)))]) * rng.uniform(0.7, 1.5))
