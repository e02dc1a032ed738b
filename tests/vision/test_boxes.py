import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vision.boxes import grown, iou, suppress, touch

corner = st.floats(0, 600, width=32)
side = st.floats(1, 200, width=32)


@st.composite
def boxes(draw, most=6):
    n = draw(st.integers(0, most))
    top_left = draw(arrays(np.float64, (n, 2), elements=corner))
    return np.concatenate([top_left, top_left + draw(arrays(np.float64, (n, 2), elements=side))], axis=1)


def slow_iou(a, b):
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return width * height / (area - width * height)


@given(boxes(), boxes())
def test_overlap_of_all_pairs_is_that_of_each_pair(first, second):
    expected = np.array([[slow_iou(a, b) for b in second] for a in first]).reshape(len(first), len(second))

    np.testing.assert_allclose(iou(first, second), expected, atol=1e-9)


@given(boxes(), boxes())
def test_boxes_touch_exactly_when_they_overlap(first, second):
    overlap = np.array([[slow_iou(a, b) for b in second] for a in first]).reshape(len(first), len(second))
    clear_cases = (overlap == 0) | (overlap > 1e-9)

    assert (touch(first, second) == (overlap > 0))[clear_cases].all()


def test_a_box_grown_by_a_tenth_gains_a_tenth_on_every_side():
    assert grown(np.array([[100.0, 200.0, 200.0, 400.0]]), 0.1).tolist() == [[90.0, 180.0, 210.0, 420.0]]


def test_duplicates_of_a_better_box_go_and_neighbours_stay():
    best, duplicate, neighbour = [0, 0, 100, 100], [5, 0, 105, 100], [60, 0, 160, 100]

    assert suppress(np.array([best, duplicate, neighbour], float), 0.6).tolist() == [0, 2]


@given(boxes(), st.floats(0.1, 0.9))
def test_no_two_boxes_that_are_kept_overlap_too_much(candidates, limit):
    kept = candidates[suppress(candidates, limit)]

    assert (iou(kept, kept)[~np.eye(len(kept), dtype=bool)] <= limit + 1e-9).all()


def test_nothing_in_nothing_out():
    nothing = np.empty((0, 4))

    assert len(suppress(nothing, 0.5)) == 0
    assert iou(nothing, np.array([[0.0, 0, 1, 1]])).shape == (0, 1)
    assert touch(np.array([[0.0, 0, 1, 1]]), nothing).any(axis=1).tolist() == [False]
    assert grown(nothing, 0.5).shape == (0, 4)
    assert iou(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 0, 3, 2]]))[0, 0] == pytest.approx(2 / 6)
