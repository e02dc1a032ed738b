"""Who finds people when vision is measured."""

from enum import StrEnum


class Eyes(StrEnum):
    """Who finds people."""

    TRUE = "true"
    NOISY = "noisy"  # true, with keypoints off by as much as their rays are said to be
    NETWORK = "network"
