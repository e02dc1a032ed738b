"""A camera that was moved since its calibration, or has the wrong time, is told of, once for all."""

from dataclasses import replace

import numpy as np
import pytest

from cart_tracker.observations import CameraHealthChanged, CameraId
from tests.vision.test_clock_comparison import seen, sightings, up_and_down
from tests.vision.test_pipeline import OnePerson
from vision.calibration.drift import REVIEW_FILE, ReviewMark, write_marks
from vision.detector import PoseDetector
from vision.errors import CalibrationError
from vision.pipeline import Networks, Pipeline
from vision.settings import read_settings
from vision.store_health import StoreHealth

MOVED = "moved by 9.0 pixels since its calibration (sheets)"


def make_networks():
    return Networks(PoseDetector(OnePerson(), (320, 256)), None)


@pytest.fixture
def settings(recording):
    return read_settings(recording)


def test_a_camera_marked_as_moved_is_told_of_at_once_and_nothing_it_says_is_used(settings):
    write_marks(settings.path.parent, [ReviewMark(CameraId("cam2"), "2026-05-04T03:00:00Z", MOVED, ())])

    told = [one for tick in Pipeline(settings, make_networks).run() for one in tick]

    [change] = [one for one in told if isinstance(one, CameraHealthChanged)]
    assert (change.camera_id, change.is_usable, change.reason) == ("cam2", False, MOVED)
    assert told[0] == change
    assert {one.camera_id for one in told[1:]} == {"cam1"}


def test_a_damaged_list_of_moved_cameras_stops_the_store_and_says_what_to_do(settings):
    (settings.path.parent / REVIEW_FILE).write_text("moved = 3")

    with pytest.raises(CalibrationError, match="run 'walkout calibrate drift' again, or delete it"):
        StoreHealth(settings)


def test_a_clock_that_is_off_is_told_though_the_picture_came_back_meanwhile(settings):
    pair = [camera.camera_id for camera in settings.cameras]
    health, told = StoreHealth(settings), []
    for one in sorted(sightings(up_and_down, 20, {"cam2": 0.3}, pair), key=lambda one: one.at_s):
        told += health.combined([one], one.at_s)
    back = CameraHealthChanged(21.0, pair[1], True, "the picture is back")

    told += health.combined([replace(back, is_usable=False, reason="the picture is black"), back], 21.0)

    changes = [one for one in told if isinstance(one, CameraHealthChanged) and one.camera_id == "cam2"]
    assert not any(change.is_usable for change in changes)
    assert "clock" in changes[0].reason


def test_sightings_of_a_camera_whose_clock_is_off_are_still_told(settings):
    pair = [camera.camera_id for camera in settings.cameras]
    health = StoreHealth(settings)
    for one in sorted(sightings(up_and_down, 20, {"cam2": 0.3}, pair), key=lambda one: one.at_s):
        health.combined([one], one.at_s)

    last = seen(pair[1], 21.0, np.zeros((1, 2)))

    assert last in health.combined([last], 21.0)
