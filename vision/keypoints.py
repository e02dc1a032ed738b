"""The points of a body that the shopper network finds, in the order of its output."""

from enum import IntEnum


class Keypoint(IntEnum):
    """Rows of keypoint arrays; left and right are the person's own."""

    HEAD_TOP = 0
    LEFT_SHOULDER = 1
    RIGHT_SHOULDER = 2
    LEFT_ELBOW = 3
    RIGHT_ELBOW = 4
    LEFT_WRIST = 5
    RIGHT_WRIST = 6
    LEFT_HIP = 7
    RIGHT_HIP = 8
    LEFT_ANKLE = 9
    RIGHT_ANKLE = 10


KEYPOINT_COUNT = len(Keypoint)

# Left and right, in the order of `cart_tracker.observations.Hand`.
WRISTS = (Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST)
ELBOWS = (Keypoint.LEFT_ELBOW, Keypoint.RIGHT_ELBOW)
HIPS = (Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP)
ANKLES = (Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE)

BONES = (
    (Keypoint.HEAD_TOP, Keypoint.LEFT_SHOULDER),
    (Keypoint.HEAD_TOP, Keypoint.RIGHT_SHOULDER),
    (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER),
    (Keypoint.LEFT_SHOULDER, Keypoint.LEFT_ELBOW),
    (Keypoint.LEFT_ELBOW, Keypoint.LEFT_WRIST),
    (Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_ELBOW),
    (Keypoint.RIGHT_ELBOW, Keypoint.RIGHT_WRIST),
    (Keypoint.LEFT_SHOULDER, Keypoint.LEFT_HIP),
    (Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_HIP),
    (Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP),
    (Keypoint.LEFT_HIP, Keypoint.LEFT_ANKLE),
    (Keypoint.RIGHT_HIP, Keypoint.RIGHT_ANKLE),
)
