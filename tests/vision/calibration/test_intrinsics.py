from dataclasses import replace
from itertools import islice

import cv2
import numpy as np
import pytest

from datasets.synthetic.board_waving import wave_board
from datasets.synthetic.calibration_pictures import board_picture
from tests.vision.calibration.cameras import looking_at
from vision.calibration.intrinsics import MOST_RMS_PX, measure_lens
from vision.calibration.lens_profile import (
    SHIPPED,
    find_profile,
    list_profiles,
    nominal_profile,
    read_profile,
    write_profile,
)
from vision.calibration.targets import CharucoBoard
from vision.camera_model import CameraModel
from vision.errors import CalibrationError
from vision.lens import Lens
from vision.types import Image

BOARD = CharucoBoard()
WIDE = looking_at("cam1", (0.3, 0.3, 2.8), (2.5, 2.5, 0.0), focal_px=330.0, lens=Lens.KANNALA_BRANDT)


@pytest.fixture(scope="module")
def waved() -> list[Image]:
    return list(islice(wave_board(WIDE, BOARD, np.random.default_rng(1)), 24))


def angle_deg(true: CameraModel, found: CameraModel) -> float:
    """Median angle between true and found rays, after the turn that fits best: the pose takes that up."""
    uv = np.stack(np.meshgrid(np.linspace(10, 630, 9), np.linspace(10, 470, 7)), -1).reshape(-1, 2)
    a, b = true.rays(uv), found.rays(uv)
    u, _, vt = np.linalg.svd(a.T @ b)
    off = np.arccos(np.clip((a * (b @ (u @ vt).T)).sum(axis=1), -1, 1))
    return float(np.degrees(np.median(off)))


@pytest.mark.slow
def test_a_waved_board_measures_a_wide_lens_and_says_that_it_is_one(waved: list[Image]):
    measured = measure_lens("dome-2.8mm", waved, BOARD)

    profile = measured.profile
    assert profile.lens is Lens.KANNALA_BRANDT
    assert profile.rms_px is not None
    assert profile.rms_px < 0.2 < MOST_RMS_PX
    assert measured.other_rms_px > profile.rms_px
    found = replace(WIDE, matrix=profile.matrix, distortion=profile.distortion)
    assert angle_deg(WIDE, found) < 0.15


@pytest.mark.slow
def test_blurred_pictures_are_refused_with_advice(waved: list[Image]):
    blurred = [np.asarray(cv2.GaussianBlur(picture, (0, 0), 9.0), np.uint8) for picture in waved[:4]]

    with pytest.raises(CalibrationError, match="in none of 4 pictures"):
        measure_lens("blurred", blurred, BOARD)


@pytest.mark.slow
def test_one_view_many_times_is_refused_with_advice(waved: list[Image]):
    with pytest.raises(CalibrationError, match=r"differ from each other; 8 are needed"):
        measure_lens("still", [waved[1]] * 5, BOARD)


def test_a_board_that_was_never_in_the_corners_is_refused():
    rng = np.random.default_rng(2)
    width, height = BOARD.size_m
    middle = []
    for n in range(16):
        lean = rng.uniform(-0.3, 0.3, 3)
        rotation = np.asarray(cv2.Rodrigues(lean)[0])
        place = np.array([0.03 * (n % 4) - 0.045, 0.03 * (n // 4) - 0.045, 0.36])
        middle.append(
            board_picture(WIDE, BOARD, rotation, place - rotation @ [width / 2, height / 2, 0.0], seed=n)
        )

    with pytest.raises(CalibrationError, match=r"never in the upper left and upper right"):
        measure_lens("middle", middle, BOARD)


@pytest.mark.slow
def test_pictures_of_two_sizes_are_refused(waved: list[Image]):
    with pytest.raises(CalibrationError, match="640x480 and of 320x240"):
        measure_lens("mixed", [waved[0], waved[1][::2, ::2]], BOARD)


def test_no_board_at_all_is_refused():
    with pytest.raises(CalibrationError, match="in none of 2 pictures"):
        measure_lens("empty", [np.full((480, 640, 3), 90, np.uint8)] * 2, BOARD)


def test_a_profile_is_kept_and_chosen_by_name(tmp_path):
    write_profile(nominal_profile("dome", (1920, 1080), 103.0), tmp_path / "lenses")

    found = find_profile("dome", tmp_path)

    assert found.is_nominal
    assert found.at_size((960, 540)).matrix[0, 0] == pytest.approx(found.matrix[0, 0] / 2)
    assert "dome" in list_profiles(tmp_path)


def test_a_profile_does_not_fit_a_picture_of_another_shape():
    with pytest.raises(CalibrationError, match=r"1920x1080.*640x480.*another shape"):
        nominal_profile("dome", (1920, 1080), 90.0).at_size((640, 480))


def test_an_unknown_profile_is_answered_with_those_there_are(tmp_path):
    with pytest.raises(CalibrationError, match=r"'dome'.*there are: .*calibrate intrinsics"):
        find_profile("dome", tmp_path)


def test_profiles_that_come_with_walkout_can_be_read():
    paths = sorted(SHIPPED.glob("*.toml"))

    assert paths
    assert all(read_profile(path).is_nominal for path in paths)
