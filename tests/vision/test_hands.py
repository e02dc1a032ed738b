import numpy as np
import pytest

from cart_tracker.observations import CameraId, Hand
from vision.hands import LEAST_LOG_LIKELIHOOD, HandClassifier, near_shelves
from vision.keypoints import Keypoint
from vision.products import EMBEDDING, Gallery, ProductEyes
from vision.types import Detections, Frame, Tracklets

LENGTH = 3.0  # of embeddings: a perfect match is nine nats
FRAME = Frame(CameraId("cam1"), 12.5, 3, np.zeros((480, 640, 3), np.uint8))
FRONT_OF_SHELF = np.array([[3.0, 4.0]])
FAR_AWAY = np.array([[3.0, 1.0]])


class FakeSession:
    """Sees an empty hand, or one with one unit of what the embedding `at` shows."""

    def __init__(self, odds=(0.7, 0.3, 1e-9, 1e-9), at=0):
        self.odds, self.at = np.log(odds), at
        self.calls = 0

    def run(self, batch):
        self.calls += 1
        assert batch.shape[1:] == (3, 96, 96)
        out = np.zeros((len(batch), EMBEDDING + 4), np.float32)
        out[:, self.at] = LENGTH
        out[:, EMBEDDING:] = self.odds
        return out


def classifier_of(session):
    """A store of two products whose embeddings point along the first two axes."""
    return HandClassifier(ProductEyes(session), Gallery(LENGTH * np.eye(2, EMBEDDING), np.arange(2), 2))


def person(left=0.9, right=0.0):
    keypoints = np.zeros((1, 11, 3))
    keypoints[0, Keypoint.LEFT_WRIST] = [300, 200, left]
    keypoints[0, Keypoint.RIGHT_WRIST] = [340, 200, right]
    people = Detections(np.array([[250.0, 100.0, 400.0, 400.0]]), np.array([0.9]), keypoints)
    return Tracklets(np.array([7]), people)


def test_a_visible_hand_near_a_shelf_is_looked_at(store_map):
    (seen,) = classifier_of(FakeSession((0.1, 0.8, 0.1, 1e-9), at=1)).look(
        FRAME, person(), FRONT_OF_SHELF, store_map
    )

    assert (seen.tracklet_id, seen.hand, seen.at_s) == (7, Hand.LEFT, 12.5)
    assert seen.log_likelihood.argmax() == 2
    assert seen.units_log_likelihood.argmax() == 0


def test_both_hands_are_looked_at_in_one_batch(store_map):
    session = FakeSession()

    seen = classifier_of(session).look(FRAME, person(right=0.9), FRONT_OF_SHELF, store_map)

    assert [hand.hand for hand in seen] == [Hand.LEFT, Hand.RIGHT]
    assert session.calls == 1


@pytest.mark.parametrize(
    ("tracklets", "where"),
    [(person(left=0.1), FRONT_OF_SHELF), (person(), FAR_AWAY), (person(), np.full((1, 2), np.nan))],
    ids=["hidden", "far from shelves", "nowhere"],
)
def test_other_hands_cost_nothing(store_map, tracklets, where):
    session = FakeSession()

    assert classifier_of(session).look(FRAME, tracklets, where, store_map) == []
    assert session.calls == 0


def test_an_unsure_wrist_makes_the_network_less_sure_and_nothing_is_impossible():
    classifier = classifier_of(FakeSession((1e-9, 0.998, 0.002, 1e-9), at=0))

    contents = classifier.classify(np.zeros((2, 96, 96, 3), np.uint8), np.array([0.9, 0.4]))

    sure, unsure = contents.log_likelihood
    assert sure.argmax() == unsure.argmax() == 1
    assert sure[0] == LEAST_LOG_LIKELIHOOD
    assert sure[1] - sure[2] > unsure[1] - unsure[2]
    assert (contents.units_log_likelihood >= LEAST_LOG_LIKELIHOOD).all()


def test_a_hand_that_may_hold_anything_is_as_likely_full_as_empty_however_much_a_store_sells():
    for products in (2, 40):
        gallery = Gallery(np.empty((0, EMBEDDING)), np.empty(0, np.int64), products)
        classifier = HandClassifier(ProductEyes(FakeSession((0.5, 0.5, 1e-9, 1e-9))), gallery)

        contents = classifier.classify(np.zeros((1, 96, 96, 3), np.uint8), np.array([0.9]))

        np.testing.assert_allclose(contents.log_likelihood, 0.0, atol=1e-3)


def test_near_means_within_reach_of_the_front_and_not_far_behind_it(store_map):
    places = np.array([[3.0, 4.4], [3.0, 3.4], [3.0, 3.2], [3.0, 4.9], [1.5, 4.0], [0.9, 4.0]])

    assert near_shelves(places, store_map).tolist() == [True, True, False, False, True, False]
