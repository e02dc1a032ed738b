"""What every source of frames is, recorded or live."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from cart_tracker.observations import CameraId
from vision.types import Frame


class FrameSource(Protocol):
    """Frames of one camera, oldest first."""

    camera_id: CameraId

    def __iter__(self) -> Iterator[Frame]:
        """Iterate over the frames; may raise `SourceError` when the stream breaks."""


class RecordedSource(FrameSource, Protocol):
    """Frames of one camera that were recorded: they have an end, and none is left out.

    Attributes:
        path: The file or folder.
        start_s: Capture time of the beginning, seconds since the epoch.
        ends_early: The camera is known to have died before the recording ended.
    """

    path: Path
    start_s: float
    ends_early: bool

    @property
    def frame_count(self) -> int:
        """How many frames there are."""

    @property
    def duration_s(self) -> float:
        """Seconds from `start_s` to the end of the last frame."""
