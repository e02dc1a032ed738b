"""What a camera sees of the one person who walks: head and feet; posters and mannequins left out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cart_tracker.observations import CameraId
from vision.camera_model import CameraModel
from vision.errors import CalibrationError
from vision.ground import MIN_CONFIDENCE, floor_points, pixel_sigma
from vision.keypoints import ANKLES, Keypoint
from vision.types import Detections, FloatArray, Frame, Image, no_detections

MIN_SCORE = 0.4
MIN_FRAMES = 25  # of a camera with the person in it; 5 seconds at 5 fps
_STANDS_PX = 6.0  # who is within this of the same place ...
_STANDS_SHARE = 0.2  # ... in so much of all frames is no walker

Detect = Callable[[Image], Detections]


@dataclass(frozen=True, slots=True, eq=False)
class WalkTrack:
    """The walker in one camera, oldest first.

    Attributes:
        at_s: `(n,)` the frames' stamps, by the camera's own clock.
        head_uv: `(n, 2)` top of the head, pixels; NaN where not seen.
        head_sigma_px: `(n,)`.
        feet_uv: `(n, 2)` middle of the ankles; NaN unless both are seen.
        feet_sigma_px: `(n,)`.
        floor_xy_m: `(n, 2)` where the person stands, by this camera's present calibration; NaN where unknown.
    """

    camera_id: CameraId
    at_s: FloatArray
    head_uv: FloatArray
    head_sigma_px: FloatArray
    feet_uv: FloatArray
    feet_sigma_px: FloatArray
    floor_xy_m: FloatArray


def follow_walker(camera: CameraModel, frames: Iterable[Frame], detect: Detect) -> WalkTrack:
    """Find the walker in all frames of a camera.

    Raises:
        CalibrationError: If nobody, or more than one person, walks there.
    """
    seen = [(frame.at_s, _likely(detect(frame.image))) for frame in frames]
    people = _without_standing([detections for _, detections in seen])
    crowded = sum(len(found) > 1 for found in people)
    if crowded > 0.25 * len(people):
        raise CalibrationError(
            f"camera {camera.camera_id!r} sees two people or more in {crowded} of {len(people)} frames;"
            " the walk test"
            " needs one person alone in the store: record it again"
        )
    rows = [n for n, found in enumerate(people) if len(found) == 1]
    if len(rows) < MIN_FRAMES:
        raise CalibrationError(
            f"camera {camera.camera_id!r} sees the walker in {len(rows)} of {len(people)} frames; walk"
            " through its"
            " view too, for ten seconds or more, or leave the camera out with --without"
        )
    people = [people[n] for n in rows]
    points = np.concatenate([found.keypoints for found in people])
    feet = points[:, list(ANKLES)]
    feet_confidence = feet[..., 2].min(axis=1)
    head = points[:, Keypoint.HEAD_TOP]
    floor = np.concatenate([floor_points(camera, found).xy_m for found in people])
    return WalkTrack(
        camera.camera_id,
        np.array([seen[n][0] for n in rows]),
        _where(head[:, 2] >= MIN_CONFIDENCE, head[:, :2]),
        pixel_sigma(camera, head[:, 2]),
        _where(feet_confidence >= MIN_CONFIDENCE, feet[..., :2].mean(axis=1)),
        pixel_sigma(camera, feet_confidence),
        floor,
    )


def _likely(found: Detections) -> Detections:
    """Keep people, not guesses."""
    return found.take(np.flatnonzero(found.score >= MIN_SCORE))


def _without_standing(people: Sequence[Detections]) -> list[Detections]:
    """Leave out boxes that are at the same place in much of the footage."""
    corners = [found.xyxy for found in people]
    if not any(len(boxes) for boxes in corners):
        return [no_detections() for _ in people]
    everything = np.concatenate(corners)
    count = np.array([(np.abs(everything - box).max(axis=1) < _STANDS_PX).sum() for box in everything])
    moves = count < max(_STANDS_SHARE * len(people), 4)
    kept = iter(np.split(moves, np.cumsum([len(boxes) for boxes in corners])[:-1]))
    return [found.take(np.flatnonzero(next(kept))) for found in people]


def _where(known: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], uv: FloatArray) -> FloatArray:
    return np.where(known[:, None], uv, np.nan)


def every(frames: Iterable[Frame], seconds: float) -> Iterator[Frame]:
    """Yield frames that are at least so far apart in time."""
    last_s = -np.inf
    for frame in frames:
        if frame.at_s - last_s >= seconds:
            last_s = frame.at_s
            yield frame
