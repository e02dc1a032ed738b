"""Lamps of a store: how many, what kind, how warm, how even; and what comes in through its windows."""

from collections.abc import Sequence

import numpy as np

from datasets.synthetic.store.layout_types import CeilingLight, Rgb, WallItem, WallItemKind, room_walls

_LAMPS_PER_20_M2 = 6.0  # of (1, 1, 1); see CeilingLight
_REFERENCE_HEIGHT_M = 2.9
_M2_PER_LAMP = 6.5
_FEWEST, _MOST = 3, 14  # every lamp costs time in every frame
# Half sizes of what hangs in ceilings: tubes, panels, long strips, downlights.
_HALF_SIZES_M = ((0.60, 0.15), (0.30, 0.30), (1.10, 0.06), (0.14, 0.14))
_OLD_TUBE, _OLD_TUBE_SHARE = 0.35, 0.05
_WARM: Rgb = (1.16, 0.98, 0.76)
_COOL: Rgb = (0.93, 1.01, 1.10)
_DAYLIGHT: Rgb = (0.90, 1.00, 1.14)


def hang_lights(
    rng: np.random.Generator, room_size_m: tuple[float, float, float], wall_items: Sequence[WallItem]
) -> tuple[CeilingLight, ...]:
    """Hang lamps in rows; each is a little weaker or stronger and warmer or cooler than the others."""
    x, y, z = room_size_m
    wanted = float(np.clip(x * y / _M2_PER_LAMP * rng.uniform(0.8, 1.25), _FEWEST, _MOST))
    columns = max(1, round(np.sqrt(wanted * x / y)))
    rows = max(1, round(wanted / columns))
    if columns * rows < _FEWEST:
        columns, rows = (2, 2) if columns == rows else (max(columns, 2), max(rows, 2))
    half = _HALF_SIZES_M[int(rng.integers(len(_HALF_SIZES_M)))]
    half = (min(half[0], x / columns / 2 - 0.05), half[1])
    half = half if rng.random() < 0.6 else (half[1], min(half[0], y / rows / 2 - 0.05))
    share = _LAMPS_PER_20_M2 * x * y / 20.0 / (columns * rows) * (z / _REFERENCE_HEIGHT_M)
    warmth, unevenness = float(rng.beta(0.8, 0.8)), float(rng.uniform(0.03, 0.25))
    shift = rng.uniform(-0.08, 0.08, 2)
    lights = []
    for row in range(rows):
        for column in range(columns):
            place = np.array([(column + 0.5 + shift[0]) / columns, (row + 0.5 + shift[1]) / rows]) * [x, y]
            cx, cy = np.clip(place, np.array(half) + 0.02, [x - half[0] - 0.02, y - half[1] - 0.02]).tolist()
            strength = share * float(np.exp(rng.normal(0, unevenness)))
            strength *= _OLD_TUBE if rng.random() < _OLD_TUBE_SHARE else 1.0
            lights.append(CeilingLight((cx, cy), half, _coloured(strength, warmth + rng.normal(0, 0.06))))
    return (*lights, *_daylight(rng, room_size_m, wall_items))


def _daylight(
    rng: np.random.Generator, room_size_m: tuple[float, float, float], wall_items: Sequence[WallItem]
) -> list[CeilingLight]:
    """Let every wall with windows shine a little from above them."""
    lights = []
    for index, wall in enumerate(room_walls(room_size_m)):
        windows = [item for item in wall_items if item.wall == index and item.kind is WallItemKind.WINDOW]
        if windows:
            low, high = min(one.along_m[0] for one in windows), max(one.along_m[1] for one in windows)
            strength = float(rng.uniform(0.25, 0.9)) * sum(one.along_m[1] - one.along_m[0] for one in windows)
            x, y, _ = wall.xyz((low + high) / 2, 0.3, 0.0)
            long = (high - low) / 2
            half = (long, 0.1) if abs(wall.along_xy[0]) > 0.5 else (0.1, long)
            red, green, blue = (strength * part for part in _DAYLIGHT)
            lights.append(CeilingLight((float(x), float(y)), half, (red, green, blue), is_daylight=True))
    return lights


def _coloured(strength: float, warmth: float) -> Rgb:
    share = float(np.clip(warmth, 0.0, 1.0))
    red, green, blue = (
        strength * (warm * share + cool * (1 - share)) for warm, cool in zip(_WARM, _COOL, strict=True)
    )
    return red, green, blue
