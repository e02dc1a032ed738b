import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.keypoints import KEYPOINT_COUNT, Keypoint
from vision.wrist_matching import MAX_DISTANCE, UNFOUND_CONFIDENCE, with_hands

BOX = np.array([[100.0, 100.0, 180.0, 300.0]])
REACH = MAX_DISTANCE * 200.0


def person(left, right, confidence=0.6):
    keypoints = np.full((1, KEYPOINT_COUNT, 3), 150.0)
    keypoints[..., 2] = confidence
    keypoints[0, Keypoint.LEFT_WRIST, :2] = left
    keypoints[0, Keypoint.RIGHT_WRIST, :2] = right
    return keypoints


def test_each_hand_goes_to_the_nearer_wrist():
    hands = np.array([[168.0, 200.0], [112.0, 203.0]])

    matched = with_hands(person((110.0, 200.0), (165.0, 205.0)), BOX, hands, np.array([0.9, 0.7]))

    np.testing.assert_allclose(matched[0, Keypoint.LEFT_WRIST], [112.0, 203.0, 0.6])
    np.testing.assert_allclose(matched[0, Keypoint.RIGHT_WRIST], [168.0, 200.0, 0.6])


def test_a_wrist_without_a_hand_stays_where_it_is_and_is_believed_less():
    matched = with_hands(person((110.0, 200.0), (165.0, 205.0)), BOX, np.empty((0, 2)), np.empty(0))

    np.testing.assert_allclose(matched[0, Keypoint.LEFT_WRIST], [110.0, 200.0, 0.6 * UNFOUND_CONFIDENCE])


def test_a_hand_out_of_reach_belongs_to_nobody():
    far = np.array([[110.0 + REACH + 1.0, 200.0]])

    matched = with_hands(person((110.0, 200.0), (110.0, 210.0)), BOX, far, np.array([0.9]))

    assert matched[0, Keypoint.LEFT_WRIST, 0] == 110.0


def test_a_wrist_with_its_own_hand_does_not_lose_it_to_one_out_of_reach():
    """Distances beyond reach must not push a near pair apart."""
    left, right = (110.0, 200.0), (110.0 + 3 * REACH, 200.0)
    hands = np.array([[115.0, 200.0]])

    matched = with_hands(person(left, right), BOX, hands, np.array([0.9]))

    assert matched[0, Keypoint.LEFT_WRIST, 0] == 115.0
    assert matched[0, Keypoint.RIGHT_WRIST, 0] == right[0]


@given(
    st.lists(st.tuples(st.floats(0, 640), st.floats(0, 480)), max_size=5),
    st.tuples(st.floats(0, 640), st.floats(0, 480)),
)
def test_no_hand_is_given_to_two_wrists_and_other_joints_never_move(hands, left):
    keypoints = person(left, (165.0, 205.0))

    hand_xy = np.array(hands, np.float64).reshape(-1, 2)
    matched = with_hands(keypoints, BOX, hand_xy, np.full(len(hands), 0.9))

    others = [joint for joint in Keypoint if joint not in (Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST)]
    np.testing.assert_array_equal(matched[:, others], keypoints[:, others])
    if len({tuple(hand) for hand in hands}) == len(hands):
        moved = [
            tuple(matched[0, joint, :2])
            for joint in (Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST)
            if matched[0, joint, 2] == pytest.approx(0.6)
        ]
        assert len(set(moved)) == len(moved)
