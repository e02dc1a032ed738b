"""Somebody waves a ChArUco board at a camera: pictures to measure its lens from."""

from collections.abc import Iterator

import numpy as np
from scipy.spatial.transform import Rotation

from datasets.synthetic.calibration_pictures import board_picture
from vision.calibration.targets import CharucoBoard
from vision.camera_model import CameraModel
from vision.types import FloatArray, Image

# Where in the picture the board's middle is, as shares of width and height: all over, and into the corners.
_ACROSS, _DOWN = (0.12, 0.37, 0.63, 0.88), (0.15, 0.5, 0.85)
_TURNS = 3  # rounds over those places, each with other tilts and distances
_TILT_RAD = np.radians(38.0)
_WIDTH_SHARE = (0.28, 0.5)  # of the picture that the board spans
_BLURRED_SHARE, _BLUR_PX = 0.12, 2.5


def wave_board(camera: CameraModel, board: CharucoBoard, rng: np.random.Generator) -> Iterator[Image]:
    """Yield pictures of a board, all over the view; a few are blurred."""
    for _ in range(_TURNS):
        for across in _ACROSS:
            for down in _DOWN:
                rotation, position = _pose(camera, board, np.array([across, down]), rng)
                blur = _BLUR_PX if rng.random() < _BLURRED_SHARE else 0.0
                yield board_picture(
                    camera, board, rotation, position, blur_px=blur, seed=int(rng.integers(2**31))
                )


def _pose(
    camera: CameraModel, board: CharucoBoard, place: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw a pose in the camera's axes that shows the board's middle at a place of the picture."""
    size = np.array(camera.size_px, np.float64)
    uv = (place + rng.normal(0, 0.02, 2)) * size
    axis = np.asarray(camera.rays(uv[None])[0] @ camera.rotation.T)
    # The board faces the lens along the ray, then leans to a side and turns a little.
    facing, _ = Rotation.align_vectors([axis], [[0.0, 0.0, 1.0]])
    angle = rng.uniform(0, 2 * np.pi)
    lean = Rotation.from_rotvec(
        rng.uniform(0.3, 1.0) * _TILT_RAD * np.array([np.cos(angle), np.sin(angle), 0])
    )
    turned = facing * lean * Rotation.from_rotvec([0, 0, rng.normal(0, 0.2)])
    width, height = board.size_m
    span_px = rng.uniform(*_WIDTH_SHARE) * size[0]
    # Near the axis a metre at distance d spans f / d pixels.
    distance = width * camera.matrix[0, 0] / span_px
    rotation = np.asarray(turned.as_matrix(), np.float64)
    return rotation, distance * axis - rotation @ np.array([width / 2, height / 2, 0.0])
