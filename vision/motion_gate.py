"""Decide from a thumbnail whether a frame needs the network: only if something moved since it last looked.

The comparison is with the frame that was last looked at, not with the one before, so that creeping adds up.
Quiet views are still looked at twice a second. Whoever stands still keeps the boxes of the last look.
"""

import cv2
import numpy as np
import numpy.typing as npt

from vision.types import Frame

THUMBNAIL_PX = (80, 60)  # cells of 8 pixels at 640x480: a hand at 5 m fills one or two
# Grey levels of a cell. In the demo recording, cells of views with nobody in them differ by at most 3 levels
# in 95 % of frames, and the strongest cell of views with somebody walking by 20 or more in 95 %.
MOVED_LEVELS = 6
FLOOR_RATE_HZ = 2.0  # of looks at a quiet view

_Thumbnail = npt.NDArray[np.int16]


class MotionGate:
    """Watches the frames of one camera in order of time."""

    def __init__(self) -> None:
        """Start by looking at the first frame."""
        self._seen: _Thumbnail | None = None
        self._looked_s = -np.inf

    def opens(self, frame: Frame) -> bool:
        """Whether the network should look at the next frame; it is taken to do so."""
        now: _Thumbnail = cv2.resize(frame.image, THUMBNAIL_PX, interpolation=cv2.INTER_AREA).astype(np.int16)
        is_due = frame.at_s - self._looked_s >= 1 / FLOOR_RATE_HZ - 1e-3
        has_moved = self._seen is None or int(np.abs(now - self._seen).max()) > MOVED_LEVELS
        if not (is_due or has_moved):
            return False
        self._seen, self._looked_s = now, frame.at_s
        return True
