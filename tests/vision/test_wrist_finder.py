import numpy as np
import pytest

from models import zoo
from models.body_picture import PICTURE_PX, PLANES
from vision.errors import ModelError
from vision.keypoints import KEYPOINT_COUNT, WRISTS, Keypoint
from vision.settings import SLOT_MODEL, WRIST_MODEL
from vision.types import Tracklets, people_found
from vision.wrist_finder import WristFinder, check_wrist_card

FRAME = np.zeros((480, 640, 3), np.uint8)
NOBODY, ALL = np.array([False, False]), np.array([True, True])


class Says:
    """Finds left wrists in the middle of their picture and right ones in its lower right quarter."""

    def __init__(self):
        self.batches = []

    def run(self, batch):
        self.batches.append(batch)
        wrists = [[0.5, 0.5, 0.02, 0.9], [0.75, 0.75, 0.1, 0.2]]
        return np.tile(np.array(wrists, np.float32), (len(batch), 1, 1))


def two_people():
    xyxy = np.array([[100.0, 100.0, 140.0, 260.0], [400.0, 50.0, 480.0, 130.0]])
    return people_found(xyxy, np.array([0.9, 0.8]), np.full((2, KEYPOINT_COUNT, 3), 0.5))


def test_wrists_come_back_in_pixels_of_the_frame_with_their_spread():
    found = WristFinder(Says()).find(FRAME, two_people(), ALL)

    left, right = found.keypoints[0, list(WRISTS)]
    np.testing.assert_allclose(left, [120, 180, 0.9], atol=0.6)
    np.testing.assert_allclose(right, [170, 230, 0.2], atol=0.6)  # a square of 200 pixels
    np.testing.assert_allclose(found.wrist_sigma_px, [[4, 20], [2, 10]], atol=0.1)


def test_only_wrists_of_those_chosen_are_touched():
    people = two_people()

    found = WristFinder(Says()).find(FRAME, people, np.array([False, True]))

    np.testing.assert_array_equal(found.keypoints[0], people.keypoints[0])
    assert np.isnan(found.wrist_sigma_px[0]).all()
    others = [point for point in Keypoint if point not in WRISTS]
    np.testing.assert_array_equal(found.keypoints[1, others], people.keypoints[1, others])
    assert found.keypoints[1, Keypoint.LEFT_WRIST, 2] == pytest.approx(0.9)


def test_the_network_rests_while_nobody_is_at_a_shelf():
    session, people = Says(), two_people()

    assert WristFinder(session).find(FRAME, people, NOBODY) is people
    assert session.batches == []


def test_the_network_sees_red_first_in_shares_of_white():
    session = Says()
    frame = FRAME.copy()
    frame[..., 2] = 255

    WristFinder(session).find(frame, two_people(), ALL)

    (batch,) = session.batches
    assert batch.shape == (2, PLANES, PICTURE_PX, PICTURE_PX)
    middle = batch[0, :, PICTURE_PX // 2, PICTURE_PX // 2]
    np.testing.assert_allclose(middle[:3], [1, 0, 0])


def test_a_network_for_something_else_is_refused_with_a_way_out():
    class Other:
        def run(self, batch):
            return np.zeros((len(batch), 3, 4), np.float32)

    with pytest.raises(ModelError, match="name another wrist_model"):
        check_wrist_card(zoo.load(SLOT_MODEL).card)
    with pytest.raises(ModelError, match="export it again"):
        WristFinder(Other()).find(FRAME, two_people(), ALL)


def test_the_wrist_network_of_the_store_is_accepted():
    check_wrist_card(zoo.load(WRIST_MODEL).card)


def test_wrists_of_before_go_to_the_same_people_and_to_nobody_else():
    looked = WristFinder(Says()).find(FRAME, two_people(), ALL)
    before, now = Tracklets(np.array([7, 4]), looked), Tracklets(np.array([4, 9]), two_people())

    same = now.with_wrists_of(before)

    np.testing.assert_array_equal(same.people.wrist_sigma_px[0], looked.wrist_sigma_px[1])
    np.testing.assert_array_equal(same.people.keypoints[0, list(WRISTS)], looked.keypoints[1, list(WRISTS)])
    assert np.isnan(same.people.wrist_sigma_px[1]).all()
    np.testing.assert_array_equal(same.people.keypoints[1], now.people.keypoints[1])
