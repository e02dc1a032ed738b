from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from cart_tracker.observations import CameraId
from datasets.synthetic.calibration_pictures import floor_picture
from tests.vision.calibration.cameras import looking_at, profile_of
from vision.calibration.disagreement import disagreement
from vision.calibration.floor import FloorCalibration, FloorWish, calibrate_floor, solve_floor
from vision.calibration.lens_profile import nominal_profile
from vision.calibration.store_frame import parse_place, parse_tape
from vision.calibration.tags import TagId, TagSighting
from vision.calibration.targets import tag_corners_m
from vision.camera_model import CameraModel
from vision.errors import CalibrationError
from vision.lens import Lens
from vision.types import FloatArray

Sheets = Mapping[int, tuple[float, float, float]]

CAMERAS = (
    looking_at("cam1", (0.2, 0.2, 2.8), (2.5, 2.5, 0.0)),
    looking_at("cam2", (5.8, 0.2, 2.8), (3.0, 2.5, 0.0)),
    looking_at("cam3", (3.0, 4.8, 2.7), (3.0, 2.0, 0.0), focal_px=330.0, lens=Lens.KANNALA_BRANDT),
)
SHEETS: Sheets = {
    0: (1.2, 1.4, 10.0),
    1: (2.0, 1.2, 77.0),
    2: (1.3, 2.5, 150.0),
    3: (2.6, 2.5, 222.0),
    4: (3.5, 2.0, 301.0),
    5: (4.0, 3.3, 45.0),
    6: (4.4, 1.4, 190.0),
}
NO_WISH = FloorWish()
PLACES = (parse_place("tag0=1.2,1.4"), parse_place("tag6=4.4,1.4"))
TAPES = (parse_tape("tag0-tag6=3.20m"), parse_tape("1-5=290cm"))


def corners_m(sheet: tuple[float, float, float], side_m: float = 0.22) -> FloatArray:
    x, y, turn_deg = sheet
    cos, sin = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    xy = tag_corners_m(side_m) @ np.array([[cos, -sin], [sin, cos]]).T + [x, y]
    return np.column_stack([xy, np.zeros(4)])


def sightings(
    sheets: Sheets = SHEETS, cameras: tuple[CameraModel, ...] = CAMERAS, side_m: float = 0.22, seed: int = 1
) -> tuple[TagSighting, ...]:
    """What a detector would find of sheets, with its noise."""
    rng = np.random.default_rng(seed)
    found = []
    for camera in cameras:
        for tag_id, sheet in sheets.items():
            uv = camera.project(corners_m(sheet, side_m))
            if np.isfinite(uv).all() and ((uv > 0) & (uv < np.array(camera.size_px))).all():
                noisy = uv + rng.normal(0, 0.1, uv.shape)
                found.append(TagSighting(camera.camera_id, TagId(tag_id), noisy))
    return tuple(found)


def solve(found: tuple[TagSighting, ...], wish: FloorWish = NO_WISH, **lenses: object) -> FloorCalibration:
    seen = {s.camera_id for s in found}
    known = {camera.camera_id: profile_of(camera) for camera in CAMERAS if camera.camera_id in seen}
    return solve_floor(found, {**known, **lenses}, wish)  # type: ignore[dict-item]


def far_apart_m(found: FloorCalibration) -> FloatArray:
    """Where pairs of cameras put the same floor points, all over the room."""
    grid = np.stack(np.meshgrid(np.arange(0.5, 5.6, 0.5), np.arange(0.5, 4.6, 0.5)), -1).reshape(-1, 2)
    points = []
    for true, camera in zip(CAMERAS, found.cameras, strict=True):
        uv = true.project(np.column_stack([grid, np.zeros(len(grid))]))
        with np.errstate(invalid="ignore"):
            inside = ((uv > 0) & (uv < np.array(true.size_px))).all(axis=1)
        points.append(np.where(inside[:, None], camera.at_height(np.where(inside[:, None], uv, 0.0)), np.nan))
    return disagreement(points).distance_m


@pytest.mark.slow
def test_pictures_of_sheets_give_every_camera_its_place():
    pictures = {camera.camera_id: floor_picture(camera, SHEETS, seed=n) for n, camera in enumerate(CAMERAS)}
    lenses = {camera.camera_id: profile_of(camera) for camera in CAMERAS}

    found = calibrate_floor(pictures, lenses, FloorWish(tapes=TAPES, places=PLACES))

    for true, camera in zip(CAMERAS, found.cameras, strict=True):
        assert np.linalg.norm(camera.position_m - true.position_m) < 0.03
    assert np.median(far_apart_m(found)) < 0.01
    assert np.quantile(far_apart_m(found), 0.95) < 0.03
    assert found.disagreement.median_m < 0.01


def test_sheets_printed_too_small_are_made_up_for_by_the_tape():
    found = solve(sightings(side_m=0.22 * 0.97), FloorWish(tapes=TAPES, places=PLACES))

    assert found.side_m == pytest.approx(0.22 * 0.97, rel=0.01)
    assert np.linalg.norm(found.cameras[0].position_m - CAMERAS[0].position_m) < 0.03
    assert any("97" in note for note in found.notes)


def test_without_places_the_lowest_sheet_is_the_origin_and_its_edge_the_x_axis():
    found = solve(sightings())

    assert found.tags[TagId(0)].xy_m == pytest.approx([0.0, 0.0], abs=1e-9)
    assert found.tags[TagId(0)].turn_rad == pytest.approx(0.0, abs=1e-9)
    assert any("--measure" in note for note in found.notes)
    assert any("--at" in note for note in found.notes)


def test_corners_of_the_floor_set_the_frame():
    uv = CAMERAS[0].project(np.array([[1.0, 2.0, 0.0], [3.0, 2.5, 0.0]]))
    places = tuple(
        parse_place(f"cam1:{u:.2f},{v:.2f}={x},{y}")
        for (u, v), (x, y) in zip(uv, ((1, 2), (3, 2.5)), strict=True)
    )

    found = solve(sightings(), FloorWish(tapes=TAPES, places=places))

    assert np.linalg.norm(found.cameras[1].position_m - CAMERAS[1].position_m) < 0.04


def test_a_sheet_that_was_moved_between_two_recordings_is_left_out_and_named():
    found = list(sightings())
    row = next(n for n, s in enumerate(found) if s.camera_id == "cam2" and s.tag_id == 3)
    found[row] = TagSighting(found[row].camera_id, found[row].tag_id, found[row].uv_px + 12.0)

    calibrated = solve(tuple(found), FloorWish(tapes=TAPES, places=PLACES))

    assert any("cam2 sees tag3" in note for note in calibrated.notes)
    assert np.median(far_apart_m(calibrated)) < 0.01


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        ({0: SHEETS[0], 3: SHEETS[3]}, "only 2 sheets"),
        ({n: (1.6 + 0.6 * n, 2.2, 0.0) for n in range(5)}, "in one line"),
    ],
)
def test_too_few_or_badly_laid_sheets_are_refused_with_advice(sheets: Sheets, words: str):
    with pytest.raises(CalibrationError, match=words):
        solve_floor(sightings(sheets), {c.camera_id: profile_of(c) for c in CAMERAS}, FloorWish())


def test_a_camera_that_sees_no_sheet_is_named():
    found = tuple(s for s in sightings() if s.camera_id != "cam3")

    with pytest.raises(CalibrationError, match="'cam3' sees no sheet"):
        solve_floor(found, {c.camera_id: profile_of(c) for c in CAMERAS}, NO_WISH)


def test_a_camera_that_sees_one_sheet_is_told_to_lay_more():
    far = tuple(s for s in sightings() if s.camera_id != "cam1" or s.tag_id == 6)

    found = solve(far)

    assert any("cam1 sees 1 sheet" in note for note in found.notes)


def test_cameras_that_share_no_sheet_are_named():
    found = tuple(
        s for s in sightings() if (s.camera_id == "cam1") == (s.tag_id in (0, 1, 2)) and s.camera_id != "cam3"
    )

    with pytest.raises(
        CalibrationError, match=r"cam1 share no sheet with cam2|cam2 share no sheet with cam1"
    ):
        solve(found)


@pytest.mark.parametrize("tape", ["tag0-tag6=3.40m", "tag1-tag5=2.60m"])
def test_a_tape_that_was_misread_is_named(tape: str):
    good = (parse_tape("tag0-tag6=3.20m"), parse_tape("tag1-tag5=2.90m"), parse_tape("tag2-tag4=2.256m"))
    wrong = tuple(parse_tape(tape) if t.tags == parse_tape(tape).tags else t for t in good)

    with pytest.raises(CalibrationError, match=tape.split("=")[0] + r" is .* by tape"):
        solve(sightings(), FloorWish(tapes=wrong))


def test_a_tape_to_a_sheet_that_nobody_saw_is_refused():
    with pytest.raises(CalibrationError, match=r"tag77 was measured, but no camera saw it"):
        solve(sightings(), FloorWish(tapes=(parse_tape("tag0-tag77=2m"),)))


def test_places_that_contradict_each_other_are_refused():
    with pytest.raises(CalibrationError, match="do not fit each other"):
        solve(sightings(), FloorWish(places=(parse_place("tag0=1.2,1.4"), parse_place("tag6=4.9,1.4"))))


def test_the_wrong_lens_profile_is_noticed():
    nominal = nominal_profile("some-other-camera", (640, 480), 110.0)
    wrong = replace(nominal, rms_px=0.2, views=20)

    with pytest.raises(CalibrationError, match=r"cam1.*'some-other-camera'.*calibrate intrinsics"):
        solve(sightings(), FloorWish(tapes=TAPES), cam1=wrong)


def test_pictures_of_another_resolution_are_refused():
    lenses = {camera.camera_id: profile_of(camera) for camera in CAMERAS[:1]}
    pictures = {CameraId("cam1"): np.zeros((360, 640, 3), np.uint8)}

    with pytest.raises(CalibrationError, match=r"640x360.*640x480"):
        calibrate_floor(pictures, lenses, FloorWish())


@pytest.mark.parametrize("text", ["3-7", "tag3-tag3=2m", "tag3-tag7=2.35 feet", "tag1-tag2=0.01m"])
def test_what_is_no_tape_measure_is_refused(text: str):
    with pytest.raises(CalibrationError, match=r"tag3-tag7=2\.35m"):
        parse_tape(text)
