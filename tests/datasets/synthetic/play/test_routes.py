"""Ways keep clear of what stands and of who walks."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.synthetic.play.routes import PEOPLE_CLEARANCE_M, RoutePlanner, Traffic
from datasets.synthetic.store.layout_types import FloorRectangle
from datasets.synthetic.store.obstacles import Obstacles

TICKS = 600
ROOM = Obstacles((5.0, 4.0), (FloorRectangle((1.5, 1.5), (3.5, 2.5)),))
PLANNER = RoutePlanner(ROOM)
NOBODY = Traffic(np.empty((0, TICKS, 2)))


def somebody(*tracks):
    return Traffic(np.array([np.broadcast_to(track, (TICKS, 2)) for track in tracks]))


def go(start, goal, traffic=NOBODY, stay=20):
    goal = np.asarray(goal)
    return PLANNER.plan(np.asarray(start), 0, goal, np.repeat(goal[None], stay, axis=0), 1.0, traffic)


def test_clearance_is_the_distance_to_the_nearest_thing():
    points = np.array([[0.3, 2.0], [1.0, 2.0], [2.5, 2.0], [4.0, 3.0]])

    np.testing.assert_allclose(ROOM.clearance_m(points), [0.3, 0.5, -0.5, np.hypot(0.5, 0.5)])


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_a_way_between_any_two_points_touches_nothing(seed):
    rng = np.random.default_rng(seed)
    start, goal = PLANNER.random_point(rng), PLANNER.random_point(rng)

    track = go(start, goal)

    assert track is not None
    np.testing.assert_array_equal(track[0], start)
    np.testing.assert_array_equal(track[-1], goal)
    assert ROOM.clearance_m(track).min() > 0.2
    assert np.hypot(*np.diff(track, axis=0).T).max() < 0.075  # 1.5 m/s at 20 ticks a second


def test_a_free_straight_way_is_straight():
    track = go((0.6, 0.6), (4.4, 0.6))

    assert np.ptp(track[:, 1]) < 0.1


def test_one_waits_until_somebody_has_left_the_goal():
    there = np.full((TICKS, 2), [4.4, 0.6])
    there[120:] = np.nan

    track = go((0.6, 0.6), (4.4, 0.6), Traffic(there[None]))

    assert len(track) > 120


def test_one_goes_around_somebody_who_stands_in_the_way():
    other = np.array([2.5, 0.6])

    track = go((0.6, 0.6), (4.4, 0.7), somebody(other))

    assert np.hypot(*(track - other).T).min() >= PEOPLE_CLEARANCE_M - 0.1


def test_there_is_no_way_to_where_somebody_stays():
    assert go((0.6, 0.6), (4.4, 0.6), somebody(np.array([4.4, 0.7]))) is None


def test_free_starts_are_those_where_the_whole_track_keeps_its_distance():
    passing = np.full((1, 20, 2), np.nan)
    passing[0, 8:11] = [1.0, 1.0]
    track = np.repeat(np.array([[1.0, 1.2]]), 4, axis=0)

    free = Traffic(passing).free_starts(track)

    expected = [not any(8 <= tick + k <= 10 for k in range(4)) and tick + 4 <= 20 for tick in range(20)]
    assert free[:16].tolist() == expected[:16]
    assert not free[16:].any()
