import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cart_tracker.closed_world import cluster_orphans, find_again, has_left

EXIT = np.array([[5.0, 0.0], [6.0, 0.0], [6.0, 1.0], [5.0, 1.0]])
INNER = np.array([3.0, 2.0])
OUTWARD, INWARD, STILL = np.array([0.8, -0.5]), np.array([-0.8, 0.5]), np.zeros(2)


def test_near_detections_of_different_cameras_are_one_person():
    groups = cluster_orphans(np.array([[0.0, 0.0], [0.2, 0.0], [3.0, 0.0]]), np.array([0, 1, 0]))

    assert sorted(sorted(group.tolist()) for group in groups) == [[0, 1], [2]]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3), st.integers(0, 3)), max_size=8),
)
def test_every_detection_is_in_one_group_and_no_camera_twice_in_any(rows):
    xy = np.array([row[:2] for row in rows]).reshape(-1, 2)
    camera = np.array([row[2] for row in rows], np.int64)

    groups = cluster_orphans(xy, camera)

    assert sorted(index for group in groups for index in group) == list(range(len(rows)))
    assert all(len(set(camera[group])) == len(group) for group in groups)


def test_lost_people_are_found_jointly_not_greedily():
    """The first orphan is nearest to the first missing person, but the second one could only be that."""
    orphans = np.array([[1.0, 0.0], [0.0, 0.0]])
    lost = np.array([[0.6, 0.0], [2.2, 0.0]])

    pairs = find_again(orphans, np.array([2.0, 2.0]), lost, np.array([1.5, 1.5]))

    assert {(found.orphan, found.missing) for found in pairs} == {(0, 1), (1, 0)}
    assert all(0.0 <= found.doubt <= 1.0 for found in pairs)
    assert [found.rival for found in pairs if found.orphan == 0] == [0]


def test_nobody_is_found_where_they_cannot_have_walked():
    assert find_again(np.array([[9.0, 0.0]]), np.array([2.0]), np.array([[0.0, 0.0]]), np.array([1.0])) == []


def test_who_walked_out_is_gone_soon_and_who_stood_in_the_exit_later():
    at = np.array([5.5, 0.3])

    assert has_left(EXIT, INNER, at, OUTWARD, 1.0)
    assert not has_left(EXIT, INNER, at, STILL, 1.0)
    assert has_left(EXIT, INNER, at, STILL, 2.0)


def test_who_vanishes_inside_the_store_is_never_gone():
    assert not has_left(EXIT, INNER, np.array([2.0, 2.0]), OUTWARD, 3600.0)
    assert not has_left(EXIT, INNER, np.array([5.5, 1.6]), INWARD, 3600.0)
