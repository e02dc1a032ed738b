"""Frames of a folder of pictures, in the order of their names."""

import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from vision.errors import SourceError
from vision.settings import CameraSettings
from vision.types import Frame, Image

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp"})


class PictureFolderSource:
    """Pictures of a constant rate: picture `k`, by name, was captured at `start_s + k / fps`.

    Names are ordered as people count: `9.jpg` comes before `10.jpg`.
    """

    def __init__(self, settings: CameraSettings, start_s: float) -> None:
        """Check that there are pictures and that the first fits the camera's calibration.

        Raises:
            SourceError: Naming camera, picture, what is wrong and what to do.
        """
        self.camera_id = settings.camera_id
        self.path = Path(settings.video)
        self.start_s = start_s
        self.ends_early = settings.ends_early
        self._fps = settings.fps
        self._size_px = settings.camera.size_px
        self._pictures = in_counting_order(self.path, PICTURE_SUFFIXES)
        self._read(self._pictures[0])

    @property
    def frame_count(self) -> int:
        """How many pictures there are."""
        return len(self._pictures)

    @property
    def duration_s(self) -> float:
        """Length of the recording."""
        return len(self._pictures) / self._fps

    def __iter__(self) -> Iterator[Frame]:
        """Read the pictures from the first.

        Raises:
            SourceError: If one is damaged or of another size.
        """
        for index, path in enumerate(self._pictures):
            yield Frame(self.camera_id, self.start_s + index / self._fps, index, self._read(path))

    def _read(self, path: Path) -> Image:
        # Not `imread`: that cannot tell a file it may not read from one that is damaged.
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR) if path.stat().st_size else None
        if image is None:
            raise SourceError(
                f"camera {self.camera_id!r}: picture {path} is damaged; copy it again or remove it"
            )
        if image.shape != (self._size_px[1], self._size_px[0], 3):
            expected = "x".join(str(value) for value in self._size_px)
            raise SourceError(
                f"camera {self.camera_id!r}: picture {path} has {image.shape[1]}x{image.shape[0]} pixels,"
                f" but the camera was calibrated at {expected}; record at that size or calibrate again"
            )
        return np.asarray(image, np.uint8)


def in_counting_order(folder: Path, suffixes: frozenset[str]) -> tuple[Path, ...]:
    """Return the files of `folder` with one of `suffixes`, ordered as people count."""
    found = [entry for entry in folder.iterdir() if entry.suffix.lower() in suffixes]
    return tuple(sorted(found, key=lambda entry: _counted(entry.name)))


def _counted(name: str) -> tuple[tuple[int, str], ...]:
    """Split a name into text and numbers: "cam-9.jpg" -> (0, "cam-"), (9, ""), (0, ".jpg")."""
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name))
