"""Pictures on packages: heaps, slices, landscapes and waves, arranged as food photographers do."""

import cv2
import numpy as np

from datasets.synthetic.goods.canvas import Picture, blend, cloud, gradient, plain, shaded
from datasets.synthetic.goods.designs import hsv, mixed
from datasets.synthetic.goods.flavours import Motif, Rgb
from datasets.synthetic.goods.solids import COLUMNS, Solid, paint_solids
from datasets.synthetic.scene import Float32Array

# Solid, radius as a share of the shorter side, its ratio across, how many, spread of the heap, gloss.
_HEAPS: dict[Motif, tuple[tuple[Solid, float, float, int, float, float], ...]] = {
    Motif.FRUIT: ((Solid.LEAF, 0.20, 0.42, 3, 0.20, 0.1), (Solid.BALL, 0.25, 0.95, 5, 0.24, 0.45)),
    Motif.BERRIES: ((Solid.LEAF, 0.13, 0.5, 3, 0.24, 0.1), (Solid.SEEDED, 0.115, 0.95, 24, 0.24, 0.5)),
    Motif.CITRUS: ((Solid.LEAF, 0.17, 0.45, 3, 0.22, 0.1), (Solid.SLICE, 0.27, 0.95, 5, 0.25, 0.15)),
    Motif.NUTS: ((Solid.NUT, 0.115, 0.68, 34, 0.27, 0.15),),
    Motif.FLAKES: ((Solid.FLAKE, 0.125, 0.8, 46, 0.29, 0.06),),
    Motif.LOOPS: ((Solid.LOOP, 0.12, 0.92, 38, 0.28, 0.1),),
    Motif.BEANS: ((Solid.BEAN, 0.095, 0.7, 60, 0.30, 0.3),),
    Motif.LEAVES: ((Solid.LEAF, 0.24, 0.42, 18, 0.24, 0.12),),
    Motif.BISCUITS: ((Solid.BISCUIT, 0.24, 0.97, 7, 0.25, 0.04),),
    Motif.BLOCKS: ((Solid.BLOCK, 0.15, 0.75, 16, 0.25, 0.22),),
    Motif.STRANDS: ((Solid.STRAND, 0.75, 0.028, 70, 0.22, 0.12),),
    Motif.GRAINS: ((Solid.BALL, 0.034, 0.42, 300, 0.28, 0.12),),
    Motif.CRISPS: ((Solid.CRISP, 0.21, 0.78, 16, 0.26, 0.12),),
    Motif.BUBBLES: ((Solid.BUBBLE, 0.075, 1.0, 46, 0.36, 0.9),),
    Motif.CREAM: ((Solid.SWIRL, 0.40, 0.62, 4, 0.16, 0.25),),
    Motif.FIELD: (),
    Motif.BLOSSOM: (),
    Motif.BOWL: (),
}
_LEAF_GREEN = (0.33, 0.50, 0.20)


def photograph(
    rng: np.random.Generator, height: int, width: int, motif: Motif, colour: Rgb, backdrop: Rgb | None
) -> Picture:
    """Take one picture `(height, width, 3)`.

    Args:
        rng: Draws the arrangement; its use does not depend on the size.
        height: Pixels.
        width: Pixels.
        motif: What is shown.
        colour: sRGB of what is shown.
        backdrop: Behind it; None to draw one.
    """
    picture = (
        _landscape(rng, height, width, colour)
        if motif is Motif.FIELD
        else _backdrop(rng, height, width, backdrop)
    )
    if motif is Motif.BUBBLES:
        gradient(picture, mixed(colour, (1, 1, 1), 0.25), mixed(colour, (0, 0, 0), 0.35))
        shaded(picture, 1 + 0.12 * cloud(rng, height, width, (2, 2)))
    if motif is Motif.BLOSSOM:
        solids = _blossoms(rng, colour)
    elif motif is Motif.BOWL:
        solids = _bowl(rng, colour)
    else:
        solids = _heap(rng, motif, colour)
    shorter = float(min(height, width))
    solids[:, 1] = 0.5 * width + (solids[:, 1]) * max(shorter, 0.8 * width)
    solids[:, 2] = 0.5 * height + (solids[:, 2]) * max(shorter, 0.8 * height)
    solids[:, 3:5] *= shorter
    paint_solids(picture, solids)
    return _developed(rng, picture)


def _heap(rng: np.random.Generator, motif: Motif, colour: Rgb) -> Float32Array:
    """Solids with places and radii as shares of the shorter side, from the middle; back ones first."""
    groups = []
    for solid, radius, ratio, number, spread, gloss in _HEAPS[motif]:
        rows = np.empty((number, COLUMNS), dtype=np.float32)
        size = radius * rng.uniform(0.82, 1.15, number)
        rows[:, 0] = solid
        rows[:, 1] = np.clip(rng.normal(0, spread, number), -0.55, 0.55)
        rows[:, 2] = np.clip(rng.normal(0.06, 0.75 * spread, number), -0.5, 0.55)
        rows[:, 3], rows[:, 4] = size, size * ratio * rng.uniform(0.88, 1.08, number)
        rows[:, 5] = rng.uniform(0, 2 * np.pi, number)
        base = _LEAF_GREEN if solid is Solid.LEAF and motif is not Motif.LEAVES else colour
        rows[:, 6:9] = np.clip(
            np.asarray(base) * rng.normal(1, 0.07, (number, 1)) + rng.normal(0, 0.025, (number, 3)), 0, 1
        )
        rows[:, 9], rows[:, 10] = gloss, rng.uniform(0, 6, number)
        groups.append(rows[np.argsort(rows[:, 2], kind="stable")])
    return np.concatenate(groups) if groups else np.empty((0, COLUMNS), dtype=np.float32)


def _blossoms(rng: np.random.Generator, colour: Rgb) -> Float32Array:
    rows = []
    for _ in range(7):
        x, y = rng.normal(0, 0.24), rng.normal(0.05, 0.2)
        size, petals, start = rng.uniform(0.11, 0.19), int(rng.integers(5, 9)), rng.uniform(0, 1)
        for stem in (0.6, 2.2):
            rows.append([Solid.LEAF, x, y + size, size, 0.4 * size, stem, *_LEAF_GREEN, 0.1, 0])
        for petal in range(petals):
            angle = 2 * np.pi * petal / petals + start
            tone = rng.normal(1, 0.06)
            rows.append(
                [
                    Solid.PETAL,
                    x + 0.55 * size * np.cos(angle),
                    y + 0.55 * size * np.sin(angle),
                    0.55 * size,
                    0.34 * size,
                    angle,
                    *np.clip(np.asarray(colour) * tone, 0, 1),
                    0.06,
                    petal,
                ]
            )
        rows.append([Solid.SEEDED, x, y, 0.24 * size, 0.24 * size, 0, 0.86, 0.68, 0.22, 0.1, 1])
    return np.array(rows, dtype=np.float32)


def _bowl(rng: np.random.Generator, colour: Rgb) -> Float32Array:
    dish = mixed(
        hsv(float(rng.choice([0.08, 0.55, 0.6])), float(rng.uniform(0.02, 0.35)), 0.9), (1, 1, 1), 0.2
    )
    rows: list[list[float]] = [
        [Solid.BALL, 0, 0.10, 0.43, 0.36, 0, *dish, 0.3, 0],
        [Solid.LOOP, 0, 0.04, 0.44, 0.33, 0, *dish, 0.2, 0],
        [Solid.SWIRL, 0, 0.04, 0.36, 0.26, 0, *colour, 0.25, 0],
    ]
    for _ in range(9):
        x, y = rng.normal(0, 0.12), 0.04 + rng.normal(0, 0.08)
        solid, tone = (
            (Solid.LEAF, _LEAF_GREEN) if rng.random() < 0.5 else (Solid.BALL, mixed(colour, (1, 1, 1), 0.4))
        )
        rows.append([solid, x, y, 0.06, 0.035, rng.uniform(0, 6), *tone, 0.2, 1])
    return np.array(rows, dtype=np.float32)


def _backdrop(rng: np.random.Generator, height: int, width: int, rgb: Rgb | None) -> Picture:
    """A blurred background: given, or wood, slate, cloth or lights out of focus."""
    kind = int(rng.integers(4))
    if rgb is not None:
        picture = plain(height, width, rgb)
        shaded(picture, 1 + 0.05 * cloud(rng, height, width, (2, 2)))
        return picture
    if kind == 0:
        wood: Rgb = mixed((0.55, 0.36, 0.20), (0.85, 0.72, 0.55), float(rng.random()))
        picture = plain(height, width, wood)
        shaded(picture, 1 + 0.16 * cloud(rng, height, width, (2, 26)))
        seam = np.abs((np.arange(height) / height * 4) % 1 - 0.5) > 0.485
        picture[seam] *= 0.6
        return picture
    if kind == 1:
        picture = plain(height, width, (0.20, 0.21, 0.23))
        shaded(picture, 1 + 0.25 * cloud(rng, height, width, (5, 5), 4))
        return picture
    if kind == 2:
        picture = plain(height, width, (0.88, 0.86, 0.81))
        shaded(picture, 1 + 0.09 * cloud(rng, height, width, (4, 3), 2))
        return picture
    picture = plain(height, width, (0.0, 0.0, 0.0))
    hue = float(rng.random())
    gradient(picture, hsv(hue, 0.25, 0.75), hsv(hue + 0.08, 0.45, 0.35))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    for _ in range(12):
        cx, cy, radius = rng.uniform(0, width), rng.uniform(0, 0.7 * height), rng.uniform(0.03, 0.10) * width
        disc = np.clip((radius - np.hypot(x - cx, y - cy)) / (0.3 * radius) + 0.5, 0, 1)
        blend(picture, 0.3 * disc, hsv(hue + float(rng.normal(0, 0.08)), 0.3, 0.98))
    return picture


def _landscape(rng: np.random.Generator, height: int, width: int, colour: Rgb) -> Picture:
    """Sky, hills and a meadow, or a lake in the colour that is asked for."""
    picture = plain(height, width, (0, 0, 0))
    gradient(picture, (0.45, 0.65, 0.86), (0.90, 0.93, 0.95))
    clouds = np.clip(cloud(rng, height, width, (3, 5), 4) * 1.4 - 0.2, 0, 1)
    blend(picture, 0.8 * clouds, (1, 1, 1))
    x = np.linspace(0, 1, width, dtype=np.float32)
    rows = np.arange(height, dtype=np.float32)[:, None] / height
    for level, tone in ((0.42, 0.55), (0.55, 0.3), (0.68, 0.0)):
        bumps = sum(
            rng.uniform(0.01, 0.07) * np.sin(2 * np.pi * wave * x + rng.uniform(0, 6))
            for wave in (0.7, 1.6, 3.1)
        )
        hill = np.clip((rows - level - bumps[None]) * height * 0.5 + 0.5, 0, 1)
        near = mixed(mixed((0.28, 0.45, 0.18), colour, 0.35), (0.62, 0.72, 0.80), tone)
        ground = plain(height, width, near)
        shaded(ground, 1 + 0.22 * cloud(rng, height, width, (9, 22), 3))
        blend(picture, hill.astype(np.float32), ground)
    return picture


def _developed(rng: np.random.Generator, picture: Picture) -> Picture:
    """Vignette, a slightly soft lens and grain."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    shaded(picture, 1.04 - 0.16 * (x * x + y * y))
    grain = rng.normal(0, 0.02, (64, 64)).astype(np.float32)
    picture += np.tile(grain, (height // 64 + 1, width // 64 + 1))[:height, :width, None]
    return np.clip(cv2.GaussianBlur(picture, (0, 0), 0.5), 0, 1)
