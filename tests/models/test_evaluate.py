from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import TrainingDataError
from models.evaluate import (
    HandResult,
    PictureResult,
    average_precision,
    calibration_error,
    hand_figures,
    iou,
    pose_figures,
    read_labels,
    wrist_figures,
    wrist_result,
)
from models.training_data import KEYPOINTS

PERSON = (100.0, 100.0, 200.0, 300.0)
OTHER = (400.0, 100.0, 500.0, 300.0)
WRIST = KEYPOINTS.index("left_wrist")


def picture(
    true: list[tuple[float, ...]], found: list[tuple[float, ...]], width: int = 640, shift_px: float = 0.0
) -> PictureResult:
    """True boxes, and found boxes with a score as the fifth number; every joint in the middle of its box.

    Found joints are `shift_px` to the right of where they should be.
    """
    true_xyxy, rows = np.reshape(true, (-1, 4)).astype(float), np.reshape(found, (-1, 5)).astype(float)

    def joints(boxes: np.ndarray, last: float) -> np.ndarray:
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        points = np.repeat(middle[:, None, :], len(KEYPOINTS), axis=1)
        return np.concatenate([points, np.full((*points.shape[:2], 1), last)], axis=2)

    found_joints = joints(rows[:, :4], 0.9)
    found_joints[..., 0] += shift_px
    return PictureResult(true_xyxy, joints(true_xyxy, 2), rows[:, :4], rows[:, 4], found_joints, width)


def figure(results: list[PictureResult], metric: str) -> float:
    return {score.metric: score.value for score in pose_figures(results)}[metric]


def test_finding_everybody_exactly_is_perfect() -> None:
    results = [picture([PERSON, OTHER], [(*PERSON, 0.9), (*OTHER, 0.4)])]

    assert figure(results, "box_map50") == 1
    assert figure(results, "box_map50_95") == 1
    assert figure(results, "wrist_error_median_px") == 0
    assert figure(results, "pck_10") == 1


def test_wrists_are_judged_apart_where_they_can_be_seen_and_where_not() -> None:
    one = picture([PERSON, OTHER], [(*PERSON, 0.9), (*OTHER, 0.8)], width=320, shift_px=3.0)
    one.true_keypoints[1, :, 2] = 1
    sigma_px = np.array([[2.0, 1.0], [2.0, 1.0]])

    result = wrist_result(one, sigma_px)

    assert result.is_seen.tolist() == [True, True, False, False]
    np.testing.assert_allclose(result.error_px, 6.0)  # at 640 wide
    figures = {score.metric: score.value for score in wrist_figures(result)}
    assert figures["wrist_error_median_px"] == figures["hidden_wrist_error_median_px"] == 6
    assert figures["wrist_pck_10"] == 1
    assert figures["wrists_within_2_sigma"] == 0.5
    assert figures["seen_or_hidden"] == 0.5  # all were claimed to be seen


def test_wrists_outside_the_frame_are_not_judged() -> None:
    one = picture([PERSON], [(*PERSON, 0.9)])
    one.true_keypoints[0, WRIST, 2] = 0

    assert len(wrist_result(one, np.ones((1, 2))).error_px) == 1


def test_finding_half_of_them_scores_half() -> None:
    results = [picture([PERSON, OTHER], [(*PERSON, 0.9)])]

    # Recall steps 0 to 0.50 of the 101 are reached, with precision 1.
    assert average_precision(results, 0.5) == pytest.approx(51 / 101)


def test_a_false_person_above_a_true_one_costs_precision() -> None:
    results = [picture([PERSON], [(*OTHER, 0.9), (*PERSON, 0.5)])]

    assert average_precision(results, 0.5) == pytest.approx(1 / 2)


def test_a_false_person_below_everybody_costs_nothing() -> None:
    results = [picture([PERSON], [(*PERSON, 0.9), (*OTHER, 0.5)])]

    assert average_precision(results, 0.5) == 1


def test_a_second_box_on_the_same_person_is_false() -> None:
    results = [picture([PERSON, OTHER], [(*PERSON, 0.9), (*PERSON, 0.8), (*OTHER, 0.7)])]

    assert average_precision(results, 0.5) == pytest.approx((51 * 1 + 50 * 2 / 3) / 101)


def test_a_loose_box_counts_at_half_overlap_and_not_at_more() -> None:
    loose = (100.0, 100.0, 200.0, 260.0)  # overlap 0.8
    results = [picture([PERSON], [(*loose, 0.9)])]

    assert average_precision(results, 0.75) == 1
    assert average_precision(results, 0.85) == 0


def test_errors_are_given_as_if_every_picture_were_640_wide() -> None:
    assert figure([picture([PERSON], [(*PERSON, 0.9)], shift_px=4)], "wrist_error_median_px") == 4
    assert figure([picture([PERSON], [(*PERSON, 0.9)], width=1280, shift_px=4)], "wrist_error_median_px") == 2


def test_hidden_wrists_and_unlikely_people_are_not_judged() -> None:
    hidden = picture([PERSON], [(*PERSON, 0.9)], shift_px=50)
    hidden.true_keypoints[0, WRIST, 2] = 1
    unlikely = picture([PERSON], [(*PERSON, 0.2)], shift_px=50)

    counts = {score.metric: score.count for score in pose_figures([hidden, unlikely])}

    assert counts["wrist_error_median_px"] == 1
    assert counts["seen_wrists_found"] == 3


def test_pck_allows_a_tenth_of_the_longer_side() -> None:
    assert figure([picture([PERSON], [(*PERSON, 0.9)], shift_px=20)], "pck_10") == 1
    assert figure([picture([PERSON], [(*PERSON, 0.9)], shift_px=21)], "pck_10") == 0


def test_pictures_without_people_are_no_reason_to_fail() -> None:
    assert {score.value for score in pose_figures([picture([], []), picture([], [(*PERSON, 0.9)])])} == {0}


def hands(units, product, product_log_likelihood, units_log_likelihood, side_px=80.0) -> HandResult:
    return HandResult(
        np.array(units),
        np.array(product),
        np.full(len(units), side_px),
        np.log(np.array(units_log_likelihood)),
        np.log(np.array(product_log_likelihood)),
    )


def test_hand_figures_tell_the_two_kinds_of_mistakes_apart() -> None:
    result = hands(
        units=[0, 0, 1, 2],
        product=[-1, -1, 0, 1],
        product_log_likelihood=[[0.5, 0.5], [0.5, 0.5], [0.9, 0.1], [0.6, 0.4]],
        units_log_likelihood=[
            [0.9, 0.1, 1e-9, 1e-9],
            [0.2, 0.8, 1e-9, 1e-9],
            [0.1, 0.9, 1e-9, 1e-9],
            [0.9, 0.02, 0.08, 1e-9],
        ],
    )

    figures = {f.metric: (f.value, f.count) for f in hand_figures(result, np.random.default_rng(0))}

    assert figures["empty_or_holding"] == (0.5, 4)
    assert figures["held_seen_as_empty"] == (0.5, 2)
    assert figures["empty_seen_as_held"] == (0.5, 2)
    assert figures["product_top1_of_2"] == (0.5, 2)
    assert figures["units_right"] == (1.0, 2)


def test_small_hands_are_told_apart_from_large_ones() -> None:
    likelihoods = {"product_log_likelihood": [[0.9, 0.1]], "units_log_likelihood": [[0.1, 0.9, 1e-9, 1e-9]]}
    small = hand_figures(hands([1], [0], side_px=50.0, **likelihoods), np.random.default_rng(0))
    large = hand_figures(hands([1], [0], side_px=53.0, **likelihoods), np.random.default_rng(0))

    metric = "empty_or_holding_hands_from_20_px"
    counts = [{f.metric: f.count for f in figures}[metric] for figures in (small, large)]
    assert counts == [0, 1]


@pytest.mark.parametrize(
    ("claimed", "is_right", "error"),
    [
        ([1.0, 1.0], [True, True], 0.0),
        ([1.0, 1.0], [True, False], 0.5),
        ([0.75] * 4, [True] * 3 + [False], 0.0),
    ],
)
def test_calibration_error_is_how_far_claims_are_from_what_came_true(claimed, is_right, error) -> None:
    assert calibration_error(np.array(claimed), np.array(is_right)) == pytest.approx(error)


def test_labels_are_read_in_pixels(tmp_path: Path) -> None:
    path = tmp_path / "frame.txt"
    path.write_text(
        "0 0.5 0.5 0.25 0.5 " + " ".join(["0.5 0.25 2"] * len(KEYPOINTS)) + "\n", encoding="utf-8"
    )

    xyxy, keypoints = read_labels(path, 640, 480)

    assert xyxy.tolist() == [[240, 120, 400, 360]]
    assert keypoints[0, 0].tolist() == [320, 120, 2]


def test_a_short_label_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "frame.txt"
    path.write_text("0 0.5 0.5 0.25 0.5\n", encoding="utf-8")

    with pytest.raises(TrainingDataError, match=r"frame\.txt:1: 5 columns, expected 38"):
        read_labels(path, 640, 480)


COORDINATE = st.floats(0, 100)
BOXES = st.lists(
    st.tuples(COORDINATE, COORDINATE, COORDINATE, COORDINATE).map(
        lambda box: (min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3]))
    ),
    max_size=4,
)


@given(first=BOXES, second=BOXES)
def test_overlap_is_symmetric_and_a_share(
    first: list[tuple[float, ...]], second: list[tuple[float, ...]]
) -> None:
    one, two = np.reshape(first, (-1, 4)), np.reshape(second, (-1, 4))

    assert np.array_equal(iou(one, two), iou(two, one).T)
    assert np.all((iou(one, two) >= 0) & (iou(one, two) <= 1 + 1e-9))
