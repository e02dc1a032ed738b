"""Pictures that are of no use are noticed in a second or two, and named; those that are, are not."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from cart_tracker.observations import CameraHealthChanged, CameraId
from tests.picture_faults import blocks, blurred, covered, dark, half_grey, shifted, sunlit
from vision.health import CameraHealth, StreamWatch
from vision.types import Frame

FPS = 8
RNG = np.random.default_rng(0)
LIVELY = RNG.integers(0, 255, (50, 480, 640, 3), np.uint8)
STILL = RNG.integers(0, 255, (480, 640, 3), np.uint8)
BLACK = np.zeros((480, 640, 3), np.uint8)
RECORDING = Path(__file__).parents[2] / "recordings" / "demo"


def changes(images, people=0, size_px=None):
    health = CameraHealth(size_px)
    found = [
        health.check(Frame(CameraId("cam1"), k / FPS, k, image), people) for k, image in enumerate(images)
    ]
    return [(change.at_s, change.is_usable, change.reason) for change in found if change]


@pytest.fixture(scope="module")
def view():
    """A picture of the demo store, 320x240."""
    reader = cv2.VideoCapture(str(RECORDING / "cam1.mp4"))
    is_read, image = reader.read()
    reader.release()
    assert is_read
    return cv2.resize(image, (320, 240), interpolation=cv2.INTER_AREA)


def filmed(image, count, seed=0):
    """The same view again and again, with a sensor's noise."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 2, (4, *image.shape))
    return [np.clip(image + noise[k % 4], 0, 255).astype(np.uint8) for k in range(count)]


FAULTS = {
    "darkness": (dark, "the picture is too dark"),
    "glare": (sunlit, "the picture is burnt out by glare"),
    "a hand before the lens": (covered, "the lens is covered"),
    "defocus": (blurred, "the picture is out of focus"),
    "misplaced blocks": (blocks, "sends damaged pictures"),
    "half grey": (half_grey, "sends damaged pictures"),
    "a knock": (
        shifted,
        "shows something else than before: it was moved, or something is before it",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_within_two_seconds_and_so_is_its_end(fault, view):
    break_it, reason = FAULTS[fault]
    good = filmed(view, 5 * FPS)

    found = changes([*good, *(break_it(image) for image in filmed(view, 4 * FPS)), *good])

    assert [(usable, text) for _, usable, text in found] == [(False, reason), (True, "the picture is back")]
    assert 5.0 < found[0][0] <= 7.0
    assert 9.0 < found[1][0] <= 12.0


def test_a_view_that_stays_is_healthy(view):
    assert changes(filmed(view, 12 * FPS)) == []


def test_lights_that_go_down_to_a_third_and_people_before_the_lens_are_no_fault(view):
    dimmed = [(0.4 * image).astype(np.uint8) for image in filmed(view, 4 * FPS)]
    crowded = filmed(view, 4 * FPS)
    for image in crowded:
        image[60:, 80:240] = STILL[60:240, 80:240] // 2

    assert changes([*filmed(view, 4 * FPS), *dimmed, *crowded]) == []


def test_one_damaged_picture_in_five_is_not_looked_at_and_the_camera_stays_usable(view):
    health, looked_at = CameraHealth(), []

    for k, image in enumerate(filmed(view, 8 * FPS)):
        is_damaged = k > 4 * FPS and k % 5 == 0
        frame = Frame(CameraId("cam1"), k / FPS, k, half_grey(image) if is_damaged else image)
        assert health.check(frame, 0) is None
        looked_at.append(health.is_usable is not is_damaged)

    assert all(looked_at)


def test_a_picture_of_another_size_is_never_looked_at_and_named_after_a_second(view):
    good = filmed(view, 2 * FPS)
    small = [cv2.resize(image, (160, 120)) for image in filmed(view, 2 * FPS)]

    assert changes([*good, *small], size_px=(320, 240)) == [
        (2.875, False, "sends 160x120 pixels but was calibrated at 320x240")
    ]


def test_a_lively_picture_is_healthy():
    assert changes(LIVELY) == []


def test_a_black_picture_is_noticed_after_a_second_and_so_is_its_return():
    assert changes([*LIVELY[:5], *[BLACK] * 20, *LIVELY[5:30]]) == [
        (1.5, False, "the picture is black"),
        (5.0, True, "the picture is back"),
    ]


def test_a_frozen_picture_with_people_is_noticed_after_two_seconds():
    assert changes([*LIVELY[:5], *[STILL] * 30], people=1) == [(2.625, False, "the picture is frozen")]


def test_an_empty_store_may_look_the_same_for_a_while():
    assert changes([STILL] * 100) == []
    assert changes([STILL] * 250) == [(30.0, False, "the picture is frozen")]


def test_a_camera_is_usable_again_only_when_picture_clock_and_stream_are():
    watch = StreamWatch(CameraId("cam1"))
    watch.clock_changed(told(False, "its clock is 300 ms ahead of the other cameras'"))
    watch.picture_changed(told(False, "the picture is black"))

    assert watch.changes("", 0.0, 0.0) == [told(False, "the picture is black")]
    assert not watch.sees
    watch.picture_changed(told(True, "the picture is back"))
    [change] = watch.changes("", 9.0, 0.0)
    assert change == told(False, "its clock is 300 ms ahead of the other cameras'")
    assert watch.sees
    watch.clock_changed(told(True, "its clock is right again"))
    assert [change.is_usable for change in watch.changes("", 10.0, 0.0)] == [True]


def told(is_usable, reason):
    return CameraHealthChanged(0.0, CameraId("cam1"), is_usable, reason)
