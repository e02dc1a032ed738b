"""What a camera can see of bodies and hands: shelves and bodies stand in the way, board by board.

Bodies are upright cylinders about the line from the feet to the head, shelves solid boxes with an open front.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cart_tracker.store_map import Shelf
from datasets.observation_simulator.bodies import Bodies
from vision.camera_model import CameraModel

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

BODY_RADIUS_M = 0.2
OWN_RADIUS_M = 0.13  # one's own chest hides the hands behind it
# Parts of a body from the feet to the top of the head, and what each is worth of being seen.
PARTS = np.array([0.03, 0.5, 0.78, 0.95])
WORTH = np.array([0.2, 0.3, 0.3, 0.2])
_BOARD_M = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What one camera sees at some ticks.

    Attributes:
        part: `(t, p, 4)` which parts of each body are in sight.
        wrist: `(t, p, 2)` which wrists are.
        middle_px: `(t, p, 2)` the middle of each body in the picture.
        tall_px: `(t, p)` how tall it is there.
    """

    part: BoolArray
    wrist: BoolArray
    middle_px: FloatArray
    tall_px: FloatArray

    @property
    def share(self) -> FloatArray:
        """`(t, p)` of each body that is in sight."""
        shown: FloatArray = self.part @ WORTH
        return shown


def look(
    camera: CameraModel, shelves: Sequence[Shelf], bodies: Bodies, ticks: npt.NDArray[np.int64]
) -> Sight:
    """Say what is in sight of a camera at some ticks of the bodies."""
    feet = np.concatenate([bodies.floor_m[ticks], np.zeros((*bodies.floor_m[ticks].shape[:2], 1))], axis=2)
    head = bodies.head_m[ticks]
    points = feet[:, :, None] + PARTS[:, None] * (head - feet)[:, :, None]
    everything = np.concatenate([points, bodies.wrist_m[ticks]], axis=2)
    pixels = camera.project(everything.reshape(-1, 3)).reshape(*everything.shape[:3], 2)
    size = np.asarray(camera.size_px, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        shown = ((pixels >= 0) & (pixels < size)).all(axis=3)
    shown &= ~behind_shelves(camera.position_m, shelves, everything)
    shown &= ~behind_bodies(camera.position_m, everything, feet, head)
    return Sight(
        shown[:, :, :4],
        shown[:, :, 4:],
        pixels[:, :, 1],
        np.linalg.norm(pixels[:, :, 0] - pixels[:, :, 3], axis=2),
    )


def behind_shelves(eye_m: FloatArray, shelves: Sequence[Shelf], points_m: FloatArray) -> BoolArray:
    """Say which points `(..., 3)` a shelf hides from a place `(3,)`.

    A hand in a shelf is seen through its front, unless a board is between.
    """
    hidden = np.zeros(points_m.shape[:-1], np.bool_)
    for shelf in shelves:
        top = max((slot.height_m[1] for slot in shelf.slots), default=1.0)
        low, high = np.array([0.0, 0.0, 0.0]), np.array([shelf.width_m, shelf.depth_m, top])
        eye, target = shelf.to_shelf(eye_m), shelf.to_shelf(points_m)
        way = target - eye
        with np.errstate(divide="ignore", invalid="ignore"):
            first, second = (low - eye) / way, (high - eye) / way
            enters = np.minimum(first, second).max(axis=-1)
            leaves = np.maximum(first, second).min(axis=-1)
            crosses = (enters < leaves) & (leaves > 0.0) & (enters < 1.0)
            is_inside = ((target > low) & (target < high)).all(axis=-1)
            through = -eye[1] / way[..., 1]
            at = eye + through[..., None] * way
        boards = np.array(sorted({slot.height_m[0] for slot in shelf.slots} | {top}))
        lower = np.minimum(at[..., 2], target[..., 2])[..., None]
        upper = np.maximum(at[..., 2], target[..., 2])[..., None]
        is_boarded = ((boards > lower + _BOARD_M) & (boards < upper - _BOARD_M)).any(axis=-1)
        by_front = (eye[1] < 0.0) & (at[..., 0] > 0.0) & (at[..., 0] < shelf.width_m) & ~is_boarded
        hidden |= np.where(is_inside, ~by_front, crosses)
    return hidden


def behind_bodies(
    eye_m: FloatArray, points_m: FloatArray, feet_m: FloatArray, head_m: FloatArray
) -> BoolArray:
    """Say which points `(t, p, k, 3)` of bodies another body hides from a place; of hands, also their own."""
    n, k = points_m.shape[1:3]
    axis = 0.5 * (feet_m + head_m)[:, None, None, :, :2]
    target, way = points_m[:, :, :, None], (points_m - eye_m)[:, :, :, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = ((axis - eye_m[:2]) * way[..., :2]).sum(axis=-1) / (way[..., :2] ** 2).sum(axis=-1)
        share = np.clip(share, 0.0, 1.0)
        nearest = eye_m + share[..., None] * way
        metres = np.linalg.norm(nearest[..., :2] - axis, axis=-1)
        beyond = np.linalg.norm(target[..., :2] - nearest[..., :2], axis=-1)
        is_below = nearest[..., 2] < head_m[:, None, None, :, 2]
        is_own = np.eye(n, dtype=np.bool_)[:, None, :] & (np.arange(k) >= len(PARTS))[:, None]
        other = ~np.eye(n, dtype=np.bool_)[:, None, :]
        hides = (metres < BODY_RADIUS_M) & is_below & (beyond > 0.05) & other
        hides |= (metres < OWN_RADIUS_M) & is_below & (beyond > 0.12) & is_own
    return np.asarray(hides.any(axis=-1))
