"""Write BGR pictures to an H.264 file that every browser plays."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av

from vision.types import Image

QUALITY = "26"  # x264's constant rate factor: overlays stay sharp, a minute of four views is about 10 MB


class VideoWriter:
    """An H.264 file being written; use it as a context manager.

    The file appears under its name only when it is complete.
    """

    def __init__(self, path: Path, fps: float) -> None:
        """Open the file; the first picture decides the size."""
        self.path = path
        self._partial = path.with_name(path.name + ".part")
        self._fps = Fraction(fps).limit_denominator(1000)
        self._container = av.open(str(self._partial), "w", format="mp4", options={"movflags": "faststart"})
        self._stream: av.VideoStream | None = None

    def write(self, image: Image) -> None:
        """Append a picture `(h, w, 3)` uint8 BGR; all have the size of the first, both sides even."""
        if self._stream is None:
            self._stream = self._new_stream(image.shape[1], image.shape[0])
        frame = av.VideoFrame.from_ndarray(image, format="bgr24")
        self._container.mux(self._stream.encode(frame))

    def __enter__(self) -> "VideoWriter":
        """Return the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file, or remove it after an error or if nothing was written."""
        if self._stream is not None and kind is None:
            self._container.mux(self._stream.encode())
        is_whole = kind is None and self._stream is not None
        self._container.close()
        if is_whole:
            self._partial.replace(self.path)
        else:
            self._partial.unlink(missing_ok=True)

    def _new_stream(self, width: int, height: int) -> "av.VideoStream":
        stream = self._container.add_stream("libx264", rate=self._fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": QUALITY, "preset": "veryfast"}
        stream.codec_context.thread_count = 1
        return stream
