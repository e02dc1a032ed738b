"""Compiled light and colour: how much light reaches a point, and what colour a surface has there.

Light is an irradiance such that radiance = albedo * irradiance. A lamp is a point whose shadow edge is
blurred by the lamp's size; what lamps do not reach directly is looked up in a grid of ambient cubes.
"""

import numpy as np
import numpy.typing as npt

from datasets.synthetic.compiled import compiled
from datasets.synthetic.mesh import Int32Array
from datasets.synthetic.scene import Float32Array, FloatArray

SHADOW_BIAS = 1.02  # shadow maps are coarse: an occluder must be nearer by this factor
ROUNDS = 4  # of looks at the edge of a shadow, each turned against the one before
LIFT_M = 0.02  # points are lifted off their surface by this before they look for shadows
NEAR_SOFTENING_M2 = 0.12  # a lamp is no point: the square law levels off close to it
# A lamp at 2.5 m above and beside gives 0.06. Of one that gives less, nobody sees how soft its shadow is, and
# below the second value, whether it shines: large stores have many such.
SOFT_FROM, SHINES_FROM = 0.03, 0.006


def disc_taps(count: int, turns: int = 16) -> Float32Array:
    """Return `(turns, count, 2)` places on the unit disc, a sunflower turned in steps."""
    k = np.arange(count)
    radius = np.sqrt((k + 0.5) / count)
    angle = 2 * np.pi * np.arange(turns)[:, None] / turns + k * 2.39996
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1).astype(np.float32)


@compiled(fast=False, inline="always")
def hash_unit(x: int, y: int, z: int) -> float:
    """Map three integers to [0, 1], scrambled."""
    h = np.int64(x) * 73856093 ^ np.int64(y) * 19349663 ^ np.int64(z) * 83492791
    h = (h ^ (h >> 13)) * 1274126177
    return ((h ^ (h >> 16)) & 0xFFFF) / 65535.0


@compiled(fast=False)
def value_noise(x: float, y: float, z: float) -> float:
    """Smooth noise in [0, 1] with features of size one."""
    ix, iy, iz = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    fx, fy, fz = x - ix, y - iy, z - iz
    fx, fy, fz = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy), fz * fz * (3 - 2 * fz)
    low = (1 - fy) * ((1 - fx) * hash_unit(ix, iy, iz) + fx * hash_unit(ix + 1, iy, iz)) + fy * (
        (1 - fx) * hash_unit(ix, iy + 1, iz) + fx * hash_unit(ix + 1, iy + 1, iz)
    )
    high = (1 - fy) * ((1 - fx) * hash_unit(ix, iy, iz + 1) + fx * hash_unit(ix + 1, iy, iz + 1)) + fy * (
        (1 - fx) * hash_unit(ix, iy + 1, iz + 1) + fx * hash_unit(ix + 1, iy + 1, iz + 1)
    )
    return (1 - fz) * low + fz * high


@compiled()
def lamp_light(
    points_m: Float32Array,
    normals: Float32Array,
    lamps: FloatArray,
    maps: Float32Array,
    half_tan: float,
    taps: Float32Array,
    wrap: float,
    out: Float32Array,
) -> None:
    """Write what each lamp of unit strength gives to each point, `(n, lamps)`.

    Args:
        points_m: `(n, 3)`.
        normals: `(n, 3)`.
        lamps: `(l, 5)` centre and half sizes along x and y.
        maps: `(l, r, r)` light maps of what casts shadows; see `raster.fill_light_map`.
        half_tan: Extent of the maps.
        taps: See `disc_taps`.
        wrap: 0 for a hard terminator; light reaches round the surface by this much.
        out: `(n, l)`.
    """
    size = maps.shape[1]
    turns, count = taps.shape[0], taps.shape[1]
    scale = size / (2 * half_tan)
    for i in range(points_m.shape[0]):
        p0, p1, p2 = points_m[i, 0], points_m[i, 1], points_m[i, 2]
        n0, n1, n2 = normals[i, 0], normals[i, 1], normals[i, 2]
        for l in range(lamps.shape[0]):  # noqa: E741
            out[i, l] = 0.0
            dx, dy, dz = lamps[l, 0] - p0, lamps[l, 1] - p1, lamps[l, 2] - p2
            if dz < 0.02:
                continue
            square = dx * dx + dy * dy + dz * dz
            distance = np.sqrt(square)
            facing = ((n0 * dx + n1 * dy + n2 * dz) / distance + wrap) / (1 + wrap)
            if facing <= 0.004:
                continue
            given = facing * (dz / distance) / (square + NEAR_SOFTENING_M2)
            if given < 0.002:
                continue
            below = dz - LIFT_M * n2
            if below < 0.03:
                continue
            x = (-dx + LIFT_M * n0) / below * scale + size * 0.5
            y = (-dy + LIFT_M * n1) / below * scale + size * 0.5
            nearness = SHADOW_BIAS / below
            blur_x = (0.22 * lamps[l, 3] + 0.02) * scale / max(below, 0.3)
            blur_y = (0.22 * lamps[l, 4] + 0.02) * scale / max(below, 0.3)
            turn = int(hash_unit(i, l, 7) * (turns - 0.001))
            open_taps, taken = 0, 0
            for more in range(ROUNDS):
                row = (turn + more * turns // ROUNDS) % turns
                for k in range(count):
                    ix = int(x + taps[row, k, 0] * blur_x)
                    iy = int(y + taps[row, k, 1] * blur_y)
                    if ix < 0 or iy < 0 or ix >= size or iy >= size or maps[l, iy, ix] < nearness:
                        open_taps += 1
                taken += count
                # In full light or full shadow one look is enough; in between, few would be speckles.
                if open_taps == 0 or open_taps == taken:
                    break
            out[i, l] = given * open_taps / taken


@compiled()
def moving_shadow(
    points_m: Float32Array,
    normals: Float32Array,
    share: Float32Array,
    lamps: FloatArray,
    maps: Float32Array,
    occupied: npt.NDArray[np.uint8],
    half_tan: float,
    taps: Float32Array,
    occluders: FloatArray,
    out: Float32Array,
) -> None:
    """Write the factor `(n,)` by which movers darken static points.

    `share` `(n, l)` is each lamp's part of a point's light; `occupied` `(l, q, q)` marks tiles of the maps
    near which something moves, so that most points are done at once; `occluders` `(k, 4)` are spheres that
    block ambient light.
    """
    size = maps.shape[1]
    tile = size // occupied.shape[1]
    turns, count = taps.shape[0], taps.shape[1]
    scale = size / (2 * half_tan)
    for i in range(points_m.shape[0]):
        p0, p1, p2 = points_m[i, 0], points_m[i, 1], points_m[i, 2]
        lost = 0.0
        for l in range(lamps.shape[0]):  # noqa: E741
            if share[i, l] < 2e-3:
                continue
            below = lamps[l, 2] - p2 - LIFT_M * normals[i, 2]
            if below < 0.03:
                continue
            x = (p0 + LIFT_M * normals[i, 0] - lamps[l, 0]) / below * scale + size * 0.5
            y = (p1 + LIFT_M * normals[i, 1] - lamps[l, 1]) / below * scale + size * 0.5
            if x < 0 or y < 0 or x >= size or y >= size:
                continue
            if occupied[l, int(y) // tile, int(x) // tile] == 0:
                continue
            nearness = SHADOW_BIAS / below
            blur_x = (0.22 * lamps[l, 3] + 0.02) * scale / max(below, 0.3)
            blur_y = (0.22 * lamps[l, 4] + 0.02) * scale / max(below, 0.3)
            turn = int(hash_unit(i, l, 7) * (turns - 0.001))
            blocked = 0
            for k in range(count):
                ix = int(x + taps[turn, k, 0] * blur_x)
                iy = int(y + taps[turn, k, 1] * blur_y)
                if ix >= 0 and iy >= 0 and ix < size and iy < size and maps[l, iy, ix] >= nearness:
                    blocked += 1
            lost += share[i, l] * blocked / count
        out[i] = max(1.0 - lost, 0.12) * _openness(
            p0, p1, p2, normals[i], occluders, -1, occluders[:0, 0], 0.75
        )


@compiled()
def _openness(
    p0: float,
    p1: float,
    p2: float,
    normal: Float32Array,
    occluders: FloatArray,
    owner: int,
    owners: FloatArray,
    strength: float,
) -> float:
    """Part of the ambient light that spheres leave; those of `owner` itself are skipped."""
    left = 1.0
    for k in range(occluders.shape[0]):
        if owner >= 0 and owners[k] == owner:
            continue
        dx, dy, dz = occluders[k, 0] - p0, occluders[k, 1] - p1, occluders[k, 2] - p2
        square = dx * dx + dy * dy + dz * dz
        radius2 = occluders[k, 3] * occluders[k, 3]
        if square > radius2 * 40:
            continue
        facing = (normal[0] * dx + normal[1] * dy + normal[2] * dz) / (np.sqrt(square) + 1e-6)
        fade = min(1.0, (40 - square / radius2) * 0.1)
        left *= 1 - strength * min(1.0, radius2 / square) * max(0.0, 0.25 + 0.75 * facing) * fade
    return left


@compiled()
def ambient_light(
    points_m: Float32Array,
    normals: Float32Array,
    grid: Float32Array,
    origin_m: FloatArray,
    cell_m: FloatArray,
    out: Float32Array,
) -> None:
    """Add ambient light to `out` `(n, 3)` from a grid of cubes `(nx, ny, nz, 6, 3)` (+x -x +y -y +z -z)."""
    nx, ny, nz = grid.shape[0], grid.shape[1], grid.shape[2]
    for i in range(points_m.shape[0]):
        gx = min(max((points_m[i, 0] + 0.06 * normals[i, 0] - origin_m[0]) / cell_m[0], 0.0), nx - 1.001)
        gy = min(max((points_m[i, 1] + 0.06 * normals[i, 1] - origin_m[1]) / cell_m[1], 0.0), ny - 1.001)
        gz = min(max((points_m[i, 2] + 0.06 * normals[i, 2] - origin_m[2]) / cell_m[2], 0.0), nz - 1.001)
        ix, iy, iz = int(gx), int(gy), int(gz)
        tx, ty, tz = gx - ix, gy - iy, gz - iz
        for corner in range(8):
            ax, ay, az = corner & 1, (corner >> 1) & 1, corner >> 2
            weight = (tx if ax else 1 - tx) * (ty if ay else 1 - ty) * (tz if az else 1 - tz)
            for axis in range(3):
                n = normals[i, axis]
                side = 2 * axis + (1 if n < 0 else 0)
                part = weight * n * n
                for channel in range(3):
                    out[i, channel] += part * grid[ix + ax, iy + ay, iz + az, side, channel]


@compiled()
def light_movers(
    points_m: Float32Array,
    normals: Float32Array,
    owner: Int32Array,
    lamps: FloatArray,
    lamp_rgb: FloatArray,
    static_maps: Float32Array,
    moving_maps: Float32Array,
    half_tan: float,
    taps: Float32Array,
    occluders: FloatArray,
    occluder_owner: FloatArray,
    out: Float32Array,
) -> None:
    """Light vertices of movers: `out` `(n, 3)` holds ambient light before and all light after.

    `owner` `(n,)` is who a vertex belongs to (people first), `lamp_rgb` `(l, 3)` lamp colours and strengths.
    """
    static_size, moving_size = static_maps.shape[1], moving_maps.shape[1]
    turns, count = taps.shape[0], taps.shape[1]
    for i in range(points_m.shape[0]):
        p0, p1, p2 = points_m[i, 0], points_m[i, 1], points_m[i, 2]
        n0, n1, n2 = normals[i, 0], normals[i, 1], normals[i, 2]
        left = _openness(p0, p1, p2, normals[i], occluders, owner[i], occluder_owner, 0.7)
        red, green, blue = left * out[i, 0], left * out[i, 1], left * out[i, 2]
        for l in range(lamps.shape[0]):  # noqa: E741
            dx, dy, dz = lamps[l, 0] - p0, lamps[l, 1] - p1, lamps[l, 2] - p2
            if dz < 0.02:
                continue
            square = dx * dx + dy * dy + dz * dz
            distance = np.sqrt(square)
            facing = ((n0 * dx + n1 * dy + n2 * dz) / distance + 0.15) / 1.15
            if facing <= 0.004:
                continue
            given = facing * (dz / distance) / (square + NEAR_SOFTENING_M2)
            below = dz - LIFT_M * n2
            if given < SHINES_FROM or below < 0.03:
                continue
            wanted = count if given > SOFT_FROM else 1
            tan_x, tan_y = (-dx + LIFT_M * n0) / below, (-dy + LIFT_M * n1) / below
            nearness = SHADOW_BIAS / below
            blur_x = (0.22 * lamps[l, 3] + 0.02) / max(below, 0.3)
            blur_y = (0.22 * lamps[l, 4] + 0.02) / max(below, 0.3)
            turn = (i * 5 + l * 3) % turns
            open_taps = 0
            for k in range(wanted):
                tap_x = (tan_x + taps[turn, k, 0] * blur_x) / (2 * half_tan) + 0.5
                tap_y = (tan_y + taps[turn, k, 1] * blur_y) / (2 * half_tan) + 0.5
                if tap_x < 0 or tap_y < 0 or tap_x >= 1 or tap_y >= 1:
                    open_taps += 1
                    continue
                if (
                    moving_maps[l, int(tap_y * moving_size), int(tap_x * moving_size)] < nearness
                    and static_maps[l, int(tap_y * static_size), int(tap_x * static_size)] < nearness
                ):
                    open_taps += 1
            given *= open_taps / wanted
            red += given * lamp_rgb[l, 0]
            green += given * lamp_rgb[l, 1]
            blue += given * lamp_rgb[l, 2]
        out[i, 0], out[i, 1], out[i, 2] = red, green, blue


@compiled(fast=False)
def mark_occupied(maps: Float32Array, out: npt.NDArray[np.uint8]) -> None:
    """Mark tiles `(l, q, q)` of light maps `(l, r, r)` that hold something, and their neighbours."""
    tiles = out.shape[1]
    tile = maps.shape[1] // tiles
    out[:] = 0
    for l in range(maps.shape[0]):  # noqa: E741
        for y in range(maps.shape[1]):
            for x in range(maps.shape[2]):
                if maps[l, y, x] > 0 and out[l, y // tile, x // tile] != 2:
                    row, column = y // tile, x // tile
                    for ny in range(max(0, row - 1), min(tiles, row + 2)):
                        for nx in range(max(0, column - 1), min(tiles, column + 2)):
                            if out[l, ny, nx] == 0:
                                out[l, ny, nx] = 1
                    out[l, row, column] = 2
