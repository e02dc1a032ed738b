"""Everything about one camera's view that does not change while shoppers walk: picture, depth, light shares.

Direct light is computed per pixel, bounced light at every fourth sample and smoothed; both are spread to the
2 x 2 samples of each pixel along the surfaces they lie on.
"""

from dataclasses import dataclass

import numpy as np

from datasets.synthetic.compiled import compiled
from datasets.synthetic.goods.artwork import Atlas
from datasets.synthetic.mesh import Mesh
from datasets.synthetic.picture.lighting import LAMP_RADIANCE, StaticLight
from datasets.synthetic.picture.raster import Lens, fill_triangles
from datasets.synthetic.picture.surface import resolve_static
from datasets.synthetic.scene import Float32Array
from datasets.synthetic.store.fixtures import Decor
from vision.camera_model import CameraModel

SAMPLES = 2  # per pixel along each axis
BOUNCE_STEP = 4  # samples between points where bounced light is traced
BOUNCE_RAYS = 8
SMOOTHING_PASSES = 4
SHADOW_STEP = 8  # samples between points where shadows of movers are looked up
SAME_SURFACE_M = 0.03  # light is shared between points whose distance off each other's plane is below this


@dataclass(frozen=True, slots=True, eq=False)
class BakedCamera:
    """The unchanging part of one camera's picture.

    Attributes:
        lens: Projection to the sample grid (2 x 2 samples per pixel).
        linear: `(h, w, 3)` float32 linear RGB radiance.
        nearness: `(2h, 2w)` float32 one over depth of each sample, 0 where nothing is.
        shadow_place_m: `(k, 3)` float32 points of the coarse shadow grid, row by row.
        shadow_normal: `(k, 3)`.
        lamp_share: `(k, l)` float32 part of each lamp in the light of a point.
        shadow_shape: Rows and columns of the coarse grid.
    """

    camera: CameraModel
    lens: Lens
    linear: Float32Array
    nearness: Float32Array
    shadow_place_m: Float32Array
    shadow_normal: Float32Array
    lamp_share: Float32Array
    shadow_shape: tuple[int, int]


def bake_static_view(
    mesh: Mesh, atlas: Atlas, light: StaticLight, decor: Decor, camera: CameraModel, seed: int
) -> BakedCamera:
    """Render the empty store for one camera (1-3 CPU seconds at 640x480).

    Args:
        mesh: The static store.
        atlas: Its printed matter.
        light: Its light.
        decor: Its floor pattern.
        camera: Must have a width and height divisible by four.
        seed: Of the ray directions.

    Raises:
        ValueError: If the picture's size is not divisible by four.
    """
    width, height = camera.size_px
    if width % 4 or height % 4:
        raise ValueError(
            f"camera {camera.camera_id!r} is {width}x{height}; width and height must be multiples of 4"
        )
    lens = Lens.of(camera, SAMPLES)
    screen = lens.project(mesh.vertices_m)
    shape = (SAMPLES * height, SAMPLES * width)
    nearness = np.zeros(shape, dtype=np.float32)
    face_at = np.full(shape, -1, dtype=np.int32)
    fill_triangles(screen, mesh.faces, 0, len(mesh.faces), 0, 0, nearness, face_at)
    place, normal, albedo = (np.zeros((*shape, 3), dtype=np.float32) for _ in range(3))
    resolve_static(
        face_at,
        screen,
        mesh.faces,
        mesh.material,
        mesh.vertices_m,
        mesh.normals,
        mesh.texture,
        mesh.colour,
        np.array([decor.tile_m, decor.joint_shade, 0, 0, 0, 0]),
        atlas.texels,
        atlas.level_start,
        atlas.level_size,
        lens.position_m,
        place,
        normal,
        albedo,
    )
    rng = np.random.default_rng(seed)
    coarse = (slice(None, None, BOUNCE_STEP), slice(None, None, BOUNCE_STEP))
    coarse_place, coarse_normal = np.ascontiguousarray(place[coarse]), np.ascontiguousarray(normal[coarse])
    bounced = light.bounced(coarse_place.reshape(-1, 3), coarse_normal.reshape(-1, 3), BOUNCE_RAYS, rng)
    bounced = bounced.reshape(coarse_place.shape)
    for step in range(SMOOTHING_PASSES):
        smoothed = np.empty_like(bounced)
        smooth_along_surfaces(bounced, coarse_place, coarse_normal, 1 << step, smoothed)
        bounced = smoothed

    pixel = (slice(None, None, SAMPLES), slice(None, None, SAMPLES))
    pixel_place, pixel_normal = np.ascontiguousarray(place[pixel]), np.ascontiguousarray(normal[pixel])
    per_lamp = light.direct(pixel_place.reshape(-1, 3), pixel_normal.reshape(-1, 3))
    irradiance = np.zeros_like(pixel_place)
    spread_along_surfaces(bounced, coarse_place, coarse_normal, pixel_place, pixel_normal, irradiance)
    lamp_rgb = light.lamps.rgb.astype(np.float32)
    irradiance += (per_lamp @ lamp_rgb).reshape(irradiance.shape)
    linear = np.zeros((height, width, 3), dtype=np.float32)
    compose_samples(
        albedo, place, normal, nearness, irradiance, pixel_place, pixel_normal, LAMP_RADIANCE, linear
    )

    shadow = (slice(SHADOW_STEP // 2, None, SHADOW_STEP), slice(SHADOW_STEP // 2, None, SHADOW_STEP))
    pixel_step = SHADOW_STEP // SAMPLES
    shadow_pixels = (slice(pixel_step // 2, None, pixel_step), slice(pixel_step // 2, None, pixel_step))
    lamps_alone = per_lamp.reshape(height, width, -1)[shadow_pixels] * lamp_rgb.mean(1)
    share = lamps_alone / np.maximum(irradiance[shadow_pixels].mean(-1, keepdims=True), 1e-4)
    shape_of_shadows = place[shadow].shape[:2]
    return BakedCamera(
        camera=camera,
        lens=lens,
        linear=linear,
        nearness=nearness,
        shadow_place_m=np.ascontiguousarray(place[shadow].reshape(-1, 3)),
        shadow_normal=np.ascontiguousarray(normal[shadow].reshape(-1, 3)),
        lamp_share=np.ascontiguousarray(np.minimum(share, 1.0).reshape(-1, per_lamp.shape[1])),
        shadow_shape=(shape_of_shadows[0], shape_of_shadows[1]),
    )


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
    out: Float32Array,
) -> None:
    """Upsample `(h, w, 3)` twice along each axis, joint-bilaterally by place and normal."""
    height, width = place.shape[0], place.shape[1]
    for y in range(height):
        for x in range(width):
            row, column = y // 2, x // 2
            total, red, green, blue = 0.0, 0.0, 0.0, 0.0
            for ny in range(max(0, row - 1), min(coarse.shape[0], row + 3)):
                for nx in range(max(0, column - 1), min(coarse.shape[1], column + 3)):
                    away = (y * 0.5 - ny) ** 2 + (x * 0.5 - nx) ** 2
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
    albedo: Float32Array,
    place: Float32Array,
    normal: Float32Array,
    nearness: Float32Array,
    irradiance: Float32Array,
    pixel_place: Float32Array,
    pixel_normal: Float32Array,
    lamp_radiance: float,
    linear: Float32Array,
) -> None:
    """Average the radiance of each pixel's samples, each lit like its most kindred neighbour pixel."""
    height, width = linear.shape[0], linear.shape[1]
    for y in range(height):
        for x in range(width):
            seen = 0
            for sy in range(2 * y, 2 * y + 2):
                for sx in range(2 * x, 2 * x + 2):
                    if nearness[sy, sx] <= 0:
                        continue
                    seen += 1
                    if albedo[sy, sx, 0] < 0:
                        for k in range(3):
                            linear[y, x, k] += lamp_radiance
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
                    for k in range(3):
                        linear[y, x, k] += albedo[sy, sx, k] * irradiance[best_y, best_x, k]
            if seen > 0:
                for k in range(3):
                    linear[y, x, k] /= seen
