"""Pictures to calibrate from: videos, folders, single files; and an average without noise."""

from collections.abc import Iterator
from pathlib import Path

import av
import av.error
import cv2
import numpy as np

from vision.errors import SourceError
from vision.types import Image

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff")
AVERAGED = 30  # frames; noise falls to a fifth


def read_pictures(source: str, most: int | None = None) -> Iterator[Image]:
    """Yield BGR pictures from a video or stream, a folder in order of names, or one picture.

    Args:
        source: A path or a URL; of a stream the first frames are taken.
        most: Spread over the whole of it, about so many; None for all.

    Raises:
        SourceError: If nothing is there, or it is not pictures.
    """
    path = Path(source)
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in PICTURES)
        if not files:
            raise SourceError(f"{path} holds no pictures; put .jpg or .png files there, or give a video")
        for file in _spread(files, most):
            yield _read(file)
    elif path.suffix.lower() in PICTURES:
        yield _read(path)
    else:
        yield from _frames(source, most)


def average(source: str, most: int = AVERAGED) -> Image:
    """Return the median of frames spread over a video or folder: no noise, and nobody who walks through.

    Raises:
        SourceError: If there are none, or their sizes differ.
    """
    stack: list[Image] = []
    for picture in read_pictures(source, most):
        if stack and picture.shape != stack[0].shape:
            raise SourceError(
                f"{source} has pictures of {_size(stack[0])} and of {_size(picture)}; the camera changed"
                " its resolution:"
                " set it to one and record again"
            )
        stack.append(picture)
    return np.median(np.stack(stack), axis=0).astype(np.uint8) if len(stack) > 1 else stack[0]


def sharpness(grey: Image) -> float:
    """Variance of the Laplacian over the picture's contrast: high for a sharp picture.

    Source: Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy, ICPR 2000; differs: over
        contrast.
    """
    return float(cv2.Laplacian(grey, cv2.CV_64F).var() / max(float(grey.var()), 1.0))


def _read(file: Path) -> Image:
    picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if picture is None:
        raise SourceError(f"{file} cannot be read as a picture; export it again as .jpg or .png")
    return np.asarray(picture, np.uint8)


def _spread(files: list[Path], most: int | None) -> list[Path]:
    if most is None or len(files) <= most:
        return files
    return [files[row] for row in np.linspace(0, len(files) - 1, most).round().astype(int)]


def _frames(source: str, most: int | None) -> Iterator[Image]:
    try:
        with av.open(source) as container:
            if not container.streams.video:
                raise SourceError(f"{source} has no video; record it again")
            stream = container.streams.video[0]
            count = stream.frames or 0
            step = max(1, count // most) if most and count else 1
            given = 0
            for index, frame in enumerate(container.decode(stream)):
                if index % step == 0 and (most is None or given < most):
                    given += 1
                    yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            if not given:
                raise SourceError(f"{source} has no frames; record it again")
    except FileNotFoundError as error:
        raise SourceError(f"{source} does not exist; correct the path") from error
    except (av.error.FFmpegError, ValueError) as error:
        raise SourceError(
            f"{source} cannot be read as video ({error}); record it again or export pictures"
        ) from error


def _size(picture: Image) -> str:
    return f"{picture.shape[1]}x{picture.shape[0]}"
