"""Everything about one camera's view that does not change while shoppers walk: picture, depth, light shares.

Direct light is computed per pixel, bounced light at every fourth sample and smoothed; both are spread to the
samples of each pixel along the surfaces they lie on: 2 x 2 inside surfaces, 4 x 4 where a pixel has an edge.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datasets.synthetic.goods.artwork import Atlas
from datasets.synthetic.mesh import Int32Array, Mesh, joined, subdivided
from datasets.synthetic.picture.lighting import LAMP_RADIANCE, StaticLight
from datasets.synthetic.picture.raster import Lens, fill_triangles
from datasets.synthetic.picture.static_filters import (
    compose_samples,
    mark_edges,
    smooth_along_surfaces,
    spread_along_surfaces,
)
from datasets.synthetic.picture.surface import resolve_static
from datasets.synthetic.scene import Float32Array, FloatArray
from datasets.synthetic.store.fixtures import Decor
from vision.camera_model import CameraModel

SAMPLES = 2  # per pixel along each axis
BOUNCE_STEP = 4  # samples between points where bounced light is traced
BOUNCE_RAYS = 8
SMOOTHING_PASSES = 4
EDGE_SAMPLES = 4  # per pixel along each axis where it has an edge: thin shelf boards
BAND_ROWS = 60  # pixel rows whose edges are drawn at once: bounds the memory
SHADOW_STEP = 4  # samples between points where shadows of movers are looked up
# Faces nearer than the first are cut to edges of the second, a tenth of a radian: straight edges would
# cut the corners of a wide lens, and a face that reaches behind the camera is not drawn at all.
NEAR_FACES_M = ((2.4, 0.12), (1.2, 0.06), (0.6, 0.03), (0.3, 0.015))


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
    """Render the empty store for one camera (2 CPU seconds at 640x480, 15 at 1920x1080).

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
    mesh = _finely_near(mesh, camera.position_m)
    lens = Lens.of(camera, SAMPLES)
    screen = lens.project(mesh.vertices_m)
    samples = _drawn(mesh, atlas, decor, camera, screen, (SAMPLES * height, SAMPLES * width))
    bounced = _bounced(samples, light, np.random.default_rng(seed))
    pixel = (slice(None, None, SAMPLES), slice(None, None, SAMPLES))
    pixel_place, pixel_normal = (
        np.ascontiguousarray(part[pixel]) for part in (samples.place, samples.normal)
    )
    per_lamp = light.direct(pixel_place.reshape(-1, 3), pixel_normal.reshape(-1, 3))
    irradiance = np.zeros_like(pixel_place)
    spread_along_surfaces(*bounced, pixel_place, pixel_normal, irradiance)
    lamp_rgb = light.lamps.rgb.astype(np.float32)
    irradiance += (per_lamp @ lamp_rgb).reshape(irradiance.shape)
    linear = np.zeros((height, width, 3), dtype=np.float32)

    def compose(of: _Samples, first_row: int) -> None:
        compose_samples(
            of.face_at,
            of.albedo,
            of.place,
            of.normal,
            first_row,
            irradiance,
            pixel_place,
            pixel_normal,
            LAMP_RADIANCE,
            linear,
        )

    compose(samples, 0)
    is_edge = np.zeros((height, width), dtype=np.bool_)
    mark_edges(samples.albedo, samples.place, samples.normal, is_edge)
    fine = Lens.of(camera, EDGE_SAMPLES).project(mesh.vertices_m)
    for top in range(0, height, BAND_ROWS):
        wanted = is_edge[top : top + BAND_ROWS].repeat(EDGE_SAMPLES, 0).repeat(EDGE_SAMPLES, 1)
        below = fine - [0.0, float(top * EDGE_SAMPLES), 0.0]
        compose(_drawn(mesh, atlas, decor, camera, below, wanted.shape, wanted), top)

    shadow = (slice(SHADOW_STEP // 2, None, SHADOW_STEP), slice(SHADOW_STEP // 2, None, SHADOW_STEP))
    pixel_step = SHADOW_STEP // SAMPLES
    shadow_pixels = (slice(pixel_step // 2, None, pixel_step), slice(pixel_step // 2, None, pixel_step))
    lamps_alone = per_lamp.reshape(height, width, -1)[shadow_pixels] * lamp_rgb.mean(1)
    share = lamps_alone / np.maximum(irradiance[shadow_pixels].mean(-1, keepdims=True), 1e-4)
    shape_of_shadows = samples.place[shadow].shape[:2]
    return BakedCamera(
        camera=camera,
        lens=lens,
        linear=linear,
        nearness=samples.nearness,
        shadow_place_m=np.ascontiguousarray(samples.place[shadow].reshape(-1, 3)),
        shadow_normal=np.ascontiguousarray(samples.normal[shadow].reshape(-1, 3)),
        lamp_share=np.ascontiguousarray(np.minimum(share, 1.0).reshape(-1, per_lamp.shape[1])),
        shadow_shape=(shape_of_shadows[0], shape_of_shadows[1]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Samples:
    """What a picture shows, sample by sample: faces (below 0 for none), one over depth, and the surface."""

    face_at: Int32Array
    nearness: Float32Array
    place: Float32Array
    normal: Float32Array
    albedo: Float32Array


def _drawn(
    mesh: Mesh,
    atlas: Atlas,
    decor: Decor,
    camera: CameraModel,
    screen: FloatArray,
    shape: tuple[int, ...],
    wanted: npt.NDArray[np.bool_] | None = None,
) -> _Samples:
    """Draw projected vertices `screen` and look up the surface, only at the samples that are `wanted`."""
    nearness = np.zeros(shape, dtype=np.float32)
    face_at = np.full(shape, -1, dtype=np.int32)
    fill_triangles(screen, mesh.faces, 0, len(mesh.faces), 0, 0, nearness, face_at)
    if wanted is not None:
        face_at[~wanted] = -1
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
        np.ascontiguousarray(camera.position_m),
        place,
        normal,
        albedo,
    )
    return _Samples(face_at, nearness, place, normal, albedo)


def _bounced(
    samples: _Samples, light: StaticLight, rng: np.random.Generator
) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Trace bounced light at every `BOUNCE_STEP`-th sample: smoothed light, places and normals."""
    coarse = (slice(None, None, BOUNCE_STEP), slice(None, None, BOUNCE_STEP))
    place, normal = (np.ascontiguousarray(part[coarse]) for part in (samples.place, samples.normal))
    bounced = light.bounced(place.reshape(-1, 3), normal.reshape(-1, 3), BOUNCE_RAYS, rng).reshape(
        place.shape
    )
    for step in range(SMOOTHING_PASSES):
        smoothed = np.empty_like(bounced)
        smooth_along_surfaces(bounced, place, normal, 1 << step, smoothed)
        bounced = smoothed
    return bounced, place, normal


def _finely_near(mesh: Mesh, eye_m: FloatArray) -> Mesh:
    """Cut what is near a camera into smaller faces."""
    for reach_m, edge_m in NEAR_FACES_M:
        distance = np.linalg.norm(mesh.vertices_m - eye_m.astype(np.float32), axis=1)
        near = (distance < reach_m)[mesh.faces].any(axis=1)
        if near.any():
            mesh = joined([mesh.with_faces(~near), subdivided(mesh.with_faces(near), edge_m)])
    return mesh
