"""Wrists in pixels to rays in the store."""

import numpy as np

from vision.boxes import FloatArray
from vision.camera_model import Camera, CameraModel
from vision.ground import pixel_sigma
from vision.keypoints import WRISTS
from vision.types import Detections

MIN_CONFIDENCE = 0.3  # a wrist below this is hidden; its place is then a guess


def wrist_rays(camera: Camera, people: Detections) -> tuple[FloatArray, FloatArray]:
    """Rays from the camera through both wrists of everybody.

    Returns:
        `(n, 2, 3)` unit vectors in store axes and `(n, 2)` angular standard deviations, radians; NaN where
        the wrist was not seen, and everywhere for a camera that knows only its floor.
    """
    n = len(people)
    if not isinstance(camera, CameraModel) or n == 0:
        return np.full((n, 2, 3), np.nan), np.full((n, 2), np.nan)
    wrists = people.keypoints[:, list(WRISTS)]
    seen = wrists[..., 2] >= MIN_CONFIDENCE
    directions = camera.rays(wrists[..., :2].reshape(-1, 2)).reshape(n, 2, 3)
    focal_px = (camera.matrix[0, 0] + camera.matrix[1, 1]) / 2
    told = np.isfinite(people.wrist_sigma_px)
    sigma = np.where(told, people.wrist_sigma_px, pixel_sigma(camera, wrists[..., 2])) / focal_px
    seen &= np.isfinite(directions[..., 0])
    return np.where(seen[..., None], directions, np.nan), np.where(seen, sigma, np.nan)


def camera_centre(camera: Camera) -> FloatArray:
    """Where the rays start, `(3,)` metres; zeros for a camera that knows only its floor."""
    return camera.position_m if isinstance(camera, CameraModel) else np.zeros(3)
