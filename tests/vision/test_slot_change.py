import numpy as np
import pytest

from vision.slot_change import largest_blob

BACK = np.full((40, 60, 3), (60, 90, 110), np.float32)


def with_carton(left=20, right=30):
    patch = BACK.copy()
    patch[15:35, left:right] = (40, 180, 220)
    patch[20:25, left + 2 : right - 2] = (250, 250, 250)
    return patch


def test_a_carton_taken_away_is_a_blob_of_its_size_that_looks_emptier():
    blob = largest_blob(with_carton(), BACK)

    assert blob.area_px == 20 * 10
    assert blob.centre == pytest.approx((24.5, 24.5))
    assert blob.units == -1


def test_a_carton_put_there_looks_fuller():
    assert largest_blob(BACK, with_carton()).units == 1


def test_light_on_the_whole_patch_is_nothing():
    assert largest_blob(with_carton(), with_carton() * np.float32(1.2)).area_px == 0


def test_the_larger_of_two_changes_counts():
    both = with_carton(5, 9)
    both[:, 20:] = with_carton(20, 30)[:, 20:]

    assert largest_blob(BACK, both).centre[0] == pytest.approx(24.5)


def test_a_carton_that_gave_way_to_another_says_neither():
    other = BACK.copy()
    other[15:35, 20:30] = (220, 180, 40)
    other[20:25, 22:28] = (10, 10, 10)

    assert largest_blob(with_carton(), other).units == 0
