import numpy as np

from cart_tracker.observations import CameraId
from vision.health import CameraHealth
from vision.types import Frame

RNG = np.random.default_rng(0)
LIVELY = RNG.integers(0, 255, (50, 480, 640, 3), np.uint8)
STILL = RNG.integers(0, 255, (480, 640, 3), np.uint8)
BLACK = np.zeros((480, 640, 3), np.uint8)


def changes(images, people=0):
    health = CameraHealth()
    found = [health.check(Frame(CameraId("cam1"), k / 8, k, image), people) for k, image in enumerate(images)]
    return [(change.at_s, change.is_usable, change.reason) for change in found if change]


def test_a_lively_picture_is_healthy():
    assert changes(LIVELY) == []


def test_a_covered_lens_is_noticed_after_a_second_and_so_is_its_return():
    assert changes([*LIVELY[:5], *[BLACK] * 20, *LIVELY[5:10]]) == [
        (1.5, False, "the picture is black"),
        (3.125, True, "the picture is back"),
    ]


def test_a_frozen_picture_with_people_is_noticed_after_two_seconds():
    assert changes([*LIVELY[:5], *[STILL] * 30], people=1) == [(2.625, False, "the picture is frozen")]


def test_an_empty_store_may_look_the_same_for_a_while():
    assert changes([STILL] * 100) == []
    assert changes([STILL] * 250) == [(30.0, False, "the picture is frozen")]
