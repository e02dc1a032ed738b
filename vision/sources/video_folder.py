"""Frames of a folder of videos, as recorders leave them: pieces that follow each other without a gap."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from vision.errors import SourceError
from vision.settings import CameraSettings
from vision.sources.picture_folder import in_counting_order
from vision.sources.video_file import VideoFileSource
from vision.types import Frame

VIDEO_SUFFIXES = frozenset({".mp4", ".mkv", ".avi", ".mov", ".ts", ".m4v", ".webm"})


class VideoFolderSource:
    """Videos in the order of their names; each begins where the one before ends."""

    def __init__(self, settings: CameraSettings, start_s: float) -> None:
        """Check every piece.

        Raises:
            SourceError: Naming camera, file, what is wrong and what to do.
        """
        self.camera_id = settings.camera_id
        self.path = Path(settings.video)
        self.start_s = start_s
        self.ends_early = settings.ends_early
        self._pieces: list[VideoFileSource] = []
        end_s = start_s
        for path in in_counting_order(self.path, VIDEO_SUFFIXES):
            self._pieces.append(VideoFileSource(settings, end_s, path))
            end_s += self._pieces[-1].duration_s
        if not self._pieces:
            raise SourceError(
                f"camera {self.camera_id!r}: folder {self.path} holds neither videos nor pictures;"
                " correct 'video' in store.toml"
            )
        self._end_s = end_s

    @property
    def frame_count(self) -> int:
        """How many frames all pieces have."""
        return sum(piece.frame_count for piece in self._pieces)

    @property
    def duration_s(self) -> float:
        """Length of all pieces together."""
        return self._end_s - self.start_s

    def __iter__(self) -> Iterator[Frame]:
        """Decode all pieces, one after the other.

        Raises:
            SourceError: If one is damaged.
        """
        index = count()
        for piece in self._pieces:
            for frame in piece:
                yield Frame(self.camera_id, frame.at_s, next(index), frame.image)
