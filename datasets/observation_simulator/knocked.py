"""What a camera says that hangs elsewhere than the store thinks."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from datasets.observation_simulator.hands import Wrists
from datasets.observation_simulator.people import Found
from vision.camera_model import CameraModel

FloatArray = npt.NDArray[np.float64]


def misplace(
    found: Found, wrists: Wrists, is_knocked: npt.NDArray[np.bool_], hangs: CameraModel, known: CameraModel
) -> tuple[Found, Wrists]:
    """Move what was seen in the knocked frames `(t,)` to where the store believes it to be.

    Args:
        found: As seen from where the camera really is.
        wrists: Likewise.
        is_knocked: Which frames.
        hangs: The camera as it hangs then.
        known: The camera as the store knows it.
    """
    turn = known.rotation.T @ hangs.rotation
    rays = np.concatenate([found.xy_m, np.zeros((*found.xy_m.shape[:2], 1))], axis=2) - hangs.position_m
    seen = rays @ turn.T
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = known.position_m[:2] - seen[..., :2] * (known.position_m[2] / seen[..., 2:])
    xy = np.where(is_knocked[:, None, None], moved, found.xy_m)
    direction = np.where(is_knocked[:, None, None, None], wrists.direction @ turn.T, wrists.direction)
    is_found = found.is_found & (np.isfinite(xy).all(axis=2) | ~is_knocked[:, None])
    return replace(found, xy_m=xy, is_found=is_found), replace(wrists, direction=direction)
