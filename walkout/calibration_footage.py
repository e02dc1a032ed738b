"""Where the steps of `walkout calibrate` find each camera's pictures, and what they share."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cart_tracker.errors import CartTrackerError
from cart_tracker.store_map import StoreMap, store_map_from_toml
from vision.calibration.pictures import PICTURES
from vision.calibration.store_file import CameraEntry, StoreFile
from vision.errors import CalibrationError

VIDEOS = (".mp4", ".mkv", ".mov", ".avi", ".ts")


@dataclass(frozen=True, slots=True)
class Footage:
    """Where a step finds each camera's pictures.

    Attributes:
        folder: Holds CAMERA.mp4, a folder CAMERA of pictures, or CAMERA.png for each; None takes each
            camera's `video`.
        without: Cameras that are left as they are.
    """

    folder: Path | None = None
    without: tuple[str, ...] = ()

    def chosen(self, file: StoreFile) -> tuple[CameraEntry, ...]:
        """Cameras of the store that take part.

        Raises:
            CalibrationError: If a camera to leave out is unknown, or none is left.
        """
        entries = file.cameras()
        for name in self.without:
            if name not in [entry.camera_id for entry in entries]:
                raise CalibrationError(f"--without {name}: {file.path} has no such camera")
        chosen = tuple(entry for entry in entries if entry.camera_id not in self.without)
        if not chosen:
            raise CalibrationError("every camera is left out; name fewer with --without")
        return chosen

    def of(self, entry: CameraEntry) -> str:
        """Path or URL of a camera's pictures.

        Raises:
            CalibrationError: If there are none.
        """
        if self.folder is None:
            return entry.video
        for suffix in ("", *VIDEOS, *PICTURES):
            path = self.folder / f"{entry.camera_id}{suffix}"
            if path.exists():
                return str(path)
        raise CalibrationError(
            f"{self.folder} has nothing of camera {entry.camera_id!r}: put {entry.camera_id}.mp4, a folder"
            f" {entry.camera_id}/ of pictures, or {entry.camera_id}.png there, or leave it out with"
            f" --without {entry.camera_id}"
        )


def map_of(file: StoreFile) -> StoreMap | None:
    """Read the store's map, if the file already has one."""
    try:
        return store_map_from_toml(file.plain())
    except CartTrackerError:
        return None


def now_text() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
