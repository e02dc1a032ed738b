"""Notice a camera whose pictures say nothing: black, frozen, or none at all."""

import numpy as np

from cart_tracker.observations import CameraHealthChanged, CameraId
from vision.types import Frame, Image

BLACK_LEVEL = 12.0  # mean grey level of a covered lens or a dead sensor
BLACK_SPREAD = 6.0
BLACK_AFTER_S = 1.0
# An encoder may repeat an empty view exactly for seconds; a living person never stands that still.
FROZEN_AFTER_S = 2.0
FROZEN_EMPTY_AFTER_S = 30.0
STRIDE_PX = 16
SAME_TROUBLE_S = 5.0


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


class StreamWatch:
    """Puts together what is wrong with a live camera's pictures and with its stream, and says what changed.

    Another reason for the same trouble is told too, but not more often than every 5 s: a camera that is away
    has a new one with every attempt to reach it.
    """

    def __init__(self, camera_id: CameraId) -> None:
        """Start as usable."""
        self.is_usable = True
        self._camera_id = camera_id
        self._reason = ""
        self._picture_reason = ""
        self._told_s = -np.inf

    def picture_changed(self, change: CameraHealthChanged) -> None:
        """Take note of what `CameraHealth` says."""
        self._picture_reason = "" if change.is_usable else change.reason

    def check(self, stream_reason: str, now_s: float, at_s: float) -> CameraHealthChanged | None:
        """Return what changed, if anything.

        Args:
            stream_reason: Why no good frames come; empty if they do.
            now_s: The store's time.
            at_s: Time of the change: that up to which everything seen has been told.
        """
        reason = stream_reason or self._picture_reason
        is_usable = not reason
        is_repeated = is_usable == self.is_usable and now_s - self._told_s < SAME_TROUBLE_S
        if reason == self._reason or is_repeated:
            return None
        self.is_usable, self._reason, self._told_s = is_usable, reason, now_s
        return CameraHealthChanged(at_s, self._camera_id, is_usable, reason or "the picture is back")
