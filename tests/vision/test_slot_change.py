from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.slot_change import Comparison, compare
from vision.slot_evidence import MAX_NATS, log_likelihood, units_moved
from vision.slot_looks import LookPair
from vision.slot_views import SlotRectangle

BACK = np.full((60, 90, 3), (60, 90, 110), np.float32)
SLOT = (slice(10, 50), slice(10, 80))
UNIT_PX = (10.0, 20.0)


def shelf(*lefts, down=0):
    look = BACK.copy()
    for left in lefts:
        look[25 + down : 45 + down, left : left + 10] = (40, 180, 220)
        look[30 + down : 35 + down, left + 2 : left + 8] = (250, 250, 250)
    return look


def pair(before, after, valid=None):
    shape = before.shape[:2]
    return LookPair(
        before,
        after,
        np.full(shape, 2.0, np.float32),
        np.ones(shape, np.bool_) if valid is None else valid,
        np.full(shape, 1.0),
        np.full(shape, 4.0),
    )


def compared(before, after, valid=None) -> Comparison:
    found = compare(pair(before, after, valid), SLOT, UNIT_PX, 100.0)
    assert found is not None
    return found


def test_a_carton_taken_away_is_a_part_of_its_size_that_looks_emptier_and_less_like_the_others():
    found = compared(shelf(20, 40, 60), shelf(20, 60))

    assert found.largest == pytest.approx(1.0, abs=0.15)
    assert (found.width, found.height) == pytest.approx((1.0, 1.0), abs=0.15)
    assert found.likeness < 0.5
    assert found.emptier_print > 0
    assert found.less_alike > 0.3
    assert (found.since_s, found.first_s) == (1.0, 4.0)


def test_a_picture_and_its_reverse_say_opposite_things():
    taken = log_likelihood(compared(shelf(20, 40, 60), shelf(20, 60)))
    came = log_likelihood(compared(shelf(20, 60), shelf(20, 40, 60)))

    assert taken.taken - taken.came == pytest.approx(came.came - came.taken, rel=0.1)
    assert taken.taken > taken.came


@pytest.mark.parametrize("gain", [0.7, 0.9, 1.2])
def test_light_on_the_whole_slot_is_nothing(gain):
    light = np.float32(gain) * np.linspace(0.95, 1.05, 90, dtype=np.float32)[None, :, None]

    assert compare(pair(shelf(20, 40), shelf(20, 40) * light), SLOT, UNIT_PX, 100.0) is None


def test_what_could_not_be_seen_is_not_compared():
    valid = np.zeros((60, 90), np.bool_)
    valid[:, :38] = True

    assert compare(pair(shelf(20, 40), shelf(20), valid), SLOT, UNIT_PX, 100.0) is None


def test_what_crosses_the_boards_lies_beyond_the_slot():
    rod = shelf(20, 40)
    rod[:, 62:66] = 240

    assert compared(shelf(20, 40), rod).beyond > 0.2
    assert compared(shelf(20, 40), shelf(20)).beyond == 0.0


def test_a_unit_that_was_moved_aside_is_found_again_close_by():
    assert compared(shelf(20, 40), shelf(20, 46)).shifted > compared(shelf(20, 40), shelf(20)).shifted


def test_no_more_is_taken_than_there_was_and_no_more_comes_than_fits():
    one = compared(shelf(20, 40, 60), shelf())
    many = replace(one, area=9.0)
    slot = SlotRectangle("slot", 10, 50, 10, 80, UNIT_PX, 100.0, stock=3, capacity=5)
    left, came = (
        replace(log_likelihood(one), taken=4.0, came=0.0),
        replace(log_likelihood(one), taken=0.0, came=4.0),
    )

    assert units_moved(many, left, slot, 0) == -3.0
    assert units_moved(many, left, slot, -2) == -1.0
    assert units_moved(many, came, slot, -1) == 3.0
    assert units_moved(many, replace(left, came=4.0), slot, 0) == 0.0


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_no_look_is_ever_surer_than_the_calibration_allows(seed):
    rng = np.random.default_rng(seed)
    before, after = (rng.uniform(0, 255, BACK.shape).astype(np.float32) for _ in range(2))

    told = log_likelihood(compared(before, after))

    assert told.nothing == 0.0
    assert abs(told.shifted) <= MAX_NATS
    assert max(told.taken, told.came) <= MAX_NATS + np.log(2) + 1e-3
