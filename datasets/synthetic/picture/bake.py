"""Everything about one camera's view that does not change while shoppers walk: picture, depth, light shares.

Light is looked up as finely as a picture of 640 pixels across shows it: direct light at each of its pixels,
bounced light at every second one and smoothed; both are spread to the samples of each pixel along the
surfaces they lie on: 2 x 2 inside surfaces, 4 x 4 where a pixel has an edge, unless the picture is large.
Samples are drawn band by band, which bounds the memory.
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
LIGHT_WIDTH_PX = 640  # a picture that is wider has no finer light than one of this width
BOUNCE_STEP = 2  # pixels of such a picture between points where bounced light is traced
BOUNCE_RAYS = 8
SMOOTHING_PASSES = 4
EDGE_SAMPLES = 4  # per pixel along each axis where it has an edge: thin shelf boards
WIDEST_WITH_EDGES_PX = 960  # above, a pixel is so small that 2 x 2 samples do for edges, too
BAND_ROWS = 60  # pixel rows that are drawn at once
SHADOW_STEP = 2  # the same between points where shadows of movers are looked up
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
    """Render the empty store for one camera (2 CPU seconds at 640x480, 6 at 1920x1080).

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
    apart = max(1, round(width / LIGHT_WIDTH_PX))
    drawing = _Drawing(_finely_near(mesh, camera.position_m), atlas, decor, camera)
    pixels = drawing.surface()
    irradiance, shadow = _lit(pixels, light, apart, np.random.default_rng(seed))
    linear = np.zeros((height, width, 3), dtype=np.float32)
    nearness = np.zeros((SAMPLES * height, SAMPLES * width), dtype=np.float32)
    edge_below = np.zeros(width, dtype=np.bool_)
    for top in range(0, height, BAND_ROWS):
        # One row more: edges are steps to the row below.
        rows = slice(top, min(top + BAND_ROWS + 1, height))
        band = drawing.samples(SAMPLES, rows)
        nearness[SAMPLES * rows.start : SAMPLES * rows.stop] = band.nearness
        _compose(band, rows, pixels, irradiance, linear)
        if width <= WIDEST_WITH_EDGES_PX:
            is_edge = np.zeros((rows.stop - rows.start, width), dtype=np.bool_)
            mark_edges(band.albedo, band.place, band.normal, is_edge)
            is_edge[0] |= edge_below
            edge_below = is_edge[-1]
            _compose(drawing.samples(EDGE_SAMPLES, rows, is_edge), rows, pixels, irradiance, linear)
    return BakedCamera(
        camera=camera,
        lens=Lens.of(camera, SAMPLES),
        linear=linear,
        nearness=nearness,
        shadow_place_m=shadow.place_m,
        shadow_normal=shadow.normal,
        lamp_share=shadow.lamp_share,
        shadow_shape=shadow.shape,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Samples:
    """What a picture shows, sample by sample: faces (below 0 for none), one over depth, and the surface."""

    face_at: Int32Array
    nearness: Float32Array
    place: Float32Array
    normal: Float32Array
    albedo: Float32Array


@dataclass(frozen=True, slots=True, eq=False)
class _Surface:
    """Places and normals of all pixels, `(h, w, 3)`."""

    place: Float32Array
    normal: Float32Array


@dataclass(frozen=True, slots=True, eq=False)
class _ShadowGrid:
    """See `BakedCamera`."""

    place_m: Float32Array
    normal: Float32Array
    lamp_share: Float32Array
    shape: tuple[int, int]


def _lit(
    pixels: _Surface, light: StaticLight, apart: int, rng: np.random.Generator
) -> tuple[Float32Array, _ShadowGrid]:
    """Return the irradiance `(h, w, 3)` of pixels and where movers darken it, from every `apart`-th pixel."""
    coarse = (slice((apart - 1) // 2, None, apart),) * 2
    place, normal = (np.ascontiguousarray(part[coarse]) for part in (pixels.place, pixels.normal))
    per_lamp = light.direct(place.reshape(-1, 3), normal.reshape(-1, 3)).reshape(*place.shape[:2], -1)
    lamp_rgb = light.lamps.rgb.astype(np.float32)
    lit = np.zeros_like(place)
    spread_along_surfaces(*_bounced(place, normal, light, rng), place, normal, BOUNCE_STEP, lit)
    lit += per_lamp @ lamp_rgb
    every = (slice(SHADOW_STEP // 2, None, SHADOW_STEP),) * 2
    lamps_alone = per_lamp[every] * lamp_rgb.mean(1)
    share = lamps_alone / np.maximum(lit[every].mean(-1, keepdims=True), 1e-4)
    grid = _ShadowGrid(
        np.ascontiguousarray(place[every].reshape(-1, 3)),
        np.ascontiguousarray(normal[every].reshape(-1, 3)),
        np.ascontiguousarray(np.minimum(share, 1.0).reshape(-1, per_lamp.shape[-1])),
        (share.shape[0], share.shape[1]),
    )
    if apart == 1:
        return lit, grid
    irradiance = np.zeros_like(pixels.place)
    spread_along_surfaces(lit, place, normal, pixels.place, pixels.normal, apart, irradiance)
    return irradiance, grid


def _compose(
    of: _Samples, rows: slice, pixels: _Surface, irradiance: Float32Array, linear: Float32Array
) -> None:
    """Write the rows of the picture `linear` that samples belong to."""
    compose_samples(
        of.face_at,
        of.albedo,
        of.place,
        of.normal,
        rows.start,
        irradiance,
        pixels.place,
        pixels.normal,
        LAMP_RADIANCE,
        linear,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """Draws the static store for one camera, as finely and as much of it as asked."""

    mesh: Mesh
    atlas: Atlas
    decor: Decor
    camera: CameraModel

    def surface(self) -> _Surface:
        """Return what lies in the middle of every pixel."""
        pixels = self.samples(1)
        return _Surface(pixels.place, pixels.normal)

    def samples(
        self, per_pixel: int, rows: slice | None = None, wanted: npt.NDArray[np.bool_] | None = None
    ) -> _Samples:
        """Draw so many samples per pixel along each axis.

        Args:
            per_pixel: Along each axis.
            rows: Of the picture; all for None.
            wanted: `(rows, w)` the pixels whose surface is looked up; all for None.
        """
        mesh, (width, height) = self.mesh, self.camera.size_px
        first, last = (0, height) if rows is None else (rows.start, rows.stop)
        screen = Lens.of(self.camera, per_pixel).project(mesh.vertices_m)
        screen[:, 1] -= first * per_pixel
        shape = ((last - first) * per_pixel, width * per_pixel)
        nearness = np.zeros(shape, dtype=np.float32)
        face_at = np.full(shape, -1, dtype=np.int32)
        fill_triangles(screen, mesh.faces, 0, len(mesh.faces), 0, 0, nearness, face_at)
        if wanted is not None:
            face_at[~wanted.repeat(per_pixel, 0).repeat(per_pixel, 1)] = -1
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
            np.array([self.decor.tile_m, self.decor.joint_shade, 0, 0, 0, 0]),
            self.atlas.texels,
            self.atlas.level_start,
            self.atlas.level_size,
            np.ascontiguousarray(self.camera.position_m),
            place,
            normal,
            albedo,
        )
        return _Samples(face_at, nearness, place, normal, albedo)


def _bounced(
    place: Float32Array, normal: Float32Array, light: StaticLight, rng: np.random.Generator
) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Trace bounced light at every `BOUNCE_STEP`-th point: smoothed light, places and normals."""
    coarse = (slice(None, None, BOUNCE_STEP), slice(None, None, BOUNCE_STEP))
    place, normal = (np.ascontiguousarray(part[coarse]) for part in (place, normal))
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
