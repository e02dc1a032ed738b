"""`walkout calibrate points`: the fallback without sheets, from floor points that somebody clicked.

With a lens profile the camera's whole pose is found; without, a homography of the floor: people are
followed, but hands are not seen in three dimensions. Source: Hartley and Zisserman, Multiple View Geometry,
2004, chapter 4.
"""

import csv
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from cart_tracker.observations import CameraId
from vision.calibration.floor_start import camera_from
from vision.calibration.lens_profile import LensProfile
from vision.camera_model import Camera, FloorCamera
from vision.errors import CalibrationError
from vision.lens import straighten
from vision.types import FloatArray

MIN_POINTS = 6
_RANSAC_PX = 5.0
_MOST_OUTLIERS = 0.34
_MIN_SPREAD_SHARE = 0.08  # shorter over longer extent of the points, on the floor and in the picture
_MIN_EXTENT_M = 0.8
_MOST_RMS_PX = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class ClickedPoints:
    """Floor points of one camera.

    Attributes:
        uv_px: `(n, 2)` where they were clicked.
        xy_m: `(n, 2)` where they are in the store.
    """

    camera_id: CameraId
    uv_px: FloatArray
    xy_m: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PointsCalibration:
    """A camera from clicked points.

    Attributes:
        residual_px: `(n, 2)` clicked minus expected.
        residual_m: `(n,)` the same on the floor.
        is_used: `(n,)` whether a point was used; the others contradict the rest.
    """

    camera: Camera
    points: ClickedPoints
    residual_px: FloatArray
    residual_m: FloatArray
    is_used: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

    @property
    def rms_px(self) -> float:
        """Root mean square over the points that were used."""
        return float(np.sqrt(np.square(self.residual_px[self.is_used]).sum(axis=1).mean()))


def read_points(path: Path) -> tuple[ClickedPoints, ...]:
    """Read points from CSV (camera, u, v, x, y) or TOML (`[[points]]` with camera, uv_px, xy_m).

    Raises:
        CalibrationError: If the file is missing or malformed.
    """
    try:
        rows = _toml_rows(path) if path.suffix.lower() == ".toml" else _csv_rows(path)
    except FileNotFoundError as error:
        raise CalibrationError(f"{path} does not exist; write lines of camera,u,v,x,y there") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise CalibrationError(
            f"{path}: {error}; write lines of camera,u,v,x,y (pixels, then metres), with that as the"
            " first line"
        ) from error
    if not rows or not np.isfinite([value for _, *values in rows for value in values]).all():
        raise CalibrationError(f"{path} holds no points, or not numbers; write lines of camera,u,v,x,y")
    cameras = list(dict.fromkeys(camera for camera, *_ in rows))
    return tuple(
        ClickedPoints(
            CameraId(camera),
            np.array([[u, v] for name, u, v, _, _ in rows if name == camera]),
            np.array([[x, y] for name, _, _, x, y in rows if name == camera]),
        )
        for camera in cameras
    )


def calibrate_points(
    points: ClickedPoints, size_px: tuple[int, int], lens: LensProfile | None
) -> PointsCalibration:
    """Find a camera from its clicked points; points that contradict the others are left out and shown.

    Args:
        points: Six or more.
        size_px: Of the camera's picture.
        lens: Its lens; None makes a floor-only camera, which only suits lenses that hardly bend.

    Raises:
        CalibrationError: Saying which points are missing or wrong.
    """
    _check(points, size_px)
    if lens is None:
        flat, used = points.uv_px, np.ones(len(points.uv_px), bool)
    else:
        bent = (points.uv_px - lens.matrix[:2, 2]) @ np.linalg.inv(lens.matrix[:2, :2]).T
        flat = straighten(lens.lens, lens.distortion, bent)
        if not np.isfinite(flat).all():
            raise CalibrationError(f"camera {points.camera_id!r}: a point lies where its lens shows nothing")
    limit = _RANSAC_PX if lens is None else _RANSAC_PX / float(lens.matrix[0, 0])
    homography, mask = cv2.findHomography(points.xy_m, flat, cv2.RANSAC, limit, maxIters=5000)
    used = np.zeros(len(flat), bool) if homography is None else np.ravel(mask).astype(bool)
    if used.sum() < MIN_POINTS - 1 or used.mean() < 1 - _MOST_OUTLIERS:
        raise CalibrationError(
            f"camera {points.camera_id!r}: the points do not fit one floor; check that pixels are u, v"
            " from the upper"
            " left, metres are x, y of the same store frame, and none is on a shelf or step"
        )
    homography, _ = cv2.findHomography(points.xy_m[used], flat[used], 0)
    camera: Camera
    if lens is None:
        camera = FloorCamera(points.camera_id, size_px, np.asarray(homography, np.float64))
    else:
        camera = _posed(points, flat, used, lens)
    calibration = _with_residuals(camera, points, used)
    if calibration.rms_px > _MOST_RMS_PX * max(1.0, size_px[0] / 640):
        raise CalibrationError(
            f"camera {points.camera_id!r}: the points fit only to {calibration.rms_px:.1f} px; click them"
            " again, and"
            + (
                " give the camera a lens_profile: its lens bends"
                if lens is None
                else " check its lens profile"
            )
        )
    return calibration


def _posed(
    points: ClickedPoints,
    flat: FloatArray,
    used: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    lens: LensProfile,
) -> Camera:
    """Find the pose that explains flat points, best of both that a plane allows, then refined."""
    floor = np.column_stack([points.xy_m, np.zeros(len(points.xy_m))])[used]
    _, turns, shifts, _ = cv2.solvePnPGeneric(
        floor, flat[used][:, None], np.eye(3), np.zeros(4), flags=cv2.SOLVEPNP_IPPE
    )
    best: tuple[float, Camera] | None = None
    for turn, shift in zip(turns, shifts, strict=True):
        turn, shift = cv2.solvePnPRefineLM(floor, flat[used][:, None], np.eye(3), np.zeros(4), turn, shift)
        rotation = np.asarray(cv2.Rodrigues(turn)[0], np.float64)
        position = -rotation.T @ np.asarray(shift, np.float64).reshape(3)
        camera = camera_from(points.camera_id, lens, rotation, position)
        error = float(np.nan_to_num(np.square(camera.project(floor) - points.uv_px[used]), nan=1e6).sum())
        if position[2] > 0 and (best is None or error < best[0]):
            best = (error, camera)
    if best is None:
        raise CalibrationError(
            f"camera {points.camera_id!r} would hang below the floor; x and y of the points are mirrored:"
            " seen from"
            " above, y is to the left of x"
        )
    return best[1]


def _with_residuals(
    camera: Camera, points: ClickedPoints, used: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> PointsCalibration:
    if isinstance(camera, FloorCamera):
        homogeneous = np.column_stack([points.xy_m, np.ones(len(points.xy_m))]) @ camera.floor_to_pixel.T
        expected = homogeneous[:, :2] / homogeneous[:, 2:]
    else:
        expected = camera.project(np.column_stack([points.xy_m, np.zeros(len(points.xy_m))]))
    off_m = np.linalg.norm(camera.at_height(points.uv_px) - points.xy_m, axis=1)
    return PointsCalibration(camera, points, points.uv_px - expected, off_m, used)


def _check(points: ClickedPoints, size_px: tuple[int, int]) -> None:
    name = points.camera_id
    if len(points.uv_px) < MIN_POINTS:
        raise CalibrationError(
            f"camera {name!r} has {len(points.uv_px)} points; click at least {MIN_POINTS} (four always"
            " fit and show no"
            " mistake), spread over the floor it sees"
        )
    if ((points.uv_px < 0) | (points.uv_px > np.array(size_px))).any():
        raise CalibrationError(
            f"camera {name!r}: a point is outside its picture of {size_px[0]}x{size_px[1]}; click in"
            " pictures of that"
            " size"
        )
    for what, values in (("on the floor", points.xy_m), ("in the picture", points.uv_px)):
        long, short = np.linalg.svd(values - values.mean(axis=0), compute_uv=False)[:2]
        if short < _MIN_SPREAD_SHARE * long:
            raise CalibrationError(
                f"camera {name!r}: the points lie nearly in one line {what}; add some aside of it, near"
                " and far"
            )
    extent = float(np.ptp(points.xy_m, axis=0).max())
    if extent < _MIN_EXTENT_M:
        raise CalibrationError(
            f"camera {name!r}: all points are within {extent:.1f} m; spread them over the whole floor it sees"
        )


def _csv_rows(path: Path) -> list[tuple[str, float, float, float, float]]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(line for line in file if not line.startswith("#"))
        return [
            (str(row["camera"]).strip(), float(row["u"]), float(row["v"]), float(row["x"]), float(row["y"]))
            for row in reader
        ]


def _toml_rows(path: Path) -> list[tuple[str, float, float, float, float]]:
    rows: Sequence[dict[str, object]] = tomllib.loads(path.read_text(encoding="utf-8"))["points"]
    result = []
    for row in rows:
        (u, v), (x, y) = (np.asarray(row[key], np.float64) for key in ("uv_px", "xy_m"))
        result.append((str(row["camera"]), float(u), float(v), float(x), float(y)))
    return result
