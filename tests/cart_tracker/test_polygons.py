import numpy as np
import pytest

from cart_tracker.polygons import contains, distance

SQUARE = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])


def test_inside_and_outside_of_a_square():
    assert contains(SQUARE, np.array([[1.0, 1.0], [3.0, 1.0], [-0.1, 1.0]])).tolist() == [True, False, False]


def test_distance_is_zero_inside_and_to_the_nearest_edge_outside():
    points = np.array([[1.0, 1.0], [3.0, 1.0], [5.0, 6.0]])

    assert distance(SQUARE, points) == pytest.approx([0.0, 1.0, 5.0])


def test_an_inward_corner_is_outside():
    notched = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0]])

    assert contains(notched, np.array([[2.0, 2.0], [2.0, 0.5]])).tolist() == [False, True]
