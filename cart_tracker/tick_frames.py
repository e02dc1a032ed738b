"""The frames of one tick as one table of detections, camera after camera."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cart_tracker.hands3d import WristRays
from cart_tracker.observations import CameraId, PeopleSeen
from cart_tracker.people import TickResult


def wrist_rays(frames: Sequence[PeopleSeen], result: TickResult, at_s: float) -> WristRays:
    """Both wrists of every detection of the tick at `at_s`."""
    return WristRays(
        np.concatenate(result.owner),
        np.concatenate(
            [np.broadcast_to(frame.camera_xyz_m, (len(frame.tracklet_id), 3)) for frame in frames]
        ),
        np.concatenate([frame.wrist_direction for frame in frames]),
        np.concatenate([frame.wrist_sigma_rad for frame in frames]),
        np.concatenate([np.full(len(frame.tracklet_id), at_s - frame.at_s) for frame in frames]),
    )


def tracklets_where(frames: Sequence[PeopleSeen], mask: npt.NDArray[np.bool_]) -> set[tuple[CameraId, int]]:
    """Name the detections of the tick for which `mask` `(m,)` is true."""
    names = [(frame.camera_id, int(tracklet)) for frame in frames for tracklet in frame.tracklet_id]
    return {name for name, is_true in zip(names, mask, strict=True) if is_true}
