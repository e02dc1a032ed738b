"""Lens profiles: what a kind of camera does to light, measured once and chosen by name.

A profile is a small TOML file. One is looked for in `lenses/` beside `store.toml`, then among those that come
with walkout, which are nominal: derived from a field of view, good enough to start, not to measure with.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomlkit

from vision.errors import CalibrationError
from vision.lens import Lens
from vision.types import FloatArray

SHIPPED = Path(__file__).parent / "lenses"
FOLDER = "lenses"
_ASPECT_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class LensProfile:
    """Intrinsics of one kind of camera at one picture size.

    Attributes:
        name: What `store.toml` calls it, and the file's name.
        size_px: Width and height it was measured at.
        matrix: `(3, 3)`, pixels.
        distortion: Coefficients as in `CameraModel`.
        lens: What the coefficients mean.
        rms_px: Reprojection error of the measurement; None if nothing was measured.
        views: Pictures it was measured from.
    """

    name: str
    size_px: tuple[int, int]
    matrix: FloatArray
    distortion: FloatArray
    lens: Lens
    rms_px: float | None = None
    views: int = 0

    @property
    def is_nominal(self) -> bool:
        """Whether it comes from a data sheet and not from a measurement."""
        return self.rms_px is None

    def at_size(self, size_px: tuple[int, int]) -> "LensProfile":
        """Return the profile for another picture size of the same shape.

        Raises:
            CalibrationError: If the shape differs: what such a camera cuts off nobody knows.
        """
        if size_px == self.size_px:
            return self
        across, down = size_px[0] / self.size_px[0], size_px[1] / self.size_px[1]
        if abs(across / down - 1) > _ASPECT_TOLERANCE:
            raise CalibrationError(
                f"lens profile {self.name!r} was measured at {_x(self.size_px)}, the camera gives"
                f" {_x(size_px)}, a"
                " picture of another shape; set the camera to the profile's shape, or measure this size with"
                " 'walkout calibrate intrinsics'"
            )
        matrix = np.diag([across, down, 1.0]) @ self.matrix
        return LensProfile(self.name, size_px, matrix, self.distortion, self.lens, self.rms_px, self.views)


def nominal_profile(name: str, size_px: tuple[int, int], field_deg: float) -> LensProfile:
    """Make a profile from a horizontal field of view: a pinhole, beyond 100 degrees a fisheye."""
    if not 20 <= field_deg <= 150:
        raise CalibrationError(
            f"a field of {field_deg:g} degrees; give 20 to 150, from the camera's data sheet"
        )
    half = np.radians(field_deg) / 2
    lens = Lens.KANNALA_BRANDT if field_deg > 100 else Lens.BROWN
    focal = size_px[0] / 2 / (half if lens is Lens.KANNALA_BRANDT else np.tan(half))
    centre = np.array(size_px) / 2
    matrix = np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1.0]])
    return LensProfile(name, size_px, matrix, np.zeros(lens.coefficient_count), lens)


def find_profile(name: str, beside: Path) -> LensProfile:
    """Read a profile by name from `beside / lenses`, or else from those that come with walkout.

    Raises:
        CalibrationError: If there is none, with the names there are; or if it is malformed.
    """
    for folder in (beside / FOLDER, SHIPPED):
        path = folder / f"{name}.toml"
        if path.is_file():
            return read_profile(path)
    known = ", ".join(list_profiles(beside)) or "none"
    raise CalibrationError(
        f"no lens profile is called {name!r} (there are: {known}); measure it with"
        f" 'walkout calibrate intrinsics PICTURES --name {name}'"
    )


def list_profiles(beside: Path) -> tuple[str, ...]:
    """Names of the profiles beside a store and of those that come with walkout."""
    return tuple(
        sorted({path.stem for folder in (beside / FOLDER, SHIPPED) for path in folder.glob("*.toml")})
    )


def read_profile(path: Path) -> LensProfile:
    """Read one profile.

    Raises:
        CalibrationError: If the file is missing or malformed.
    """
    try:
        entry = tomllib.loads(path.read_text(encoding="utf-8"))
        return _profile(path.stem, entry)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise CalibrationError(
            f"lens profile {path}: {error}; write it anew with 'walkout calibrate intrinsics'"
        ) from error


def _profile(name: str, entry: dict[str, Any]) -> LensProfile:
    width, height = (int(value) for value in entry["size_px"])
    lens = Lens(entry["lens"])
    matrix, distortion = np.asarray(entry["matrix"], float), np.asarray(entry["distortion"], float)
    if matrix.shape != (3, 3) or distortion.shape != (lens.coefficient_count,):
        raise ValueError("matrix or distortion has the wrong number of values")
    rms = entry.get("rms_px")
    return LensProfile(
        name,
        (width, height),
        matrix,
        distortion,
        lens,
        None if rms is None else float(rms),
        int(entry.get("views", 0)),
    )


def write_profile(profile: LensProfile, folder: Path) -> Path:
    """Write a profile into a folder, which is made, and return its path."""
    document = tomlkit.document()
    if profile.is_nominal:
        document.add(tomlkit.comment("Nominal: from a field of view, not measured."))
    document["size_px"] = list(profile.size_px)
    document["lens"] = str(profile.lens)
    document["matrix"] = np.round(profile.matrix, 4).tolist()
    document["distortion"] = np.round(profile.distortion, 7).tolist()
    if profile.rms_px is not None:
        document["rms_px"] = round(profile.rms_px, 3)
        document["views"] = profile.views
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{profile.name}.toml"
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
    return path


def _x(size_px: tuple[int, int]) -> str:
    return f"{size_px[0]}x{size_px[1]}"
