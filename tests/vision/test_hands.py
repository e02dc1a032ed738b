import numpy as np
import pytest

from cart_tracker.observations import CameraId, Hand
from vision.hand_readers import HandContents
from vision.hands import HandClassifier, near_shelves
from vision.keypoints import Keypoint
from vision.types import Frame, Tracklets, people_found

FRAME = Frame(CameraId("cam1"), 12.5, 3, np.zeros((480, 640, 3), np.uint8))
FRONT_OF_SHELF = np.array([[3.0, 4.0]])
FAR_AWAY = np.array([[3.0, 1.0]])


class FakeReader:
    """Sees one unit of the second product in every hand."""

    crop_px = 96

    def __init__(self):
        self.calls = 0

    def read(self, crops):
        self.calls += 1
        assert crops.shape[1:] == (96, 96, 3)
        return HandContents(
            np.tile([-3.0, -2.0, 0.0], (len(crops), 1)), np.tile([0.0, -1, -2], (len(crops), 1))
        )


def person(left=0.9, right=0.0):
    keypoints = np.zeros((1, 11, 3))
    keypoints[0, Keypoint.LEFT_WRIST] = [300, 200, left]
    keypoints[0, Keypoint.RIGHT_WRIST] = [340, 200, right]
    people = people_found(np.array([[250.0, 100.0, 400.0, 400.0]]), np.array([0.9]), keypoints)
    return Tracklets(np.array([7]), people)


def test_a_visible_hand_near_a_shelf_is_looked_at(store_map):
    (seen,) = HandClassifier(FakeReader()).look(FRAME, person(), FRONT_OF_SHELF, store_map)

    assert (seen.tracklet_id, seen.hand, seen.at_s) == (7, Hand.LEFT, 12.5)
    assert seen.log_likelihood.argmax() == 2
    assert seen.units_log_likelihood.argmax() == 0


def test_both_hands_are_looked_at_in_one_batch(store_map):
    reader = FakeReader()

    seen = HandClassifier(reader).look(FRAME, person(right=0.9), FRONT_OF_SHELF, store_map)

    assert [hand.hand for hand in seen] == [Hand.LEFT, Hand.RIGHT]
    assert reader.calls == 1


@pytest.mark.parametrize(
    ("tracklets", "where"),
    [(person(left=0.1), FRONT_OF_SHELF), (person(), FAR_AWAY), (person(), np.full((1, 2), np.nan))],
    ids=["hidden", "far from shelves", "nowhere"],
)
def test_other_hands_cost_nothing(store_map, tracklets, where):
    reader = FakeReader()

    assert HandClassifier(reader).look(FRAME, tracklets, where, store_map) == []
    assert reader.calls == 0


def test_near_means_within_reach_of_the_front_and_not_far_behind_it(store_map):
    places = np.array([[3.0, 4.4], [3.0, 3.4], [3.0, 3.2], [3.0, 4.9], [1.5, 4.0], [0.9, 4.0]])

    assert near_shelves(places, store_map).tolist() == [True, True, False, False, True, False]
