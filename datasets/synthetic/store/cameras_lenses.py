"""Lenses and mounts as shops have them: which way a camera looks and what its glass does."""

import numpy as np

from cart_tracker.observations import CameraId
from datasets.synthetic.scene import FloatArray
from vision.camera_model import CameraModel
from vision.lens import Lens, bend, field_edge

SMALLEST_FIELD_DEG, LARGEST_FIELD_DEG = 60.0, 110.0
# Sizes of pictures and how often they come. Most are what the networks of `vision` read without scaling.
SIZES_PX = ((640, 480), (640, 360), (800, 600), (1280, 720), (1920, 1080))
SIZE_SHARES = (0.68, 0.08, 0.08, 0.10, 0.06)
_WIDE_DEG = 80.0  # below, shops hang ordinary lenses; above, one in two is a fisheye
_EDGE_MARGIN = 1.03  # the lens sees this much further than the corners of its picture
_CENTRE_SIGMA = 0.005  # of the width: how far the optical axis is off the middle of the picture
_ROLL_SIGMA_RAD = np.radians(1.5)


def draw_size(rng: np.random.Generator) -> tuple[int, int]:
    """Draw a picture's width and height, most often 640 x 480."""
    return SIZES_PX[int(rng.choice(len(SIZES_PX), p=SIZE_SHARES))]


def draw_lens(rng: np.random.Generator, field_deg: float) -> Lens:
    """Draw the kind of lens for a horizontal field."""
    return Lens.KANNALA_BRANDT if field_deg > _WIDE_DEG and rng.random() < 0.5 else Lens.BROWN


def hung_camera(
    name: str,
    position_m: FloatArray,
    forward: FloatArray,
    rng: np.random.Generator,
    size_px: tuple[int, int],
    field_deg: float,
    lens: Lens,
) -> CameraModel:
    """Hang a camera that looks along `forward`, with a slight roll and a lens drawn for it.

    Args:
        name: Id of the camera.
        position_m: `(3,)`.
        forward: `(3,)` any length; straight down it is turned at random about its axis.
        rng: Draws what the arguments leave open.
        size_px: Width and height.
        field_deg: From the left to the right edge of the picture.
        lens: Kind of lens.
    """
    matrix, coefficients = _intrinsics(rng, size_px, field_deg, lens)
    rotation = _rotation(rng, forward / np.linalg.norm(forward))
    return CameraModel(CameraId(name), size_px, matrix, coefficients, rotation, position_m, lens)


def _rotation(rng: np.random.Generator, forward: FloatArray) -> FloatArray:
    turn = rng.uniform(0, 2 * np.pi)
    up = np.array([0.0, 0.0, 1.0]) if abs(forward[2]) < 0.98 else np.array([np.cos(turn), np.sin(turn), 0.0])
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    roll = float(rng.normal(0, _ROLL_SIGMA_RAD))
    cos, sin = np.cos(roll), np.sin(roll)
    return np.stack([cos * right + sin * down, -sin * right + cos * down, forward])


def _intrinsics(
    rng: np.random.Generator, size_px: tuple[int, int], field_deg: float, lens: Lens
) -> tuple[FloatArray, FloatArray]:
    """Draw a lens that throws light on the whole picture and to one place only."""
    width, height = size_px
    edge = np.array([[np.tan(np.radians(field_deg) / 2), 0.0]])
    while True:
        coefficients = _coefficients(rng, lens)
        at_side = float(bend(lens, coefficients, edge)[0, 0])
        if not np.isfinite(at_side):
            continue
        focal = width / 2 / at_side
        centre = np.array([width, height]) / 2 + rng.normal(0, _CENTRE_SIGMA * width, 2)
        corner = float(np.hypot(*np.maximum(centre, [width, height] - centre))) / focal
        last = np.array([[0.999 * field_edge(lens, coefficients), 0.0]])
        if bend(lens, coefficients, last)[0, 0] > corner * _EDGE_MARGIN:
            break
    matrix = np.array([[focal, 0.0, centre[0]], [0.0, focal, centre[1]], [0.0, 0.0, 1.0]])
    return matrix, coefficients


def _coefficients(rng: np.random.Generator, lens: Lens) -> FloatArray:
    """Draw coefficients as calibrations of cheap 2.8 to 4 mm lenses and of fisheyes give them."""
    if lens is Lens.KANNALA_BRANDT:
        return np.array([rng.uniform(-0.06, 0.03), rng.uniform(-0.01, 0.01), rng.uniform(-0.002, 0.002), 0.0])
    k1 = float(rng.uniform(-0.22, -0.03))
    # Above 9 / 20 of k1 squared the polynomial never turns back.
    k2 = float(rng.uniform(0.4, 0.75)) * k1**2
    p1, p2 = rng.normal(0, 3e-4, 2)
    return np.array([k1, k2, p1, p2, 0.0])
