"""Cameras to calibrate, hung by hand."""

import numpy as np

from cart_tracker.observations import CameraId
from vision.calibration.lens_profile import LensProfile
from vision.camera_model import CameraModel
from vision.lens import Lens


def looking_at(
    camera_id: str,
    position_m: tuple[float, float, float],
    aim_m: tuple[float, float, float],
    size_px: tuple[int, int] = (640, 480),
    focal_px: float = 400.0,
    lens: Lens = Lens.BROWN,
    distortion: tuple[float, ...] | None = None,
) -> CameraModel:
    """A camera at a place that looks at another one, upright."""
    forward = np.subtract(aim_m, position_m)
    forward = forward / np.linalg.norm(forward)
    up = np.array([0.0, 0.0, 1.0]) if abs(forward[2]) < 0.99 else np.array([0.0, 1.0, 0.0])
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    width, height = size_px
    matrix = np.array([[focal_px, 0, width / 2 + 3.0], [0, focal_px, height / 2 - 2.0], [0, 0, 1.0]])
    if distortion is None:
        distortion = (-0.12, 0.01, 0.0, 0.0, 0.0) if lens is Lens.BROWN else (-0.03, 0.002, 0.0, 0.0)
    return CameraModel(
        CameraId(camera_id), size_px, matrix, np.array(distortion), rotation, np.array(position_m), lens
    )


def profile_of(camera: CameraModel) -> LensProfile:
    """The true lens of a camera."""
    return LensProfile("true", camera.size_px, camera.matrix, camera.distortion, camera.lens, 0.1, 20)
