"""A camera is well again only when nothing is wrong with it."""

import numpy as np

from cart_tracker.observations import CameraHealthChanged, CameraId
from tests.vision.test_clock_comparison import CAMERAS, seen, sightings, up_and_down
from vision.store_health import StoreHealth

BLACK = CameraHealthChanged(21.0, CameraId("cam2"), False, "the picture is black")
BACK = CameraHealthChanged(21.0, CameraId("cam2"), True, "the picture is back")


def after_a_walk(ahead_s):
    """The health of three cameras before which somebody walked, and what was told of it."""
    health, told = StoreHealth(CAMERAS), []
    for one in sorted(sightings(up_and_down, 20, {"cam2": ahead_s}), key=lambda one: one.at_s):
        told += health.combined([one], one.at_s)
    return health, [one for one in told if isinstance(one, CameraHealthChanged)]


def test_a_picture_that_comes_and_goes_is_told_as_it_is():
    health, _ = after_a_walk(0.0)

    assert health.combined([BLACK], 21.0) == [BLACK]
    assert health.combined([BACK], 21.0) == [BACK]


def test_a_clock_that_is_off_is_told_though_the_picture_came_back_meanwhile():
    health, told = after_a_walk(0.3)

    told += health.combined([BLACK], 21.0) + health.combined([BACK], 21.0)

    assert "clock" in told[0].reason
    assert {(change.camera_id, change.is_usable) for change in told} == {("cam2", False)}


def test_sightings_of_a_camera_whose_clock_is_off_are_still_told():
    health, _ = after_a_walk(0.3)
    last = seen(CAMERAS[1], 21.0, np.zeros((1, 2)))

    assert last in health.combined([last], 21.0)
