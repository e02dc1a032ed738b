"""One connection to a live camera: a network stream (RTSP, HTTP) or a USB device, read with FFmpeg.

A connection ends by raising `StreamLostError`; whoever reads decides when to open the next one.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import av
import av.error
import numpy as np

from vision.settings import CameraSettings, is_url
from vision.types import Image

OPEN_TIMEOUT_S = 5.0  # all of it; some cameras think for seconds before they describe themselves
SOCKET_TIMEOUT_S = 2.0  # one answer; a camera that is switched off gives none
READ_TIMEOUT_S = 2.0
# Probing for a frame rate takes 2.7 s of a stream at 10 frames a second, and we know the rate: 0.5 s.
_PROBE = {"probesize": "32", "analyzeduration": "0", "fpsprobesize": "0"}
# TCP: a lost packet costs milliseconds on a shop's wires, and a picture with holes costs a receipt.
_RTSP = {"rtsp_transport": "tcp", "timeout": str(round(SOCKET_TIMEOUT_S * 1e6))}
# H.264 lets at most 16 frames wait for their turn; what waits longer was lost in the decoder.
_WAITING_FRAMES = 32


class StreamLostError(Exception):
    """The connection is over, or none came about; the message says why and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class StreamFrame:
    """One decoded frame of a stream, its colours not converted yet.

    Attributes:
        pts_s: The stream's own time, seconds from anywhere.
        arrival_s: When its packet came, on the clock that `Stream.frames` was given.
        given_s: When the decoder gave it out; later than it came where frames wait for their turn.
        sender_wall_s: The sender's own time of capture, seconds since the epoch; None if it tells none.
        is_key: Nothing older than this frame, or than one without stamp just before it, was needed.
    """

    pts_s: float
    arrival_s: float
    given_s: float
    sender_wall_s: float | None
    is_key: bool
    picture: av.VideoFrame

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.picture.width, self.picture.height

    def image(self) -> Image:
        """Convert to `(h, w, 3)` uint8 BGR."""
        return np.asarray(self.picture.to_ndarray(format="bgr24"), np.uint8)


class Stream:
    """An open connection."""

    def __init__(self, settings: CameraSettings) -> None:
        """Connect.

        Raises:
            StreamLostError: If that fails within 5 s.
        """
        self._video = settings.video
        try:
            self._container = _open(settings)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise StreamLostError(f"cannot be opened ({_reason(error)}); {_remedy(self._video)}") from error
        if not self._container.streams.video:
            self._container.close()
            raise StreamLostError("has no video; correct the address in store.toml")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "NONE"  # threads of the decoder would hold frames back

    def frames(self, now_s: Callable[[], float]) -> Iterator[StreamFrame | None]:
        """Yield frames as they come, None in place of each that was damaged.

        Raises:
            StreamLostError: When the stream ends, breaks, or nothing comes for 2 s.
        """
        arrivals: dict[int, tuple[float, float | None]] = {}
        follows_key = False
        try:
            for packet in self._container.demux(self._stream):
                if packet.size == 0:
                    break
                came_s = now_s()
                if packet.pts is not None:
                    arrivals[packet.pts] = (came_s, _sender_wall_s(packet))
                try:
                    pictures = packet.decode()
                except av.error.InvalidDataError:
                    yield None
                    continue
                for picture in pictures:
                    if picture.is_corrupt or packet.is_corrupt:
                        yield None
                    elif picture.pts is None or picture.time_base is None:
                        follows_key |= picture.key_frame  # FFmpeg has no stamp for the first of a stream
                    else:
                        arrival_s, sender_s = arrivals.pop(picture.pts, (came_s, None))
                        pts_s = float(picture.pts * picture.time_base)
                        is_key = picture.key_frame or follows_key
                        follows_key = False
                        yield StreamFrame(pts_s, arrival_s, came_s, sender_s, is_key, picture)
                while len(arrivals) > _WAITING_FRAMES:
                    del arrivals[next(iter(arrivals))]
        except (av.error.FFmpegError, OSError) as error:
            raise StreamLostError(f"broke off ({_reason(error)})") from error
        raise StreamLostError("ended")

    def close(self) -> None:
        """Let go of the camera."""
        self._container.close()


def _open(settings: CameraSettings) -> av.container.InputContainer:
    timeouts_s = (OPEN_TIMEOUT_S, READ_TIMEOUT_S)
    if is_url(settings.video):
        options = {**_PROBE, **(_RTSP if settings.video.startswith("rtsp") else {})}
        return av.open(settings.video, options=options, timeout=timeouts_s)
    width, height = settings.camera.size_px
    options = {"framerate": f"{settings.fps:g}", "video_size": f"{width}x{height}"}
    return av.open(settings.video, format="v4l2", options=options, timeout=timeouts_s)


def _sender_wall_s(packet: "av.Packet[av.VideoStream]") -> float | None:
    """Read FFmpeg's "producer reference time": RTCP's NTP time of this frame, microseconds since 1970."""
    if not packet.has_sidedata("prft"):
        return None
    return float(struct.unpack_from("=q", bytes(packet.get_sidedata("prft")))[0]) * 1e-6


def _remedy(video: str) -> str:
    if is_url(video):
        return "check that the camera is switched on and that address, name and password are right"
    return "check that the camera is plugged in and that no other program uses it"


def _reason(error: Exception) -> str:
    if isinstance(error, av.error.ExitError):
        return "no answer in time"
    return getattr(error, "strerror", None) or str(error)
