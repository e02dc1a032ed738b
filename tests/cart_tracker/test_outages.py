import pytest

from cart_tracker.observations import CameraHealthChanged, CameraId
from cart_tracker.outages import Outages

CAM1, CAM2 = CameraId("cam1"), CameraId("cam2")


def outages(*changes):
    told = Outages()
    for at_s, camera_id, reason in changes:
        told.changed(CameraHealthChanged(at_s, camera_id, not reason, reason))
    return told


@pytest.mark.parametrize(("since_s", "until_s"), [(0, 100), (15, 16.5), (19, 60), (0, 11)])
def test_a_visit_that_a_camera_missed_a_second_of_is_doubted_with_the_cause(since_s, until_s):
    told = outages((10, CAM1, "is frozen"), (20, CAM1, ""))

    assert told.doubt(since_s, until_s).startswith("camera cam1 was missing for ")
    assert told.doubt(since_s, until_s).endswith(": is frozen")


@pytest.mark.parametrize(("since_s", "until_s"), [(0, 9), (21, 60), (0, 10.5), (19.5, 30)])
def test_a_visit_before_after_or_with_a_moment_of_it_is_not(since_s, until_s):
    assert outages((10, CAM1, "is frozen"), (20, CAM1, "")).doubt(since_s, until_s) == ""


def test_an_outage_that_lasts_counts_from_its_beginning_whatever_reason_it_has_now():
    told = outages((10, CAM1, "no picture comes"), (15, CAM1, "cannot be opened"), (12, CAM2, "is black"))

    assert told.doubt(11, 30) == "camera cam1 was missing for 19 s: no picture comes"
    assert told.doubt(0, 10.5) == ""


def test_a_camera_that_comes_back_twice_was_away_once():
    told = outages((10, CAM1, "is black"), (12, CAM1, ""), (14, CAM1, ""))

    assert told.doubt(0, 11.5)
    assert told.doubt(12.5, 30) == ""
