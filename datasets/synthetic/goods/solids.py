"""Small solids as a food photographer arranges them: shaded, glossy, each with a shadow on what is below."""

import math
from enum import IntEnum

from datasets.synthetic.compiled import compiled
from datasets.synthetic.goods.canvas import Picture
from datasets.synthetic.scene import Float32Array


class Solid(IntEnum):
    """Reliefs over a disc."""

    BALL = 0
    NUT = 1
    FLAKE = 2
    LOOP = 3
    BEAN = 4
    LEAF = 5
    BISCUIT = 6
    BLOCK = 7
    STRAND = 8
    CRISP = 9
    BUBBLE = 10
    SLICE = 11
    PETAL = 12
    SWIRL = 13
    SEEDED = 14


# Compiled code cannot read enumerations of Python.
_BALL, _NUT, _FLAKE, _LOOP, _BEAN, _LEAF, _BISCUIT, _BLOCK, _STRAND, _CRISP = range(10)
_BUBBLE, _SLICE, _PETAL, _SWIRL, _SEEDED = range(10, 15)
COLUMNS = 11  # kind, x, y, radii along and across, angle, red, green, blue, gloss, seed
_STEP = 0.02
_LIGHT = (-0.46, -0.60, 0.655)  # from the upper left, as product photographs are lit
_SHADOW = 0.55


@compiled(fast=False)
def paint_solids(picture: Picture, solids: Float32Array) -> None:
    """Paint solids `(n, 11)` one after the other; places and radii in pixels, colours sRGB 0 to 1."""
    height, width = picture.shape[0], picture.shape[1]
    for n in range(solids.shape[0]):
        kind = int(solids[n, 0])
        cx, cy, along, across = solids[n, 1], solids[n, 2], solids[n, 3], solids[n, 4]
        cos, sin = math.cos(solids[n, 5]), math.sin(solids[n, 5])
        gloss, seed = solids[n, 9], solids[n, 10]
        reach = 1.35 * max(along, across) + 1
        for y in range(max(0, int(cy - reach)), min(height, int(cy + reach) + 2)):
            for x in range(max(0, int(cx - reach)), min(width, int(cx + reach) + 2)):
                if kind != _BUBBLE:
                    _cast_shadow(picture, x, y, cx, cy, along, across, cos, sin)
                dx, dy = x + 0.5 - cx, y + 0.5 - cy
                p, q = (dx * cos + dy * sin) / along, (-dx * sin + dy * cos) / across
                inside = _margin(kind, p, q, seed) * min(along, across)
                if inside <= 0:
                    continue
                cover = min(inside, 1.0)
                here = _relief(kind, p, q, seed)
                slope_p = (_relief(kind, p + _STEP, q, seed) - here) / _STEP
                slope_q = (_relief(kind, p, q + _STEP, seed) - here) / _STEP
                nx, ny = -(slope_p * cos - slope_q * sin), -(slope_p * sin + slope_q * cos)
                scale = 1 / math.sqrt(nx * nx + ny * ny + 1)
                toward = max((nx * _LIGHT[0] + ny * _LIGHT[1] + _LIGHT[2]) * scale, 0.0)
                light = 0.42 + 0.18 * scale + 0.62 * toward
                # Halfway between the light and the eye, which looks straight down on the picture.
                half = max((nx * -0.253 + ny * -0.33 + 0.91) * scale, 0.0)
                shine = gloss * half**40
                tone = light * _mottle(kind, p, q, seed)
                if kind == _BUBBLE:
                    rim = p * p + q * q
                    cover *= 0.12 + 0.5 * rim * rim * rim
                for channel in range(3):
                    colour = solids[n, 6 + channel]
                    if kind == _SLICE:
                        colour = _slice_colour(colour, p, q)
                    value = min(colour * tone + shine, 1.0)
                    picture[y, x, channel] += cover * (value - picture[y, x, channel])


@compiled(fast=False)
def _cast_shadow(
    picture: Picture,
    x: int,
    y: int,
    cx: float,
    cy: float,
    along: float,
    across: float,
    cos: float,
    sin: float,
) -> None:
    """Darken what lies to the lower right of a solid."""
    reach = 0.22 * min(along, across)
    dx, dy = x + 0.5 - cx - reach, y + 0.5 - cy - 1.3 * reach
    p, q = (dx * cos + dy * sin) / along, (-dx * sin + dy * cos) / across
    far = p * p + q * q
    if far < 1.5:
        factor = 1 - _SHADOW * (1 - far / 1.5)
        for channel in range(3):
            picture[y, x, channel] *= factor


@compiled(fast=False)
def _margin(kind: int, p: float, q: float, seed: float) -> float:
    """How far inside the outline a place is, in radii; negative outside."""
    far = math.sqrt(p * p + q * q)
    if kind == _BLOCK:
        return 1 - max(abs(p), abs(q))
    if kind == _STRAND:
        return 1 - max(abs(q), abs(p) * abs(p) * abs(p))
    if kind in (_LEAF, _PETAL):
        return 1 - p * p - abs(q)
    if kind == _LOOP:
        return 0.36 - abs(far - 0.64)
    if kind in (_FLAKE, _CRISP):
        angle = math.atan2(q, p)
        return 1 - 0.16 * math.sin(3 * angle + seed) - 0.09 * math.sin(7 * angle + 2 * seed) - far - 0.2
    return 1 - far


@compiled(fast=False)
def _relief(kind: int, p: float, q: float, seed: float) -> float:
    """Height over the ground, in radii."""
    far2 = min(p * p + q * q, 1.0)
    ball = math.sqrt(1.0 - min(far2, 0.995))
    if kind == _NUT:
        return ball + 0.05 * math.sin(9 * p + seed) * math.sin(7 * q + seed) + 0.03 * math.sin(23 * q + 5 * p)
    if kind == _FLAKE:
        return 0.35 * math.sin(2.3 * p + seed) * math.cos(2.9 * q + 2 * seed) + 0.05 * math.sin(
            13 * p + 9 * q
        )
    if kind == _LOOP:
        tube = (math.sqrt(far2) - 0.64) / 0.36
        return 0.36 * math.sqrt(max(1 - tube * tube, 0.02)) + 0.02 * math.sin(21 * p + seed) * math.sin(
            19 * q
        )
    if kind == _BEAN:
        groove = (q - 0.18 * math.sin(2.6 * p)) / 0.11
        return ball - 0.3 * math.exp(-groove * groove)
    if kind == _LEAF:
        vein, ribs = q / 0.05, math.sin(14 * p - 9 * abs(q))
        return 0.25 * q * q - 0.1 * math.exp(-vein * vein) + 0.018 * ribs + 0.15 * p * p
    if kind == _PETAL:
        return 0.35 * (1 - q * q) * (1 - 0.4 * p)
    if kind == _BISCUIT:
        edge = min((1 - math.sqrt(far2)) / 0.18, 1.0)
        return 0.22 * edge + 0.02 * math.sin(15 * p + seed) * math.sin(17 * q + seed)
    if kind == _BLOCK:
        return 0.35 * min((1 - max(abs(p), abs(q))) / 0.3, 1.0)
    if kind == _STRAND:
        return math.sqrt(max(1 - q * q, 0.02))
    if kind == _CRISP:
        return (
            0.4 * (p * p - 0.7 * q * q)
            + 0.03 * math.sin(17 * p + seed)
            + 0.05 * math.sin(5 * q + 3 * p + seed)
        )
    if kind == _SLICE:
        return 0.004 * math.sin(30 * p + 7) * math.sin(26 * q) - 0.05 * far2
    if kind == _SWIRL:
        turn = math.sqrt(far2) * 9 + math.atan2(q, p)
        return 0.6 * ball + 0.10 * math.sin(turn)
    if kind == _SEEDED:
        return ball + 0.035 * math.sin(15 * p + seed) * math.sin(15 * q)
    return ball


@compiled(fast=False)
def _mottle(kind: int, p: float, q: float, seed: float) -> float:
    """How much lighter or darker the surface is here."""
    if kind in (_BLOCK, _BUBBLE, _STRAND):
        return 1.0
    tone = 1 + 0.06 * math.sin(5.1 * p + seed) * math.sin(4.3 * q - seed)
    if kind == _BISCUIT:
        far = math.sqrt(p * p + q * q)
        tone *= 1.06 - 0.35 * max(far - 0.75, 0.0) / 0.25
        ring = math.sin(6 * math.atan2(q, p)) if 0.3 < far < 0.6 else 0.0
        if ring > 0.93:
            tone *= 0.6
    elif kind in (_FLAKE, _CRISP):
        tone *= 1 + 0.16 * math.sin(11 * p + 3 * seed) * math.sin(8 * q + seed)
    elif kind == _SEEDED:
        if math.sin(13 * p + seed) * math.sin(13 * q) > 0.9:
            tone *= 1.35
    elif kind == _NUT:
        tone *= 1 + 0.10 * math.sin(24 * q + 3 * p + seed)
    return tone


@compiled(fast=False)
def _slice_colour(flesh: float, p: float, q: float) -> float:
    """Peel, pith and segments of a cut citrus fruit."""
    far = math.sqrt(p * p + q * q)
    if far > 0.92:
        return flesh * 0.95
    if far > 0.83 or far < 0.07:
        return 0.6 * flesh + 0.4
    wall = abs(math.sin(5 * math.atan2(q, p)))
    if wall < 0.14 / (far + 0.25):
        return 0.65 * flesh + 0.33
    juice = 0.9 + 0.14 * math.sin(40 * far) * math.sin(23 * math.atan2(q, p))
    return min(flesh * juice * (1.1 - 0.15 * far), 1.0)
