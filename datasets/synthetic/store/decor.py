"""Surfaces and lamps of one store, drawn from its decor seed and kind of place."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from datasets.synthetic.store.layout_types import Rgb, Theme

# Linear RGB albedos of things found in shops, by eye.
FLOOR_COLOURS: tuple[Rgb, ...] = (
    (0.42, 0.40, 0.37),
    (0.28, 0.29, 0.31),
    (0.50, 0.45, 0.36),
    (0.34, 0.24, 0.16),
    (0.48, 0.48, 0.46),
    (0.16, 0.17, 0.18),
    (0.45, 0.33, 0.24),
)
WOOD_COLOURS: tuple[Rgb, ...] = (
    (0.38, 0.24, 0.13),
    (0.24, 0.14, 0.07),
    (0.52, 0.38, 0.23),
    (0.16, 0.10, 0.06),
    (0.44, 0.36, 0.27),
)
WALL_COLOURS: tuple[Rgb, ...] = (
    (0.62, 0.61, 0.57),
    (0.66, 0.62, 0.52),
    (0.48, 0.54, 0.56),
    (0.58, 0.64, 0.52),
    (0.70, 0.70, 0.70),
    (0.38, 0.38, 0.40),
)
# Loud ones, for stadiums and the accents of others.
TEAM_COLOURS: tuple[Rgb, ...] = (
    (0.50, 0.04, 0.04),
    (0.03, 0.10, 0.38),
    (0.03, 0.26, 0.10),
    (0.62, 0.36, 0.03),
    (0.05, 0.05, 0.06),
    (0.28, 0.04, 0.28),
)
STEEL_COLOURS: tuple[Rgb, ...] = (
    (0.60, 0.60, 0.59),
    (0.55, 0.56, 0.58),
    (0.10, 0.10, 0.11),
    (0.32, 0.22, 0.13),
)
DOOR_COLOURS: tuple[Rgb, ...] = (
    (0.10, 0.10, 0.11),
    (0.45, 0.46, 0.47),
    (0.70, 0.70, 0.69),
    (0.30, 0.05, 0.05),
)
RAIL_COLOURS: tuple[Rgb, ...] = (
    (0.75, 0.73, 0.66),
    (0.60, 0.08, 0.06),
    (0.08, 0.25, 0.10),
    (0.10, 0.15, 0.40),
)


class FloorKind(StrEnum):
    """What the floor is made of."""

    TILES = "tiles"
    PLANKS = "planks"


class CeilingKind(StrEnum):
    """What one sees when one looks up."""

    TILES = "tiles"
    PLASTER = "plaster"
    OPEN = "open"


_FLOOR_SHARE = {Theme.OFFICE: 0.55, Theme.GROCERY: 0.15, Theme.BAKERY: 0.5, Theme.STADIUM: 0.05}
_WALL_TILE_SHARE = {Theme.OFFICE: 0.0, Theme.GROCERY: 0.1, Theme.BAKERY: 0.6, Theme.STADIUM: 0.45}


@dataclass(frozen=True, slots=True)
class Decor:
    """Surfaces and lamps of one store.

    Attributes:
        tile_m: Size of a floor tile; large values make a seamless floor.
        joint_shade: Albedo of the joints relative to the tile.
        lamp_strength: Of all lamps together, relative.
        lamp_rgb: Their colour.
        wall_tiles_m: Up to which height walls are tiled.
        accent: Of headers, counters, frames.
        door_frame: Of the doors of fridges.
    """

    floor: Rgb
    tile_m: float
    joint_shade: float
    wall: Rgb
    wainscot: Rgb
    steel: Rgb
    back_panel: Rgb
    rail: Rgb
    lamp_strength: float
    lamp_rgb: Rgb
    floor_kind: FloorKind
    ceiling_kind: CeilingKind
    wood: Rgb
    wall_tiles_m: float
    accent: Rgb
    door_frame: Rgb


def draw_decor(seed: int, theme: Theme = Theme.GROCERY) -> Decor:
    """Draw the looks of a store; tiles and lamps do not depend on the theme."""
    rng = np.random.default_rng([seed, 1])
    warmth = rng.normal(0, 0.03)
    tile = float(rng.choice([0.3, 0.45, 0.6, 0.6, 50.0]))
    joint, strength = float(rng.uniform(0.5, 0.85)), float(rng.uniform(0.75, 1.3))
    is_loud = theme is Theme.STADIUM and rng.random() < 0.6
    wall = tinted(rng, TEAM_COLOURS if is_loud else WALL_COLOURS)
    steel = tinted(rng, STEEL_COLOURS)
    is_planks = rng.random() < _FLOOR_SHARE[theme]
    ceiling = rng.choice(
        [CeilingKind.TILES, CeilingKind.PLASTER, CeilingKind.OPEN],
        p=(0.2, 0.2, 0.6) if theme is Theme.STADIUM else (0.55, 0.3, 0.15),
    )
    return Decor(
        floor=tinted(rng, FLOOR_COLOURS),
        tile_m=tile,
        joint_shade=joint,
        wall=wall,
        wainscot=tinted(rng, WALL_COLOURS) if rng.random() < 0.4 else wall,
        steel=steel,
        back_panel=tinted(rng, WALL_COLOURS) if rng.random() < 0.5 else steel,
        rail=tinted(rng, RAIL_COLOURS),
        lamp_strength=strength,
        lamp_rgb=(float(1 + warmth), 1.0, float(1 - warmth)),
        floor_kind=FloorKind.PLANKS if is_planks else FloorKind.TILES,
        ceiling_kind=CeilingKind(ceiling),
        wood=tinted(rng, WOOD_COLOURS),
        wall_tiles_m=float(rng.uniform(1.2, 2.2)) if rng.random() < _WALL_TILE_SHARE[theme] else 0.0,
        accent=tinted(rng, TEAM_COLOURS),
        door_frame=tinted(rng, DOOR_COLOURS),
    )


def tinted(rng: np.random.Generator, colours: tuple[Rgb, ...]) -> Rgb:
    """Draw one of some colours, a little brighter, darker or tinted."""
    base = np.array(colours[rng.integers(len(colours))]) * rng.uniform(0.85, 1.12) * rng.normal(1, 0.03, 3)
    red, green, blue = (float(value) for value in np.clip(base, 0.02, 0.8))
    return red, green, blue


def shaded(colour: Rgb, factor: float) -> Rgb:
    """Make a colour lighter or darker."""
    red, green, blue = (part * factor for part in colour)
    return red, green, blue
