"""One calibrated camera: store metres to pixels and back.

A camera is either *full* (intrinsics, a lens and a pose: floor points, rays and projection) or *floor only*
(a homography from clicked floor points: floor points, no rays).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cart_tracker.observations import CameraId
from vision.errors import CalibrationError
from vision.lens import Lens, bend, straighten

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CameraModel:
    """Intrinsics, lens and pose of one camera.

    Attributes:
        size_px: Width and height of the frames this calibration is valid for.
        matrix: `(3, 3)` intrinsic matrix, pixels.
        distortion: Coefficients of the lens in OpenCV's order: `(5,)` k1, k2, p1, p2, k3 for Brown, `(4,)`
            k1 to k4 for Kannala-Brandt.
        rotation: `(3, 3)` store to camera axes (camera: x right, y down, z forward).
        position_m: `(3,)` the camera's centre in the store.
        lens: What the coefficients mean.
    """

    camera_id: CameraId
    size_px: tuple[int, int]
    matrix: FloatArray
    distortion: FloatArray
    rotation: FloatArray
    position_m: FloatArray
    lens: Lens = Lens.BROWN

    def project(self, xyz_m: FloatArray) -> FloatArray:
        """Project store points `(n, 3)` to distorted pixels `(n, 2)`; NaN where the lens sees nothing."""
        local = (np.asarray(xyz_m, dtype=np.float64) - self.position_m) @ self.rotation.T
        in_front = local[:, 2] > 1e-6
        uv = np.full((len(local), 2), np.nan)
        if in_front.any():
            xy = local[in_front, :2] / local[in_front, 2:]
            bent = bend(self.lens, self.distortion, xy)
            uv[in_front] = bent @ self.matrix[:2, :2].T + self.matrix[:2, 2]
        return uv

    def rays(self, uv_px: FloatArray) -> FloatArray:
        """Unit vectors `(n, 3)` in store axes from the camera through distorted pixels `(n, 2)`.

        NaN through pixels that the lens throws no light on: outside the picture, far beyond a corner.
        """
        uv = np.asarray(uv_px, dtype=np.float64).reshape(-1, 2)
        bent = (uv - self.matrix[:2, 2]) @ np.linalg.inv(self.matrix[:2, :2]).T
        xy = straighten(self.lens, self.distortion, bent)
        rays = np.column_stack([xy, np.ones(len(xy))]) @ self.rotation
        unit: FloatArray = rays / np.linalg.norm(rays, axis=1, keepdims=True)
        return unit

    def at_height(self, uv_px: FloatArray, height_m: float = 0.0) -> FloatArray:
        """Intersect pixels `(n, 2)` with a horizontal plane: `(n, 2)` metres, NaN above the horizon."""
        rays = self.rays(uv_px)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = (height_m - self.position_m[2]) / rays[:, 2]
            xy: FloatArray = self.position_m[:2] + rays[:, :2] * scale[:, None]
        xy[~(scale > 0)] = np.nan
        return xy


@dataclass(frozen=True, slots=True, eq=False)
class FloorCamera:
    """A camera that knows only the floor: a homography from clicked points.

    Attributes:
        floor_to_pixel: `(3, 3)` homography, floor metres to pixels.
    """

    camera_id: CameraId
    size_px: tuple[int, int]
    floor_to_pixel: FloatArray

    def at_height(self, uv_px: FloatArray, height_m: float = 0.0) -> FloatArray:
        """Map pixels `(n, 2)` to the floor `(n, 2)`, metres; NaN beyond the horizon.

        Raises:
            CalibrationError: For another height than the floor, which a homography cannot know.
        """
        if height_m != 0.0:
            raise CalibrationError(f"camera {self.camera_id!r} is calibrated for the floor only")
        to_floor = np.linalg.inv(self.floor_to_pixel)
        floor = np.column_stack([uv_px, np.ones(len(uv_px))]) @ to_floor.T
        with np.errstate(divide="ignore", invalid="ignore"):
            xy: FloatArray = floor[:, :2] / floor[:, 2:]
        # A ceiling camera sees floor at the lower edge of its picture; its corners may be above the horizon.
        on_floor = np.array([self.size_px[0] / 2, self.size_px[1], 1.0])
        below_horizon = np.sign(floor[:, 2]) == np.sign(to_floor[2] @ on_floor)
        xy[~below_horizon] = np.nan
        return xy


Camera = CameraModel | FloorCamera


def camera_from_toml(entry: Mapping[str, Any]) -> Camera:
    """Build a camera from one `[[cameras]]` table of `store.toml`.

    Raises:
        CalibrationError: If the table has neither a pose nor a homography, or a value is malformed.
    """
    camera_id = CameraId(str(entry.get("id", "?")))
    try:
        width, height = (int(value) for value in entry["size_px"])
        if "floor_to_pixel" in entry:
            return FloorCamera(camera_id, (width, height), _array(entry, "floor_to_pixel", (3, 3)))
        if "matrix" not in entry:
            raise CalibrationError(
                f"camera {camera_id!r} has no calibration; give matrix, distortion, rotation and"
                " position_m, or floor_to_pixel"
            )
        lens = _lens(entry)
        return CameraModel(
            camera_id,
            (width, height),
            _intrinsics(entry),
            _array(entry, "distortion", (lens.coefficient_count,)),
            _array(entry, "rotation", (3, 3)),
            _array(entry, "position_m", (3,)),
            lens,
        )
    except KeyError as error:
        raise CalibrationError(f"camera {camera_id!r}: {error.args[0]!r} is missing") from error
    except (TypeError, ValueError) as error:
        raise CalibrationError(f"camera {camera_id!r}: {error}") from error


def _intrinsics(entry: Mapping[str, Any]) -> FloatArray:
    matrix = _array(entry, "matrix", (3, 3))
    if matrix[0, 0] <= 0 or matrix[1, 1] <= 0:
        raise ValueError("matrix has a focal length that is not positive")
    return matrix


def _lens(entry: Mapping[str, Any]) -> Lens:
    name = entry.get("lens", Lens.BROWN)
    try:
        return Lens(name)
    except ValueError as error:
        known = ", ".join(repr(str(lens)) for lens in Lens)
        raise ValueError(
            f"lens is {name!r}; give one of {known}, or leave it out for {Lens.BROWN}"
        ) from error


def _array(entry: Mapping[str, Any], key: str, shape: tuple[int, ...]) -> FloatArray:
    values = np.asarray(entry[key], dtype=np.float64)
    if values.shape != shape or not np.isfinite(values).all():
        raise ValueError(f"{key} has shape {values.shape}, expected {shape} finite numbers")
    return values
