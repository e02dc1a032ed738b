"""Clicked points, coverage, shelves, drift, printing and the store's file."""

import re
import tomllib
import zlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from cart_tracker.observations import CameraId
from cart_tracker.store_map import ShelfId, StoreMap
from tests.vision.calibration.cameras import looking_at, profile_of
from vision.calibration.coverage import advise, cover
from vision.calibration.drift import (
    ReviewMark,
    Verdict,
    clear_marks,
    compare,
    read_marks,
    shelves_seen,
    write_marks,
)
from vision.calibration.floor_points import ClickedPoints, calibrate_points, read_points
from vision.calibration.printing import write_sheets
from vision.calibration.shelf_plan import check_shelves, read_plan, write_plan
from vision.calibration.store_file import Quality, StoreFile
from vision.calibration.targets import TagFamily
from vision.camera_model import CameraModel, FloorCamera
from vision.errors import CalibrationError
from vision.types import FloatArray, Image

CAMERA = looking_at("cam1", (3.0, 0.6, 2.8), (3.0, 3.2, 0.3))
OTHER = looking_at("cam2", (5.6, 1.0, 2.8), (3.0, 4.0, 0.4))
FLOOR_XY_M = np.array(
    [[1.6, 2.0], [4.4, 2.1], [2.0, 3.6], [4.2, 3.5], [3.0, 2.6], [2.4, 4.2], [3.7, 4.4], [3.1, 3.3]]
)


def clicked(camera: CameraModel = CAMERA, xy_m: FloatArray = FLOOR_XY_M) -> ClickedPoints:
    uv = camera.project(np.column_stack([xy_m, np.zeros(len(xy_m))]))
    return ClickedPoints(camera.camera_id, uv + np.random.default_rng(4).normal(0, 0.5, uv.shape), xy_m)


def patterned(seed: int = 0) -> Image:
    """A picture full of corners, as a shop is."""
    rng = np.random.default_rng(seed)
    picture = np.full((480, 640, 3), 130, np.uint8)
    for _ in range(220):
        x, y, w, h = rng.integers([0, 0, 8, 8], [620, 460, 60, 60]).tolist()
        cv2.rectangle(picture, (x, y), (x + w, y + h), rng.integers(0, 255, 3).tolist(), -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.uint8)


def test_clicked_points_and_a_lens_give_the_whole_pose():
    found = calibrate_points(clicked(), CAMERA.size_px, profile_of(CAMERA))

    assert isinstance(found.camera, CameraModel)
    assert np.linalg.norm(found.camera.position_m - CAMERA.position_m) < 0.08
    assert found.is_used.all()


def test_clicked_points_without_a_lens_give_the_floor_only():
    straight = replace(CAMERA, distortion=np.zeros(5))

    found = calibrate_points(clicked(straight), CAMERA.size_px, None)

    assert isinstance(found.camera, FloorCamera)
    assert found.residual_m.max() < 0.03


def test_one_wrong_click_is_left_out_and_shown():
    points = clicked()
    uv = points.uv_px.copy()
    uv[3] += 60.0

    found = calibrate_points(replace(points, uv_px=uv), CAMERA.size_px, profile_of(CAMERA))

    assert np.flatnonzero(~found.is_used).tolist() == [3]
    assert np.linalg.norm(found.residual_px[3]) > 40


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (clicked(xy_m=FLOOR_XY_M[:4]), r"has 4 points; click at least 6"),
        (clicked(xy_m=np.column_stack([np.linspace(2, 4, 7), np.full(7, 3.0)])), "nearly in one line"),
        (clicked(xy_m=3.0 + 0.05 * FLOOR_XY_M), "spread them"),
        (replace(clicked(), uv_px=clicked().uv_px + 500), "outside its picture"),
        (replace(clicked(), xy_m=FLOOR_XY_M[[3, 0, 6, 1, 7, 2, 5, 4]]), "do not fit one floor"),
    ],
)
def test_bad_clicks_are_refused_with_advice(points: ClickedPoints, words: str):
    with pytest.raises(CalibrationError, match=words):
        calibrate_points(points, CAMERA.size_px, profile_of(CAMERA))


def test_points_are_read_from_csv(tmp_path: Path):
    path = tmp_path / "points.csv"
    path.write_text("camera,u,v,x,y\ncam1,10,20,1.0,2.0\ncam2,1,2,3,4\n", encoding="utf-8")

    first, second = read_points(path)

    assert first.camera_id == "cam1"
    assert second.xy_m.tolist() == [[3.0, 4.0]]


def test_a_file_without_the_right_columns_is_refused(tmp_path: Path):
    path = tmp_path / "points.csv"
    path.write_text("10,20,1.0,2.0\n", encoding="utf-8")

    with pytest.raises(CalibrationError, match="camera,u,v,x,y"):
        read_points(path)


def test_a_place_is_green_only_with_two_cameras(store_map: StoreMap):
    alone, together = cover([CAMERA], store_map), cover([CAMERA, OTHER], store_map)

    assert alone.green_share == 0.0
    assert together.green_share > 0.3
    assert np.nanmedian(together.sigma_m) < np.nanmedian(alone.sigma_m)


def test_a_camera_that_looks_away_is_the_one_to_turn(store_map: StoreMap):
    away = looking_at("cam2", (5.6, 1.0, 2.8), (5.9, 4.4, 0.6))
    now = cover([CAMERA, away], store_map)

    advice = advise([CAMERA, away], store_map, now)

    assert advice is not None
    assert advice.camera_id == "cam2"
    assert "to the left" in str(advice)


def test_a_shelf_hides_what_is_behind_it(store_map: StoreMap):
    between = replace(store_map.shelves[0], shelf_id=ShelfId("middle"), origin_xy_m=(2.0, 3.0), slots=())

    behind = cover([CAMERA, OTHER], replace(store_map, shelves=(*store_map.shelves, between)))

    hidden = (behind.xy_m[:, 1] > 3.4) & (behind.count == 0)
    assert hidden.any()


def test_a_plan_is_drawn_and_read_back(tmp_path: Path, store_map: StoreMap):
    write_plan(tmp_path / "plan.svg", store_map, [CAMERA])

    (shelf,) = read_plan(tmp_path / "plan.svg", {ShelfId("wall"): 2.05})

    assert shelf.origin_xy_m == pytest.approx(store_map.shelves[0].origin_xy_m, abs=0.002)
    assert shelf.along_xy == pytest.approx((1.0, 0.0))
    assert shelf.width_m == 2.05


def test_a_line_that_is_no_shelf_is_refused(tmp_path: Path, store_map: StoreMap):
    path = tmp_path / "plan.svg"
    write_plan(path, store_map, [])
    path.write_text(path.read_text().replace("</svg>", '<path id="bent" d="M 1,1 C 2,2 3,3 4,4"/></svg>'))

    with pytest.raises(CalibrationError, match="'bent' is no straight line"):
        read_plan(path, {})


def test_a_shelf_drawn_the_wrong_way_round_is_noticed(store_map: StoreMap):
    wrong = replace(store_map.shelves[0], origin_xy_m=(4.0, 4.8), along_xy=(-1.0, 0.0))

    remarks = check_shelves((wrong,), store_map, [])

    assert any("left to right" in remark.text for remark in remarks)


def test_a_camera_that_stays_is_steady_even_if_goods_change():
    before = patterned()
    after = before.copy()
    after[100:200, 200:380] = patterned(5)[100:200, 200:380]

    drift = compare(CameraId("cam1"), before, after)

    assert drift.verdict is Verdict.STEADY
    assert drift.shift_px < 1.0


def test_a_camera_that_was_pushed_by_five_pixels_has_moved():
    before = patterned()
    after = np.roll(before, (3, 4), axis=(0, 1))

    drift = compare(CameraId("cam1"), before, after)

    assert drift.verdict is Verdict.MOVED
    assert drift.shift_px == pytest.approx(5.0, abs=0.3)
    assert "5.0 pixels" in drift.reason


def test_a_dark_picture_is_unclear_and_not_steady():
    assert (
        compare(CameraId("cam1"), patterned(), np.zeros((480, 640, 3), np.uint8)).verdict is Verdict.UNCLEAR
    )


def test_marks_are_kept_until_the_camera_is_calibrated_again(tmp_path: Path, store_map: StoreMap):
    marks = [
        ReviewMark(
            CameraId(name),
            "2026-05-04T03:00:00+00:00",
            "moved by 5.0 pixels",
            shelves_seen(CAMERA, store_map),
        )
        for name in ("cam1", "cam2")
    ]

    write_marks(tmp_path, marks)
    assert read_marks(tmp_path) == tuple(marks)
    assert marks[0].shelves == ("wall",)
    clear_marks(tmp_path, [CameraId("cam1")])

    assert [mark.camera_id for mark in read_marks(tmp_path)] == ["cam2"]
    assert read_marks(tmp_path / "elsewhere") == ()


def test_a_calibration_is_written_and_the_rest_of_the_file_stays(tmp_path: Path):
    text = '# our shop\n[[cameras]]\nid = "cam1" # by the door\nvideo = "a.mp4"\nsize_px = [640, 480]\n'
    (tmp_path / "store.toml").write_text(text, encoding="utf-8")
    file = StoreFile(tmp_path)

    file.set_pose(CAMERA, Quality("floor", "2026-05-04T03:00:00+00:00", 0.1, 0.001, 0.002))
    file.set_clock(CameraId("cam1"), -0.05)
    file.save()

    written = (tmp_path / "store.toml").read_text(encoding="utf-8")
    assert "# our shop" in written
    assert "# by the door" in written
    (entry,) = StoreFile(tmp_path).cameras()
    assert isinstance(entry.pose, CameraModel)
    assert entry.pose.position_m == pytest.approx(CAMERA.position_m)
    assert (entry.clock_offset_s, entry.rotation_sigma_rad) == (-0.05, 0.001)
    assert tomllib.loads(written)["cameras"][0]["calibration"]["method"] == "floor"


def test_printed_tags_are_true_to_scale_and_can_be_read(tmp_path: Path):
    write_sheets(tmp_path / "sheets.pdf", 1, TagFamily.APRILTAG_36H11, first=7)

    black = printed_rectangles_mm(tmp_path / "sheets.pdf")

    assert black[:, 0].min() == pytest.approx(210 - 110, abs=0.05)
    assert (black[:, 0] + black[:, 2]).max() == pytest.approx(210 + 110, abs=0.05)
    page = np.full((297 * 2, 420 * 2), 255, np.uint8)
    for x, y, w, h in (2 * black).round().astype(int).tolist():
        page[y : y + h, x : x + w] = 0
    _, ids, _ = cv2.aruco.ArucoDetector(TagFamily.APRILTAG_36H11.dictionary).detectMarkers(page)
    assert np.ravel(ids).tolist() == [7]


def test_a_tag_that_does_not_fit_the_paper_is_refused(tmp_path: Path):
    with pytest.raises(CalibrationError, match="to fit on A3"):
        write_sheets(tmp_path / "sheets.pdf", 1, TagFamily.APRILTAG_36H11, side_m=0.28)


def printed_rectangles_mm(path: Path) -> FloatArray:
    """Filled rectangles of a PDF: x and y of the upper left, width, height; millimetres."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", path.read_bytes(), re.DOTALL)
    found = []
    for stream in streams:
        try:
            text = zlib.decompress(stream).decode("latin-1")
        except zlib.error:
            continue
        found += re.findall(r"([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+) re f", text)
    points = np.array(found, float) * 25.4 / 72
    return np.column_stack([points[:, 0], 297 - points[:, 1], points[:, 2], -points[:, 3]])
