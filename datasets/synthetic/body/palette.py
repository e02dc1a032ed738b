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
_NEUTRALS = (0.018, 0.035, 0.08, 0.2, 0.5, 0.68)


def cloth_colour(rng: np.random.Generator) -> Rgb:
    """Draw a colour; mostly muted, nearly half are whites, greys, navies and blacks."""
    chance = rng.random()
    if chance < 0.35:
        grey = _NEUTRALS[int(rng.integers(len(_NEUTRALS)))]
        return as_rgb(np.full(3, grey) * rng.uniform(0.92, 1.08, 3))
    if chance < 0.45:
        return as_rgb(np.array([0.02, 0.03, 0.075]) * rng.uniform(0.7, 1.8))
    display = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.15, 0.8), rng.uniform(0.2, 0.8))
    return as_rgb(np.array(display) ** 2.0)


def varied(rng: np.random.Generator, choices: tuple[Rgb, ...]) -> Rgb:
    """Draw one of some colours, lighter or darker."""
    return as_rgb(np.array(choices[int(rng.integers(len(choices)))]) * rng.uniform(0.7, 1.5))
