"""`walkout calibrate coverage`: how many cameras see a shopper at each place before a shelf, and how sharply.

Shelves hide what is behind them; a shopper is seen if knee, waist and head are. Accuracy is that of feet
carried to the floor by every camera that sees them, together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from cart_tracker.observations import CameraId
from cart_tracker.store_map import Shelf, StoreMap
from vision.camera_model import Camera, CameraModel
from vision.ground import CALIBRATION_SIGMA_M, KEYPOINT_SIGMA_PX, carry_to_height
from vision.types import BoolArray, FloatArray, IntArray

CELL_M = 0.15
NEAR_SHELF_M = 1.2  # where people stand who take something
ENOUGH_VIEWS = 2
ENOUGH_SIGMA_M = 0.15  # half a shoulder's width: two people side by side are told apart
_BODY_HEIGHTS_M = (0.45, 1.0, 1.6)
_SHELF_TOP_M = 1.9  # of shelves without slots
_ANKLE_M, _ANKLE_SIGMA_M = 0.09, 0.03
_TURN_RAD = np.radians(12.0)  # what somebody on a ladder turns by hand


@dataclass(frozen=True, slots=True, eq=False)
class FloorCoverage:
    """What the cameras see of the places before shelves.

    Attributes:
        xy_m: `(n, 2)` middles of the cells.
        views: `(cameras, n)` whether a camera sees a shopper there.
        sigma_m: `(n,)` expected standard deviation of a shopper's place; NaN where nobody sees.
    """

    camera_ids: tuple[CameraId, ...]
    xy_m: FloatArray
    views: BoolArray
    sigma_m: FloatArray

    @property
    def count(self) -> IntArray:
        """`(n,)` cameras that see each cell."""
        return np.asarray(self.views.sum(axis=0), np.int64)

    @property
    def is_green(self) -> BoolArray:
        """`(n,)` whether a cell is seen often and sharply enough."""
        return (self.count >= ENOUGH_VIEWS) & (np.nan_to_num(self.sigma_m, nan=np.inf) <= ENOUGH_SIGMA_M)

    @property
    def green_share(self) -> float:
        """Share of the cells that are green; 1 for a store without shelves."""
        return float(self.is_green.mean()) if len(self.xy_m) else 1.0


@dataclass(frozen=True, slots=True)
class Advice:
    """Which camera to turn, and what that is worth.

    Attributes:
        turn_deg: Counter-clockwise seen from above.
        tilt_deg: Up if positive.
        green_share: Afterwards.
    """

    camera_id: CameraId
    turn_deg: float
    tilt_deg: float
    green_share: float

    def __str__(self) -> str:
        """Say it to somebody on a ladder who looks from behind the camera."""
        parts = []
        if abs(self.turn_deg) > 1:
            parts.append(
                f"{abs(self.turn_deg):.0f} degrees to the {'left' if self.turn_deg > 0 else 'right'}"
            )
        if abs(self.tilt_deg) > 1:
            parts.append(f"{abs(self.tilt_deg):.0f} degrees {'up' if self.tilt_deg > 0 else 'down'}")
        return f"turn {self.camera_id} {' and '.join(parts)}: {100 * self.green_share:.0f} % would be green"


def cover(cameras: Sequence[Camera], store_map: StoreMap) -> FloorCoverage:
    """Look at every cell before a shelf through every camera."""
    cells = cells_before_shelves(store_map)
    views = np.array([_sees(camera, cells, store_map) for camera in cameras], bool).reshape(len(cameras), -1)
    information = np.zeros((len(cells), 2, 2))
    for camera, seen in zip(cameras, views, strict=True):
        information += _information(camera, cells) * seen[:, None, None]
    sigma = np.full(len(cells), np.nan)
    known = views.any(axis=0) & (np.linalg.det(information) > 0)
    if known.any():
        cov = np.linalg.inv(information[known])
        sigma[known] = np.sqrt(np.linalg.eigvalsh(cov)[:, 1])
    return FloorCoverage(tuple(camera.camera_id for camera in cameras), cells, views, sigma)


def advise(cameras: Sequence[Camera], store_map: StoreMap, now: FloorCoverage) -> Advice | None:
    """Turn and tilt each full camera a little and say which helps most; None if none helps by 1 %."""
    best: Advice | None = None
    for row, camera in enumerate(cameras):
        if not isinstance(camera, CameraModel):
            continue
        for turn, tilt in ((1, 0), (-1, 0), (2, 0), (-2, 0), (0, 1), (0, -1)):
            turned = _turned(camera, turn * _TURN_RAD, tilt * _TURN_RAD)
            tried = list(cameras)
            tried[row] = turned
            share = cover(tried, store_map).green_share
            if share > now.green_share + 0.01 and (best is None or share > best.green_share):
                best = Advice(
                    camera.camera_id,
                    float(np.degrees(turn * _TURN_RAD)),
                    float(np.degrees(tilt * _TURN_RAD)),
                    share,
                )
    return best


def cells_before_shelves(store_map: StoreMap) -> FloatArray:
    """Middles `(n, 2)` of floor cells where somebody can stand who takes something from a shelf."""
    low, high = store_map.floor_xy_m.min(axis=0), store_map.floor_xy_m.max(axis=0)
    axes = [np.arange(a + CELL_M / 2, b, CELL_M) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=2).reshape(-1, 2)
    outline = store_map.floor_xy_m.astype(np.float32)
    inside = np.array(
        [cv2.pointPolygonTest(outline, (float(x), float(y)), False) >= 0 for x, y in grid], bool
    )
    near, filled = np.zeros(len(grid), bool), np.zeros(len(grid), bool)
    for shelf in store_map.shelves:
        local = shelf.to_shelf(np.column_stack([grid, np.zeros(len(grid))]))
        beside = (local[:, 0] > 0) & (local[:, 0] < shelf.width_m)
        near |= beside & (local[:, 1] < -0.1) & (local[:, 1] > -NEAR_SHELF_M)
        filled |= beside & (local[:, 1] >= -0.1) & (local[:, 1] < shelf.depth_m)
    cells: FloatArray = grid[inside & near & ~filled]
    return cells


def _sees(camera: Camera, cells: FloatArray, store_map: StoreMap) -> BoolArray:
    if not isinstance(camera, CameraModel):
        homogeneous = np.column_stack([cells, np.ones(len(cells))]) @ camera.floor_to_pixel.T
        uv = homogeneous[:, :2] / homogeneous[:, 2:]
        return np.asarray(((uv > 0) & (uv < np.array(camera.size_px))).all(axis=1))
    seen = np.ones(len(cells), bool)
    for height in _BODY_HEIGHTS_M:
        points = np.column_stack([cells, np.full(len(cells), height)])
        uv = camera.project(points)
        with np.errstate(invalid="ignore"):
            seen &= ((uv > 0) & (uv < np.array(camera.size_px))).all(axis=1)
        for shelf in store_map.shelves:
            seen &= ~_is_hidden(camera.position_m, points, shelf)
    return seen


def _is_hidden(eye_m: FloatArray, points_m: FloatArray, shelf: Shelf) -> BoolArray:
    """Tell which sight lines pass through a shelf's box, by the slab test in the shelf's axes."""
    top = max((slot.height_m[1] for slot in shelf.slots), default=_SHELF_TOP_M)
    eye, points = shelf.to_shelf(eye_m[None])[0], shelf.to_shelf(points_m)
    step = points - eye
    step = np.where(np.abs(step) < 1e-9, 1e-9, step)
    first, last = (np.zeros(3) - eye) / step, (np.array([shelf.width_m, shelf.depth_m, top]) - eye) / step
    enter = np.minimum(first, last).max(axis=1)
    leave = np.maximum(first, last).min(axis=1)
    hidden: BoolArray = (np.maximum(enter, 0.0) < np.minimum(leave, 0.995)) & (leave > 0)
    return hidden


def _information(camera: Camera, cells: FloatArray) -> FloatArray:
    """Inverse covariances `(n, 2, 2)` of feet on each cell; zero where the camera says nothing."""
    if isinstance(camera, CameraModel):
        uv = camera.project(np.column_stack([cells, np.full(len(cells), _ANKLE_M)]))
    else:
        homogeneous = np.column_stack([cells, np.ones(len(cells))]) @ camera.floor_to_pixel.T
        uv = homogeneous[:, :2] / homogeneous[:, 2:]
    sigma = np.full(len(cells), KEYPOINT_SIGMA_PX * camera.size_px[0] / 640)
    places = carry_to_height(
        camera, uv, sigma, np.full(len(cells), _ANKLE_M), np.full(len(cells), _ANKLE_SIGMA_M)
    )
    information = np.zeros((len(cells), 2, 2))
    cov = places.cov_m2[places.known] + np.eye(2) * CALIBRATION_SIGMA_M**2
    information[places.known] = np.linalg.inv(cov)
    return information


def _turned(camera: CameraModel, turn_rad: float, tilt_rad: float) -> CameraModel:
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    about_up = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]])
    cos, sin = np.cos(tilt_rad), np.sin(tilt_rad)
    about_right = np.array([[1.0, 0, 0], [0, cos, sin], [0, -sin, cos]])
    return replace(camera, rotation=about_right @ camera.rotation @ about_up.T)
