import numpy as np

from cart_tracker.association import association_cost, match_one_to_one, match_two_rounds

SMALL = np.eye(2) * 0.01


def cost_of(detections, people, cov=None, linked=None):
    xy = np.array(detections, float)
    mean = np.array(people, float)
    return association_cost(
        xy,
        np.tile(SMALL, (len(xy), 1, 1)),
        mean,
        np.tile(SMALL, (len(mean), 1, 1)) if cov is None else np.array(cov),
        np.full(len(xy), -1) if linked is None else np.array(linked),
    )


def test_everybody_gets_the_nearest_detection_jointly():
    person = match_two_rounds(cost_of([(0.05, 0), (0.2, 0)], [(0.15, 0), (0.0, 0)]), np.array([0.9, 0.9]))

    assert person.tolist() == [1, 0]


def test_a_detection_far_from_everybody_is_nobodys():
    assert match_two_rounds(cost_of([(3, 3)], [(0, 0)]), np.array([0.9])).tolist() == [-1]


def test_an_uncertain_person_does_not_steal_from_a_certain_one():
    cost = cost_of([(0.1, 0.0)], [(0.0, 0.0), (0.1, 0.0)], cov=[SMALL, np.eye(2) * 4.0])

    assert cost[0, 0] < cost[0, 1]


def test_a_tracklet_keeps_its_person_when_two_cross():
    crossing = [(0.02, 0.0), (0.0, 0.0)]
    people = [(0.0, 0.0), (0.02, 0.0)]

    person = match_two_rounds(cost_of(crossing, people, linked=[0, 1]), np.array([0.9, 0.9]))

    assert person.tolist() == [0, 1]


def test_a_weak_detection_gets_only_who_is_left_over():
    person = match_two_rounds(cost_of([(0.0, 0.0), (0.01, 0.0)], [(0.01, 0.0)]), np.array([0.8, 0.3]))

    assert person.tolist() == [0, -1]


def test_nothing_to_match_is_no_pair():
    rows, columns = match_one_to_one(np.full((2, 3), np.inf))

    assert len(rows) == len(columns) == 0
    assert match_two_rounds(np.empty((0, 0)), np.empty(0)).tolist() == []
