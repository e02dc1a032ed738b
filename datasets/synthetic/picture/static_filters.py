"""Compiled filters over pictures of a static store that stop where a surface ends."""

import numpy as np
import numpy.typing as npt

from datasets.synthetic.compiled import compiled
from datasets.synthetic.mesh import Int32Array
from datasets.synthetic.scene import Float32Array

SAME_SURFACE_M = 0.03  # light is shared between points whose distance off each other's plane is below this
# Neighbouring samples are an edge that share less of a surface or whose albedos (RGB summed) differ by more.
EDGE_KINSHIP, EDGE_ALBEDO = 0.5, 0.15


@compiled()
def _kinship(
    place_a: Float32Array, normal_a: Float32Array, place_b: Float32Array, normal_b: Float32Array
) -> float:
    """How much two points share a surface: 1 the same plane, 0 across an edge."""
    facing = normal_a[0] * normal_b[0] + normal_a[1] * normal_b[1] + normal_a[2] * normal_b[2]
    if facing < 0.3:
        return 0.0
    off = (
        (place_a[0] - place_b[0]) * normal_a[0]
        + (place_a[1] - place_b[1]) * normal_a[1]
        + (place_a[2] - place_b[2]) * normal_a[2]
    )
    near = 1.0 / (1.0 + (off / SAME_SURFACE_M) ** 4)
    facing *= facing
    return float(facing * facing * near)


@compiled()
def smooth_along_surfaces(
    values: Float32Array, place: Float32Array, normal: Float32Array, step: int, out: Float32Array
) -> None:
    """One pass of an edge-stopping a-trous filter over `(h, w, 3)`; neighbours are `step` apart.

    Source: Dammertz et al., Edge-avoiding a-trous wavelet transform for fast global illumination filtering,
    HPG 2010. Differs: stops at planes and normals only, kernel 1 2 1.
    """
    height, width = values.shape[0], values.shape[1]
    for y in range(height):
        for x in range(width):
            total, red, green, blue = 1e-9, 0.0, 0.0, 0.0
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    ny, nx = y + dy * step, x + dx * step
                    if ny < 0 or nx < 0 or ny >= height or nx >= width:
                        continue
                    weight = (
                        (2 - abs(dy))
                        * (2 - abs(dx))
                        * _kinship(place[y, x], normal[y, x], place[ny, nx], normal[ny, nx])
                    )
                    gap = (
                        (place[y, x, 0] - place[ny, nx, 0]) ** 2
                        + (place[y, x, 1] - place[ny, nx, 1]) ** 2
                        + (place[y, x, 2] - place[ny, nx, 2]) ** 2
                    )
                    weight /= 1.0 + gap / (0.09 * step * step * 0.06)
                    total += weight
                    red += weight * values[ny, nx, 0]
                    green += weight * values[ny, nx, 1]
                    blue += weight * values[ny, nx, 2]
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = red / total, green / total, blue / total


@compiled()
def spread_along_surfaces(
    coarse: Float32Array,
    coarse_place: Float32Array,
    coarse_normal: Float32Array,
    place: Float32Array,
    normal: Float32Array,
    step: int,
    out: Float32Array,
) -> None:
    """Upsample `(h, w, 3)` along each axis, joint-bilaterally by place and normal.

    The `coarse` points are `step` apart, the first in the middle of the first `step` (rounded down).
    """
    height, width = place.shape[0], place.shape[1]
    first, scale = (step - 1) // 2, 1.0 / step
    for y in range(height):
        for x in range(width):
            at_y, at_x = (y - first) * scale, (x - first) * scale
            row, column = int(max(at_y, 0.0)), int(max(at_x, 0.0))
            total, red, green, blue = 0.0, 0.0, 0.0, 0.0
            for ny in range(max(0, row - 1), min(coarse.shape[0], row + 3)):
                for nx in range(max(0, column - 1), min(coarse.shape[1], column + 3)):
                    away = (at_y - ny) ** 2 + (at_x - nx) ** 2
                    weight = 1e-6 + _kinship(
                        place[y, x], normal[y, x], coarse_place[ny, nx], coarse_normal[ny, nx]
                    )
                    weight /= 0.3 + away * away
                    total += weight
                    red += weight * coarse[ny, nx, 0]
                    green += weight * coarse[ny, nx, 1]
                    blue += weight * coarse[ny, nx, 2]
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = red / total, green / total, blue / total


@compiled()
def compose_samples(
    face_at: Int32Array,
    albedo: Float32Array,
    place: Float32Array,
    normal: Float32Array,
    first_row: int,
    irradiance: Float32Array,
    pixel_place: Float32Array,
    pixel_normal: Float32Array,
    lamp_radiance: float,
    linear: Float32Array,
) -> None:
    """Average the radiance of pixels' samples, each lit like its most kindred neighbour pixel.

    Args:
        face_at: `(n * rows, n * w)` samples, n x n of each pixel; below 0 where nothing is.
        albedo: `(n * rows, n * w, 3)`, -1 for lamps.
        place: Of the samples, metres.
        normal: Of the samples.
        first_row: Row of the picture that the samples start with.
        irradiance: `(h, w, 3)` of the pixels.
        pixel_place: `(h, w, 3)` where it was measured.
        pixel_normal: `(h, w, 3)` normals there.
        lamp_radiance: Of lamps.
        linear: `(h, w, 3)`; written for pixels that have samples.
    """
    height, width = linear.shape[0], linear.shape[1]
    count = face_at.shape[1] // width
    for row in range(face_at.shape[0] // count):
        y = first_row + row
        for x in range(width):
            seen, red, green, blue = 0, 0.0, 0.0, 0.0
            for sy in range(count * row, count * row + count):
                for sx in range(count * x, count * x + count):
                    if face_at[sy, sx] < 0:
                        continue
                    seen += 1
                    if albedo[sy, sx, 0] < 0:
                        red, green, blue = red + lamp_radiance, green + lamp_radiance, blue + lamp_radiance
                        continue
                    best, best_y, best_x = -1.0, y, x
                    for ny in range(max(0, y - 1), min(height, y + 2)):
                        for nx in range(max(0, x - 1), min(width, x + 2)):
                            kinship = _kinship(
                                place[sy, sx], normal[sy, sx], pixel_place[ny, nx], pixel_normal[ny, nx]
                            )
                            if ny == y and nx == x:
                                kinship += 0.3
                            if kinship > best:
                                best, best_y, best_x = kinship, ny, nx
                    red += albedo[sy, sx, 0] * irradiance[best_y, best_x, 0]
                    green += albedo[sy, sx, 1] * irradiance[best_y, best_x, 1]
                    blue += albedo[sy, sx, 2] * irradiance[best_y, best_x, 2]
            if seen > 0:
                linear[y, x, 0], linear[y, x, 1], linear[y, x, 2] = red / seen, green / seen, blue / seen


@compiled()
def mark_edges(
    albedo: Float32Array, place: Float32Array, normal: Float32Array, out: npt.NDArray[np.bool_]
) -> None:
    """Mark pixels `(h, w)` with a step of surface or colour among or beside their 2 x 2 samples."""
    rows, columns = place.shape[0], place.shape[1]
    for y in range(rows):
        for x in range(columns):
            for down in range(2):
                ny, nx = y + down, x + 1 - down
                if ny >= rows or nx >= columns:
                    continue
                step = (
                    abs(albedo[y, x, 0] - albedo[ny, nx, 0])
                    + abs(albedo[y, x, 1] - albedo[ny, nx, 1])
                    + abs(albedo[y, x, 2] - albedo[ny, nx, 2])
                )
                if (
                    step > EDGE_ALBEDO
                    or _kinship(place[y, x], normal[y, x], place[ny, nx], normal[ny, nx]) < EDGE_KINSHIP
                ):
                    out[y // 2, x // 2] = True
                    out[ny // 2, nx // 2] = True
