"""What passes between the parts of vision: frames, detections, tracklets; pixels throughout."""

from dataclasses import dataclass, replace

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

    def with_wrists_of(self, earlier: "Tracklets") -> "Tracklets":
        """Return the same people with their wrists as they were told in an earlier frame, where they were."""
        _, now, then = np.intersect1d(self.tracklet_id, earlier.tracklet_id, return_indices=True)
        keypoints, sigma_px = self.people.keypoints.copy(), self.people.wrist_sigma_px.copy()
        wrists = np.asarray(WRISTS, np.int64)
        keypoints[now[:, None], wrists] = earlier.people.keypoints[then[:, None], wrists]
        sigma_px[now] = earlier.people.wrist_sigma_px[then]
        people = replace(self.people, keypoints=keypoints, wrist_sigma_px=sigma_px)
        return replace(self, people=people)

    def __len__(self) -> int:
        """Return how many people are followed."""
        return len(self.tracklet_id)
