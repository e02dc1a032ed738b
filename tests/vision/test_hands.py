from pathlib import Path

import numpy as np
import pytest

from cart_tracker.observations import CameraId, Hand
from models.card import InputSize, ModelCard
from models.zoo import LoadedModel
from vision.errors import ModelError
from vision.hands import TEMPERATURE_RANGE, HandClassifier, columns_for, near_shelves
from vision.keypoints import Keypoint
from vision.types import Detections, Frame, Tracklets

FRAME = Frame(CameraId("cam1"), 12.5, 3, np.zeros((480, 640, 3), np.uint8))
FRONT_OF_SHELF = np.array([[3.0, 4.0]])
FAR_AWAY = np.array([[3.0, 1.0]])


class FakeSession:
    def __init__(self, probabilities):
        self.probabilities = np.array(probabilities, np.float32)
        self.calls = 0

    def run(self, batch):
        self.calls += 1
        assert batch.shape[1:] == (3, 64, 64)
        return np.tile(self.probabilities, (len(batch), 1))


def person(left=0.9, right=0.0):
    keypoints = np.zeros((1, 11, 3))
    keypoints[0, Keypoint.LEFT_WRIST] = [300, 200, left]
    keypoints[0, Keypoint.RIGHT_WRIST] = [340, 200, right]
    people = Detections(np.array([[250.0, 100.0, 400.0, 400.0]]), np.array([0.9]), keypoints)
    return Tracklets(np.array([7]), people)


def card(classes, size=64):
    fields = {"name": "hand-contents", "task": "classify", "classes": classes}
    return LoadedModel(
        ModelCard.model_construct(**fields, input=InputSize(width=size, height=size)), Path("hand.onnx")
    )


def test_a_visible_hand_near_a_shelf_is_classified_in_the_order_of_the_store(store_map):
    session = FakeSession([0.2, 0.1, 0.7])  # MILK, RICE, empty
    columns = columns_for(card(("MILK", "RICE", "empty")), store_map)
    classifier = HandClassifier(session, columns)

    (seen,) = classifier.look(FRAME, person(), FRONT_OF_SHELF, store_map)

    assert (seen.tracklet_id, seen.hand, seen.at_s) == (7, Hand.LEFT, 12.5)
    softened = np.array([0.7, 0.2, 0.1]) ** (1 / TEMPERATURE_RANGE[1])
    np.testing.assert_allclose(np.exp(seen.log_likelihood), softened / softened.sum(), atol=1e-3)


def test_both_hands_are_classified_in_one_batch(store_map):
    session = FakeSession([0.2, 0.1, 0.7])
    classifier = HandClassifier(session, np.array([2, 0, 1]))

    seen = classifier.look(FRAME, person(right=0.9), FRONT_OF_SHELF, store_map)

    assert [hand.hand for hand in seen] == [Hand.LEFT, Hand.RIGHT]
    assert session.calls == 1


@pytest.mark.parametrize(
    ("tracklets", "where"),
    [(person(left=0.1), FRONT_OF_SHELF), (person(), FAR_AWAY), (person(), np.full((1, 2), np.nan))],
    ids=["hidden", "far from shelves", "nowhere"],
)
def test_other_hands_cost_nothing(store_map, tracklets, where):
    session = FakeSession([0.2, 0.1, 0.7])

    assert HandClassifier(session, np.array([2, 0, 1])).look(FRAME, tracklets, where, store_map) == []
    assert session.calls == 0


def test_an_unsure_wrist_makes_the_network_less_sure_and_nothing_is_impossible():
    classifier = HandClassifier(FakeSession([0.0, 0.001, 0.999]), np.array([2, 0, 1]))

    sure, unsure = classifier.classify(np.zeros((2, 64, 64, 3), np.uint8), np.array([0.9, 0.4]))

    assert sure[1] == -8.0
    assert sure[2] < unsure[2] < unsure[0]
    np.testing.assert_allclose(np.exp(sure[[0, 2]]).sum(), 1.0, atol=1e-3)


def test_near_means_within_reach_of_the_front_and_not_far_behind_it(store_map):
    places = np.array([[3.0, 4.4], [3.0, 3.4], [3.0, 3.2], [3.0, 4.9], [1.5, 4.0], [0.9, 4.0]])

    assert near_shelves(places, store_map).tolist() == [True, True, False, False, True, False]


def test_a_network_that_misses_a_product_still_tells_full_hands_from_empty_ones(store_map):
    columns = columns_for(card(("MILK", "empty")), store_map)
    classifier = HandClassifier(FakeSession([0.6, 0.4]), columns)

    (holding,) = classifier.classify(np.zeros((1, 64, 64, 3), np.uint8), np.array([0.9]))

    assert holding[1] == holding[2] > holding[0]


def test_a_network_that_does_not_know_empty_hands_is_refused(store_map):
    with pytest.raises(ModelError, match="does not know 'empty' hands"):
        columns_for(card(("MILK", "RICE")), store_map)


def test_a_network_for_other_crops_is_refused(store_map):
    with pytest.raises(ModelError, match="does not classify crops of 64x64"):
        columns_for(card(("MILK", "RICE", "empty"), size=96), store_map)
