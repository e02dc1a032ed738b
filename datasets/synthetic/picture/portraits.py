"""Photographs of one package alone, as an operator takes them with a phone to enrol a product.

No store is needed: a package is drawn by itself under a window's light, on nothing. What is behind it is the
caller's to choose.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cart_tracker.observations import CameraId
from datasets.synthetic.goods.artwork import Atlas
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.mesh import Mesh, subdivided
from datasets.synthetic.picture.raster import Lens, fill_triangles
from datasets.synthetic.picture.surface import resolve_static
from datasets.synthetic.scene import Float32Array, FloatArray
from vision.camera_model import CameraModel

Image = npt.NDArray[np.uint8]

_SAMPLES = 3  # per pixel and axis
_VIEW_DEG = 30.0  # a phone held at arm's length
_FILLS = 0.84  # of the picture's side, by the package's longest diagonal
_AMBIENT, _KEY = 0.45, 0.75  # of full daylight, from everywhere and from the window
_GAMMA = 2.2
_LONGEST_EDGE_M = 0.05


@dataclass(frozen=True, slots=True)
class PortraitView:
    """From where a package is photographed, and how it is lit.

    Attributes:
        azimuth_rad: 0 shows the front, positive its right side.
        elevation_rad: 0 at its own height, pi / 2 from above.
        roll_rad: How the phone is turned.
        light_azimuth_rad: Where the window is, relative to the phone.
    """

    azimuth_rad: float
    elevation_rad: float
    roll_rad: float = 0.0
    light_azimuth_rad: float = 0.6


# What an operator is asked for: the front, both sides of it, the back, and from above as a camera sees it.
ENROLMENT_VIEWS = (
    PortraitView(0.0, 0.2),
    PortraitView(-0.75, 0.45),
    PortraitView(0.75, 0.45),
    PortraitView(np.pi - 0.3, 0.35),
    PortraitView(0.15, 1.05),
)


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """One package on nothing.

    Attributes:
        image: `(side, side, 3)` uint8 BGR; black where there is no package.
        coverage: `(side, side)` float32, share of a pixel that the package covers.
    """

    image: Image
    coverage: Float32Array

    def on(self, background: Image) -> Image:
        """Lay the package on a picture `(side, side, 3)`."""
        share = self.coverage[..., None]
        mixed: Image = np.rint(self.image * share + background * (1 - share)).astype(np.uint8)
        return mixed


class PortraitStudio:
    """Photographs what a store sells."""

    def __init__(self, assortment: Assortment, atlas: Atlas) -> None:
        """Prepare; `atlas` is what `build_atlas` printed for this assortment."""
        self._assortment, self._atlas = assortment, atlas
        self._meshes: dict[int, Mesh] = {}

    def take(self, product_index: int, view: PortraitView, side_px: int) -> Portrait:
        """Photograph a package so that it fills most of a square picture."""
        mesh = self._mesh(product_index)
        size = np.array(self._assortment[product_index].size_m)
        camera = _camera(size, view, side_px)
        screen = Lens.of(camera, _SAMPLES).project(mesh.vertices_m)
        shape = (_SAMPLES * side_px, _SAMPLES * side_px)
        nearness, face_at = np.zeros(shape, np.float32), np.full(shape, -1, np.int32)
        fill_triangles(screen, mesh.faces, 0, len(mesh.faces), 0, 0, nearness, face_at)
        place, normal, albedo = (np.zeros((*shape, 3), np.float32) for _ in range(3))
        resolve_static(
            face_at,
            screen,
            mesh.faces,
            mesh.material,
            mesh.vertices_m,
            mesh.normals,
            mesh.texture,
            mesh.colour,
            np.zeros(6),
            self._atlas.texels,
            self._atlas.level_start,
            self._atlas.level_size,
            np.ascontiguousarray(camera.position_m),
            place,
            normal,
            albedo,
        )
        key = np.maximum(normal @ _direction(view.azimuth_rad + view.light_azimuth_rad, 0.9), 0.0)
        radiance = np.maximum(albedo, 0.0) * (_AMBIENT + _KEY * key[..., None])
        small = cv2.resize(radiance, (side_px, side_px), interpolation=cv2.INTER_AREA)
        coverage: Float32Array = cv2.resize(
            (face_at >= 0).astype(np.float32), (side_px, side_px), interpolation=cv2.INTER_AREA
        ).astype(np.float32)
        inside = small / np.maximum(coverage, 1e-3)[..., None]
        shown = 255 * np.clip(inside, 0, 1) ** (1 / _GAMMA) * (coverage > 0)[..., None]
        return Portrait(np.ascontiguousarray(np.rint(shown[..., ::-1])).astype(np.uint8), coverage)

    def _mesh(self, product_index: int) -> Mesh:
        if product_index not in self._meshes:
            unit = self._assortment.unit_mesh(product_index)
            self._meshes[product_index] = subdivided(unit, _LONGEST_EDGE_M)
        return self._meshes[product_index]


def _camera(size_m: FloatArray, view: PortraitView, side_px: int) -> CameraModel:
    middle = np.array([0.0, 0.0, size_m[2] / 2])
    half_angle = np.radians(_VIEW_DEG) / 2
    distance = float(np.linalg.norm(size_m)) / 2 / _FILLS / np.sin(half_angle)
    towards = _direction(view.azimuth_rad, view.elevation_rad)
    right = np.array([np.cos(view.azimuth_rad), np.sin(view.azimuth_rad), 0.0])
    down = np.cross(-towards, right)
    cos, sin = np.cos(view.roll_rad), np.sin(view.roll_rad)
    focal = side_px / 2 / np.tan(half_angle)
    return CameraModel(
        CameraId("phone"),
        (side_px, side_px),
        np.array([[focal, 0.0, side_px / 2], [0.0, focal, side_px / 2], [0.0, 0.0, 1.0]]),
        np.zeros(5),
        np.array([cos * right + sin * down, cos * down - sin * right, -towards]),
        middle + distance * towards,
    )


def _direction(azimuth_rad: float, elevation_rad: float) -> FloatArray:
    """Unit vector from a package's front (-y), turned to its right (+x) and raised."""
    flat = np.cos(elevation_rad)
    return np.array([np.sin(azimuth_rad) * flat, -np.cos(azimuth_rad) * flat, np.sin(elevation_rad)])
