"""Reads the cameras of a `store.toml` that may not be calibrated yet, and writes what was found back into it.

Everything else in the file - comments, order, other sections - stays as it was typed.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomlkit
import tomlkit.exceptions
import tomlkit.items

from cart_tracker.observations import CameraId
from cart_tracker.store_map import Shelf
from vision.calibration.lens_profile import LensProfile, find_profile
from vision.camera_model import Camera, CameraModel, FloorCamera, camera_from_toml
from vision.errors import CalibrationError, SettingsError
from vision.types import FloatArray

_POSE_KEYS = ("lens", "matrix", "distortion", "rotation", "position_m")


@dataclass(frozen=True, slots=True)
class CameraEntry:
    """One camera as `store.toml` has it before or after its calibration.

    Attributes:
        video: Path or URL, relative paths resolved against the file.
        lens_profile: Name of its lens profile; None if it has none.
        pose: Its calibration; None before there is one.
        clock_offset_s: Added to its capture times.
        rotation_sigma_rad: Of its calibration; None if unknown.
        position_sigma_m: Of its calibration; None if unknown.
    """

    camera_id: CameraId
    video: str
    size_px: tuple[int, int]
    fps: float
    lens_profile: str | None
    pose: Camera | None
    clock_offset_s: float
    rotation_sigma_rad: float | None
    position_sigma_m: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a calibration is, kept beside it.

    Attributes:
        method: "floor", "points" or "walk".
        at: When, ISO 8601.
    """

    method: str
    at: str
    rms_px: float
    rotation_sigma_rad: float | None = None
    position_sigma_m: float | None = None


class StoreFile:
    """A `store.toml` while it is changed; nothing is written before `save`.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        """Read the file, or the one in the folder `path`.

        Raises:
            SettingsError: If it is missing or not TOML.
        """
        self.path = path / "store.toml" if path.is_dir() else path
        try:
            self._document = tomlkit.parse(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise SettingsError(
                f"{self.path} does not exist; write one with [[cameras]] that have id, video, size_px,"
                " fps and"
                " lens_profile (docs/calibration.md has an example)"
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{self.path} cannot be read ({error})") from error
        except tomlkit.exceptions.ParseError as error:
            raise SettingsError(f"{self.path} is not valid TOML: {error}; correct that line") from error

    @property
    def folder(self) -> Path:
        """Where the file lies."""
        return self.path.parent

    def cameras(self) -> tuple[CameraEntry, ...]:
        """All cameras in the order of the file.

        Raises:
            SettingsError: If there are none, or one lacks its id or size.
        """
        tables = self._tables()
        entries = tuple(self._entry(table) for table in tables)
        names = [entry.camera_id for entry in entries]
        for name in names:
            if names.count(name) > 1:
                raise SettingsError(f"{self.path}: two cameras are called {name!r}; give each its own id")
        return entries

    def lens_of(self, entry: CameraEntry) -> LensProfile:
        """Find a camera's lens profile, or take the lens that its calibration already has.

        Raises:
            CalibrationError: If it has neither.
        """
        if entry.lens_profile is not None:
            return find_profile(entry.lens_profile, self.folder).at_size(entry.size_px)
        if isinstance(entry.pose, CameraModel):
            pose = entry.pose
            name = f"of {entry.camera_id}"
            return LensProfile(name, pose.size_px, pose.matrix, pose.distortion, pose.lens, 0.0, 0)
        raise CalibrationError(
            f"camera {entry.camera_id!r} has no lens_profile in {self.path.name}; add the name of one,"
            " measured with"
            " 'walkout calibrate intrinsics'"
        )

    def set_pose(self, camera: CameraModel, quality: Quality) -> None:
        """Give a camera its calibration; a floor-only one that it had goes."""
        table = self._table(camera.camera_id)
        table.pop("floor_to_pixel", None)
        table["lens"] = str(camera.lens)
        table["matrix"] = _rounded(camera.matrix, 4)
        table["distortion"] = _rounded(camera.distortion, 8)
        table["rotation"] = _rounded(camera.rotation, 8)
        table["position_m"] = _rounded(camera.position_m, 5)
        self._set_quality(table, quality)

    def set_floor(self, camera: FloorCamera, quality: Quality) -> None:
        """Give a camera its floor only; a full calibration that it had goes."""
        table = self._table(camera.camera_id)
        for key in _POSE_KEYS:
            table.pop(key, None)
        table["floor_to_pixel"] = _rounded(camera.floor_to_pixel, 9)
        self._set_quality(table, quality)

    def set_clock(self, camera_id: CameraId, offset_s: float) -> None:
        """Note what is to be added to a camera's capture times."""
        self._table(camera_id)["clock_offset_s"] = round(offset_s, 4)

    def set_shelves(self, shelves: Sequence[Shelf]) -> None:
        """Replace place and size of shelves by id, and append new ones; slots and others stay."""
        kept = self._document.get("shelves")
        if not isinstance(kept, tomlkit.items.AoT):
            kept = tomlkit.aot()
            self._document["shelves"] = kept
        known = {str(table["id"]): table for table in kept}
        for shelf in shelves:
            table = known.get(str(shelf.shelf_id), tomlkit.table())
            table["id"] = str(shelf.shelf_id)
            table["origin_xy_m"] = list(shelf.origin_xy_m)
            table["along_xy"] = list(shelf.along_xy)
            table["width_m"], table["depth_m"] = shelf.width_m, shelf.depth_m
            if "slots" not in table:
                table["slots"] = []
            if str(shelf.shelf_id) not in known:
                kept.append(table)

    def save(self) -> None:
        """Write the file, whole or not at all."""
        beside = self.path.with_suffix(".toml.new")
        beside.write_text(tomlkit.dumps(self._document), encoding="utf-8")
        beside.replace(self.path)

    def plain(self) -> dict[str, Any]:
        """Return the whole file as plain values."""
        return tomllib.loads(tomlkit.dumps(self._document))

    def _tables(self) -> list[Any]:
        tables = self._document.get("cameras")
        if not tables:
            raise SettingsError(f"{self.path}: no [[cameras]]; add one for every camera")
        return list(tables)

    def _table(self, camera_id: CameraId) -> Any:
        return next(table for table in self._tables() if str(table.get("id")) == camera_id)

    def _entry(self, table: Any) -> CameraEntry:
        plain = table.unwrap()
        try:
            camera_id = CameraId(str(plain["id"]))
            width, height = (int(value) for value in plain["size_px"])
        except (KeyError, TypeError, ValueError) as error:
            raise SettingsError(
                f"{self.path}: every [[cameras]] needs an id and size_px = [width, height] ({error})"
            ) from error
        is_posed = "matrix" in plain or "floor_to_pixel" in plain
        video = str(plain.get("video", ""))
        calibration = plain.get("calibration", {})
        return CameraEntry(
            camera_id,
            video if "://" in video else str(self.folder / video),
            (width, height),
            float(plain.get("fps", 10.0)),
            str(plain["lens_profile"]) if "lens_profile" in plain else None,
            camera_from_toml(plain) if is_posed else None,
            float(plain.get("clock_offset_s", 0.0)),
            calibration.get("rotation_sigma_rad"),
            calibration.get("position_sigma_m"),
        )

    def _set_quality(self, table: Any, quality: Quality) -> None:
        line = tomlkit.inline_table()
        line["method"], line["at"], line["rms_px"] = quality.method, quality.at, round(quality.rms_px, 3)
        if quality.rotation_sigma_rad is not None and quality.position_sigma_m is not None:
            line["rotation_sigma_rad"] = round(quality.rotation_sigma_rad, 6)
            line["position_sigma_m"] = round(quality.position_sigma_m, 5)
        table["calibration"] = line


def _rounded(values: FloatArray, digits: int) -> Any:
    return np.round(values, digits).tolist()
