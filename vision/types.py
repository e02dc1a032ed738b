"""What passes between the parts of vision: frames, detections, tracklets; pixels throughout."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cart_tracker.observations import CameraId
from vision.keypoints import KEYPOINT_COUNT, WRISTS

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of one camera.

    Attributes:
        at_s: Capture time, seconds since the epoch.
        index: Position in the camera's stream, from 0.
        image: `(h, w, 3)` uint8 BGR.
    """

    camera_id: CameraId
    at_s: float
    index: int
    image: Image


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """The people found in one frame.

    Attributes:
        xyxy: `(n, 4)` boxes in pixels of the frame, `x1 <= x2` and `y1 <= y2`.
        score: `(n,)` in [0, 1].
        keypoints: `(n, 11, 3)` u, v in pixels and a confidence in [0, 1], in the order of `Keypoint`.
        wrist_sigma_px: `(n, 2)` standard deviation of both coordinates of left and right wrists that were
            looked at closely; NaN where their confidence alone tells how good they are.
    """

    xyxy: FloatArray
    score: FloatArray
    keypoints: FloatArray
    wrist_sigma_px: FloatArray

    def __post_init__(self) -> None:
        """Check shapes.

        Raises:
            ValueError: If they disagree.
        """
        n = len(self.score)
        for name, array, expected in (
            ("xyxy", self.xyxy, (n, 4)),
            ("score", self.score, (n,)),
            ("keypoints", self.keypoints, (n, KEYPOINT_COUNT, 3)),
            ("wrist_sigma_px", self.wrist_sigma_px, (n, len(WRISTS))),
        ):
            if array.shape != expected:
                raise ValueError(f"{name} has shape {array.shape}, expected {expected}")

    def __len__(self) -> int:
        """Return how many people were found."""
        return len(self.score)

    def take(self, rows: IntArray | BoolArray) -> "Detections":
        """Return the given rows."""
        return Detections(self.xyxy[rows], self.score[rows], self.keypoints[rows], self.wrist_sigma_px[rows])


def people_found(xyxy: FloatArray, score: FloatArray, keypoints: FloatArray) -> Detections:
    """Return people whose wrists nobody has looked at closely; see `Detections`."""
    return Detections(xyxy, score, keypoints, np.full((len(score), len(WRISTS)), np.nan))


def no_detections() -> Detections:
    """Return the detections of a frame with nobody in it."""
    return people_found(np.empty((0, 4)), np.empty(0), np.empty((0, KEYPOINT_COUNT, 3)))


@dataclass(frozen=True, slots=True, eq=False)
class Tracklets:
    """People followed in one camera, as seen in one frame.

    Attributes:
        tracklet_id: `(n,)` unique within the camera for one run.
        people: Their detections, in the same order.
    """

    tracklet_id: IntArray
    people: Detections

    def __post_init__(self) -> None:
        """Check shapes.

        Raises:
            ValueError: If they disagree.
        """
        if self.tracklet_id.shape != (len(self.people),):
            raise ValueError(
                f"tracklet_id has shape {self.tracklet_id.shape}, expected ({len(self.people)},)"
            )

    def __len__(self) -> int:
        """Return how many people are followed."""
        return len(self.tracklet_id)
