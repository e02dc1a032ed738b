"""Notice a camera whose pictures say nothing: black, or frozen."""

import numpy as np

from cart_tracker.observations import CameraHealthChanged
from vision.types import Frame, Image

BLACK_LEVEL = 12.0  # mean grey level of a covered lens or a dead sensor
BLACK_SPREAD = 6.0
BLACK_AFTER_S = 1.0
# An encoder may repeat an empty view exactly for seconds; a living person never stands that still.
FROZEN_AFTER_S = 2.0
FROZEN_EMPTY_AFTER_S = 30.0
STRIDE_PX = 16


class CameraHealth:
    """Watches the frames of one camera in order of time."""

    def __init__(self) -> None:
        """Start as usable."""
        self._last: Image | None = None
        self._moved_s = self._lit_s = -np.inf
        self._reason = ""

    def check(self, frame: Frame, people: int) -> CameraHealthChanged | None:
        """Return what changed with this frame, if anything.

        Args:
            frame: The next frame.
            people: How many people are seen in it.
        """
        sample = frame.image[::STRIDE_PX, ::STRIDE_PX]
        if self._last is None or not np.array_equal(sample, self._last):
            self._moved_s = frame.at_s
        if self._last is None or sample.mean() > BLACK_LEVEL or sample.std() > BLACK_SPREAD:
            self._lit_s = frame.at_s
        self._last = sample.copy()

        patience = FROZEN_AFTER_S if people else FROZEN_EMPTY_AFTER_S
        reason = ""
        if frame.at_s - self._lit_s >= BLACK_AFTER_S:
            reason = "the picture is black"
        elif frame.at_s - self._moved_s >= patience:
            reason = "the picture is frozen"
        if bool(reason) == bool(self._reason):
            return None
        self._reason = reason
        return CameraHealthChanged(
            frame.at_s, frame.camera_id, is_usable=not reason, reason=reason or "the picture is back"
        )
