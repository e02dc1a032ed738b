"""Frames of a video file, with the capture times that its stamps tell where these are sensible."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import av.error
import av.video.stream
import cv2
import numpy as np
import numpy.typing as npt

from vision.errors import SourceError
from vision.settings import CameraSettings
from vision.types import Frame

# Time stamps are believed if their lower quartile of spacing is so much of a frame's period: jitter, drift,
# dropped frames and a camera at half its rate stay inside; a container that was told another rate does not.
STAMP_SPACING = (0.75, 2.5)
MAX_FIRST_STAMP_S = 3600.0  # a camera that is switched on later; more is a count from somewhere else
# Only these keep when a recording began; others, such as MPEG-TS, start to count anywhere.
_KEEP_THEIR_ORIGIN = ("mov", "matroska")


FloatArray = npt.NDArray[np.float64]


class VideoFileSource:
    """A video file whose frames were captured at `start_s` plus their presentation time stamps.

    A file without sensible stamps is taken to have lost nothing: frame `k` is at `start_s + k / fps`.
    """

    def __init__(self, settings: CameraSettings, start_s: float, path: Path | None = None) -> None:
        """Check the file: it exists, is a complete video, and fits the camera's calibration.

        Args:
            settings: The camera.
            start_s: Capture time of stamp 0, seconds since the epoch.
            path: The file, if it is not the one that the settings name.

        Raises:
            SourceError: Naming camera, file, what is wrong and what to do.
        """
        self.camera_id = settings.camera_id
        self.path = Path(settings.video) if path is None else path
        self.fps = settings.fps
        self.start_s = start_s
        self._size_px = settings.camera.size_px
        self.ends_early = settings.ends_early
        self._stamps_s = self._check_container()

    @property
    def frame_count(self) -> int:
        """How many frames the video has."""
        return len(self._stamps_s)

    @property
    def duration_s(self) -> float:
        """Length of the recording up to this video's end."""
        return float(self._stamps_s[-1]) + 1 / self.fps

    def __iter__(self) -> Iterator[Frame]:
        """Decode the video from its start.

        Raises:
            SourceError: If it ends before the frame count that its container promised.
        """
        # The decoder prints its complaints; ours are one line.
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
        capture = cv2.VideoCapture(str(self.path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        try:
            for index in range(self.frame_count):
                decoded, image = capture.read()
                if not decoded:
                    raise self._error(
                        f"is damaged: frame {index} of {self.frame_count} cannot be decoded",
                        "copy it again from the recorder",
                    )
                if image.dtype != np.uint8 or image.shape != (self._size_px[1], self._size_px[0], 3):
                    raise self._wrong_size(image.shape[1], image.shape[0])
                at_s = self.start_s + float(self._stamps_s[index])
                yield Frame(self.camera_id, at_s, index, image)  # type: ignore[arg-type]
        finally:
            capture.release()

    def _check_container(self) -> FloatArray:
        if not self.path.is_file():
            raise self._error("does not exist", "correct 'video' in store.toml or restore the file")
        if self.path.stat().st_size == 0:
            raise self._error("is empty", "copy it again from the recorder")
        try:
            return self._read_stamps()
        except (av.error.FFmpegError, ValueError) as error:
            raise self._error(
                f"cannot be read as video, or its end is missing ({_reason(error)})",
                "copy it again from the recorder",
            ) from error

    def _read_stamps(self) -> FloatArray:
        """Seconds from the start to every frame, in order."""
        with av.open(str(self.path)) as container:
            if not container.streams.video:
                raise self._error("has no video stream, or was cut off", "copy it again from the recorder")
            stream = container.streams.video[0]
            if (stream.width, stream.height) != self._size_px:
                raise self._wrong_size(stream.width, stream.height)
            packets = [p.pts for p in container.demux(stream) if p.size > 0 and not p.is_corrupt]
            if not packets:
                raise self._error("has no frames", "copy it again from the recorder")
            keeps_origin = container.format.name.startswith(_KEEP_THEIR_ORIGIN)
            stamps = _sensible_stamps(packets, stream, self.fps, keeps_origin)
            promised = stream.frames or _frames_promised(stream, len(packets), stamps, self.fps)
            if len(packets) < promised:
                raise self._error(
                    f"is truncated: {len(packets)} of {promised} frames are there",
                    "copy it again from the recorder",
                )
            container.seek(0)
            next(container.decode(stream))
            return np.arange(len(packets)) / self.fps if stamps is None else stamps

    def _wrong_size(self, width: int, height: int) -> SourceError:
        expected = "x".join(str(value) for value in self._size_px)
        return self._error(
            f"has frames of {width}x{height}, but the camera was calibrated at {expected}",
            "record at that size or calibrate again",
        )

    def _error(self, problem: str, remedy: str) -> SourceError:
        return SourceError(f"camera {self.camera_id!r}: video {self.path} {problem}; {remedy}")


def _sensible_stamps(
    pts: Sequence[int | None], stream: av.video.stream.VideoStream, fps: float, keeps_origin: bool
) -> FloatArray | None:
    """Return presentation times in seconds, rising; None if they cannot be those of `fps` frames a second."""
    known = sorted(value for value in pts if value is not None)
    if len(known) < len(pts) or stream.time_base is None:
        return None
    origin = 0 if keeps_origin else known[0]
    # To the microsecond, so that a file of constant rate gives the times that its rate says.
    stamps = np.array([round(float((value - origin) * stream.time_base), 6) for value in known])
    spacing = np.diff(stamps)
    if not 0 <= stamps[0] <= MAX_FIRST_STAMP_S or (spacing <= 0).any():
        return None
    low, high = STAMP_SPACING
    if len(spacing) and not low <= float(np.quantile(spacing, 0.25)) * fps <= high:
        return None
    return stamps


def _frames_promised(
    stream: av.video.stream.VideoStream, frames: int, stamps: FloatArray | None, fps: float
) -> int:
    """How many frames there should be, by the duration that the container claims."""
    if not stream.duration or not stream.time_base:
        return 0
    claimed_s = float(stream.duration * stream.time_base)
    if stamps is None:
        return round(claimed_s * fps)
    missing_s = claimed_s - (float(stamps[-1] - stamps[0]) + 1 / fps)
    return frames + round(max(missing_s, 0.0) * fps)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
