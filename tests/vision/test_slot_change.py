from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cart_tracker.observations import SlotLogLikelihood
from models import zoo
from models.slot_samples import KINDS, PICTURE_PX, PLANES
from vision.errors import ModelError
from vision.inference import OnnxSession
from vision.settings import HAND_MODEL, SLOT_MODEL
from vision.slot_change import Comparison, compare
from vision.slot_evidence import MAX_NATS, SlotReader, check_slot_card, units_moved
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
    found = compare(pair(before, after, valid), SLOT, UNIT_PX)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def reader():
    return SlotReader(OnnxSession(zoo.load(SLOT_MODEL).path))


class Says:
    """A network that says the same of everything."""

    def __init__(self, *nats):
        self.nats = np.array(nats, np.float32)

    def run(self, batch):
        return np.tile(self.nats, (len(batch), 1))


def test_a_carton_taken_away_is_a_part_of_its_size():
    found = compared(shelf(20, 40, 60), shelf(20, 60))

    assert found.largest == pytest.approx(1.0, abs=0.15)
    assert found.height == pytest.approx(1.0, abs=0.15)
    assert (found.since_s, found.first_s) == (1.0, 4.0)


def test_a_picture_has_the_changed_place_in_its_middle_and_both_looks_of_it():
    picture = compared(shelf(20, 40, 60), shelf(20, 60)).picture
    width, height = PICTURE_PX
    middle = (height // 2, width // 2)
    before, after = picture[:3], picture[3:6]

    assert picture.shape == (PLANES, height, width)
    assert picture[9][middle] == 255
    assert picture[9][0, 0] == 0
    assert np.abs(before[:, 24, 32].astype(int) - after[:, 24, 32]).max() > 50
    assert np.abs(before[:, 30, 58].astype(int) - after[:, 30, 58]).max() < 5


def test_a_picture_shows_as_much_of_a_shelf_of_large_products_as_of_small_ones():
    small = compared(shelf(20, 40, 60), shelf(20, 60)).picture
    large = compare(
        pair(*(np.kron(look, np.ones((2, 2, 1), np.float32)) for look in (shelf(20, 40, 60), shelf(20, 60)))),
        (slice(20, 100), slice(20, 160)),
        (20.0, 40.0),
    )

    assert large is not None
    assert np.abs(small.astype(int) - large.picture).mean() < 8


def test_a_picture_and_its_reverse_say_opposite_things(reader):
    taken, came = reader.read(
        [
            compared(shelf(20, 40, 60), shelf(20, 60)).picture,
            compared(shelf(20, 60), shelf(20, 40, 60)).picture,
        ]
    )

    assert taken.taken - taken.came == pytest.approx(came.came - came.taken, rel=0.1)
    assert taken.taken > taken.came


def test_where_nothing_was_compared_the_network_is_not_asked():
    assert SlotReader(Says()).read([]) == []


@pytest.mark.parametrize("gain", [0.7, 0.9, 1.2])
def test_light_on_the_whole_slot_is_nothing(gain):
    light = np.float32(gain) * np.linspace(0.95, 1.05, 90, dtype=np.float32)[None, :, None]

    assert compare(pair(shelf(20, 40), shelf(20, 40) * light), SLOT, UNIT_PX) is None


def test_what_could_not_be_seen_is_not_compared():
    valid = np.zeros((60, 90), np.bool_)
    valid[:, :38] = True

    assert compare(pair(shelf(20, 40), shelf(20), valid), SLOT, UNIT_PX) is None


def test_what_crosses_the_boards_lies_beyond_the_slot():
    rod = shelf(20, 40)
    rod[:, 62:66] = 240

    assert compared(shelf(20, 40), rod).beyond > 0.2
    assert compared(shelf(20, 40), shelf(20)).beyond == 0.0


def test_no_more_is_taken_than_there_was_and_no_more_comes_than_fits():
    one = compared(shelf(20, 40, 60), shelf())
    many = replace(one, area=9.0)
    slot = SlotRectangle("slot", 10, 50, 10, 80, UNIT_PX, 100.0, stock=3, capacity=5)
    left, came = SlotLogLikelihood(0.0, 0.0, 4.0, 0.0), SlotLogLikelihood(0.0, 0.0, 0.0, 4.0)

    assert units_moved(many, left, slot, 0) == -3.0
    assert units_moved(many, left, slot, -2) == -1.0
    assert units_moved(many, came, slot, -1) == 3.0
    assert units_moved(many, replace(left, came=4.0), slot, 0) == 0.0


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=4, max_size=4))
def test_no_look_is_ever_surer_than_the_calibration_allows(nats):
    (told,) = SlotReader(Says(*nats)).read([np.zeros((PLANES, *PICTURE_PX[::-1]), np.uint8)])

    assert told.nothing == 0.0
    assert max(abs(told.shifted), abs(told.taken), abs(told.came)) <= MAX_NATS


def test_a_network_for_something_else_is_refused_with_a_way_out():
    with pytest.raises(ModelError, match="name another slot_model"):
        check_slot_card(zoo.load(HAND_MODEL).card)
    with pytest.raises(ModelError, match="export it again"):
        SlotReader(Says(1.0, 2.0)).read([np.zeros((PLANES, *PICTURE_PX[::-1]), np.uint8)])


def test_the_slot_network_of_the_store_is_accepted():
    card = zoo.load(SLOT_MODEL).card

    check_slot_card(card)
    assert card.classes == KINDS
