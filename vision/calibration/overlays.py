"""Pictures that show a calibration: sheets, shelves, a green and red floor, arrows of drift. BGR."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import cv2
import numpy as np

from cart_tracker.store_map import StoreMap
from vision.calibration.coverage import CELL_M, FloorCoverage
from vision.calibration.drift import Drift, Verdict
from vision.calibration.intrinsics import LensMeasurement
from vision.calibration.tags import TagSighting
from vision.camera_model import Camera, CameraModel
from vision.draw import INK, PAPER, SHELF, Colour, floor_plan, write
from vision.types import FloatArray, Image

# Readable with the common kinds of colour blindness too: bluish green and vermilion. Source: Okabe and Ito,
# 2008.
GOOD: Colour = (115, 158, 0)
BAD: Colour = (0, 94, 213)
NOTE: Colour = (178, 114, 0)
_ERRORS_TIMES = 20
_PLAN_PX = (900, 900)
_SHELF_TOP_M = 1.8


def draw_sheets(picture: Image, sightings: Sequence[TagSighting], residual_px: Sequence[FloatArray]) -> Image:
    """Outline the sheets that were found, with their numbers; errors are drawn 20 times as long."""
    drawn = picture.copy()
    for sighting, residual in zip(sightings, residual_px, strict=True):
        cv2.polylines(drawn, [np.round(sighting.uv_px).astype(np.int32)], True, GOOD, 1, cv2.LINE_AA)
        for corner, error in zip(sighting.uv_px, residual, strict=True):
            _line(drawn, corner, corner + _ERRORS_TIMES * error, BAD)
        right, top = sighting.uv_px[:, 0].max(), sighting.uv_px[:, 1].min()
        write(drawn, str(sighting.tag_id), (round(float(right)) + 2, round(float(top))), NOTE)
    return drawn


def draw_floor_grid(
    picture: Image, camera: Camera, store_map: StoreMap | None, low: FloatArray, high: FloatArray
) -> Image:
    """Lay a grid of metres and the shelves over a picture: they must lie on the floor and on the shelves."""
    drawn = picture.copy()
    if not isinstance(camera, CameraModel):
        return drawn
    for axis in (0, 1):
        for value in np.arange(np.ceil(low[axis]), high[axis] + 1e-6).tolist():
            run = np.linspace(low[1 - axis], high[1 - axis], 60)
            points = np.zeros((len(run), 3))
            points[:, axis], points[:, 1 - axis] = value, run
            _polyline(drawn, camera, points, (200, 200, 200))
    for shelf in () if store_map is None else store_map.shelves:
        top = max((slot.height_m[1] for slot in shelf.slots), default=_SHELF_TOP_M)
        for height in (0.0, top):
            corners = [[0, 0, height], [shelf.width_m, 0, height]]
            _polyline(drawn, camera, shelf.to_store(_between(corners)), SHELF, 2)
        for along in (0.0, shelf.width_m):
            _polyline(drawn, camera, shelf.to_store(_between([[along, 0, 0.0], [along, 0, top]])), SHELF, 2)
        uv = camera.project(shelf.to_store(np.array([[shelf.width_m / 2, 0.0, top]])))[0]
        if np.isfinite(uv).all() and (uv > 0).all() and (uv < np.array(camera.size_px)).all():
            write(drawn, str(shelf.shelf_id), (round(float(uv[0])), round(float(uv[1]))), NOTE)
    return drawn


def draw_coverage(coverage: FloorCoverage, store_map: StoreMap, cameras: Sequence[Camera]) -> Image:
    """Colour the floor before the shelves: green where two cameras and enough accuracy are, the rest red."""
    plan = floor_plan(store_map, np.empty((0, 2)), (), _PLAN_PX)
    to_plan = _plan_of(store_map)
    half = CELL_M / 2
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    shade = plan.copy()
    for xy, is_green, count in zip(coverage.xy_m, coverage.is_green, coverage.count, strict=True):
        outline = np.round(to_plan(xy + corners)).astype(np.int32)
        cv2.fillPoly(shade, [outline], GOOD if is_green else BAD)
        if count == 0:  # told apart without colours, too
            cv2.line(shade, _at(outline[0]), _at(outline[2]), INK, 1, cv2.LINE_AA)
    plan = np.asarray(cv2.addWeighted(shade, 0.55, plan, 0.45, 0), np.uint8)
    _mark_cameras(plan, to_plan, cameras)
    return plan


def draw_way(store_map: StoreMap, cameras: Sequence[Camera], way_m: FloatArray) -> Image:
    """Draw where the walker went, and the cameras."""
    plan = floor_plan(store_map, np.empty((0, 2)), (), _PLAN_PX)
    to_plan = _plan_of(store_map)
    cv2.polylines(plan, [np.round(to_plan(way_m)).astype(np.int32)], False, NOTE, 2, cv2.LINE_AA)
    _mark_cameras(plan, to_plan, cameras)
    return plan


def draw_drift(picture: Image, drift: Drift) -> Image:
    """Draw tonight's picture with an arrow from where things were to where they are."""
    drawn = picture.copy()
    colour = GOOD if drift.verdict is Verdict.STEADY else BAD
    step = max(1, len(drift.points_px) // 120)
    for start, move in zip(drift.points_px[::step], drift.moves_px[::step], strict=True):
        cv2.arrowedLine(drawn, _at(start), _at(start + 5 * move), colour, 1, cv2.LINE_AA, tipLength=0.3)
    write(drawn, f"{drift.camera_id}: {drift.reason}; arrows 5 times as long", (8, 18), colour)
    return drawn


def draw_board_coverage(measured: LensMeasurement) -> Image:
    """Draw every corner of the board that was used, on an empty picture, with its error 20 times as long."""
    width, height = measured.profile.size_px
    canvas: Image = np.full((height, width, 3), PAPER[0], np.uint8)
    for view, residual in zip(measured.views, measured.residual_px, strict=True):
        for corner, error in zip(view.uv_px, residual, strict=True):
            cv2.circle(canvas, _at(corner), 2, NOTE, -1, cv2.LINE_AA)
            _line(canvas, corner, corner + _ERRORS_TIMES * error, BAD)
    return canvas


def _plan_of(store_map: StoreMap) -> Callable[[FloatArray], FloatArray]:
    """Return the mapping of `draw.floor_plan`: metres to its pixels."""
    width, height = _PLAN_PX
    low, high = store_map.floor_xy_m.min(axis=0), store_map.floor_xy_m.max(axis=0)
    scale = 0.9 * float(np.min(np.array([width, height]) / np.maximum(high - low, 0.1)))

    def to_plan(points: FloatArray) -> FloatArray:
        offset = (np.asarray(points) - (low + high) / 2) * scale
        on_plan: FloatArray = np.array([width / 2, height / 2]) + offset * np.array([1.0, -1.0])
        return on_plan

    return to_plan


def _mark_cameras(
    plan: Image, to_plan: Callable[[FloatArray], FloatArray], cameras: Sequence[Camera]
) -> None:
    for camera in cameras:
        if isinstance(camera, CameraModel):
            at = to_plan(camera.position_m[None, :2])[0]
            ahead = to_plan((camera.position_m + 0.5 * camera.rotation[2])[None, :2])[0]
            cv2.arrowedLine(plan, _at(at), _at(ahead), INK, 2, cv2.LINE_AA, tipLength=0.3)
            cv2.circle(plan, _at(at), 6, INK, -1, cv2.LINE_AA)
            write(plan, str(camera.camera_id), (_at(at)[0] + 9, _at(at)[1] + 5), INK)


def _between(ends: Sequence[Sequence[float]]) -> FloatArray:
    """Forty points on a straight line in space, which lenses bend."""
    return np.linspace(np.asarray(ends[0], float), np.asarray(ends[1], float), 40)


def _polyline(
    picture: Image, camera: CameraModel, points_m: FloatArray, colour: Colour, width: int = 1
) -> None:
    uv = camera.project(points_m)
    for start, end in pairwise(uv):
        if np.isfinite(start).all() and np.isfinite(end).all() and np.abs([start, end]).max() < 1e4:
            cv2.line(picture, _at(start), _at(end), colour, width, cv2.LINE_AA)


def _line(picture: Image, start: FloatArray, end: FloatArray, colour: Colour) -> None:
    cv2.line(picture, _at(start), _at(end), colour, 1, cv2.LINE_AA)


def _at(point: FloatArray) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
