import numpy as np
import pytest

from cart_tracker.shoppers import Roster
from tests.cart_tracker.builders import people
from tests.cart_tracker.observation_simulator import store_map

GATE = (0.5, 0.5)
EXIT = (5.5, 0.5)


@pytest.fixture
def roster() -> Roster:
    return Roster(store_map())


def walk(roster: Roster, path: list[tuple[float, float]], start_s: float, tracklet: int = 1) -> list:
    """Two cameras watch one person walk; returns all tick results."""
    results = []
    for step, (x, y) in enumerate(path):
        at_s = start_s + 0.1 * step
        frames = [people("cam1", at_s, (tracklet, x, y)), people("cam2", at_s, (tracklet, x + 0.02, y))]
        results.append(roster.observe(frames))
    return results


def line(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    steps = max(2, round(float(np.hypot(end[0] - start[0], end[1] - start[1])) / 0.1))
    share = np.linspace(0, 1, steps)[:, None]
    return [tuple(point) for point in np.array(start) + share * (np.array(end) - np.array(start))]


def shoppers(roster: Roster) -> list:
    return [person for person in roster.people if person.is_shopper]


def test_somebody_seen_in_the_gate_is_a_shopper(roster):
    walk(roster, [GATE] * 5, 0.0)

    assert len(shoppers(roster)) == 1


def test_somebody_who_appears_in_the_middle_of_the_store_is_nobody(roster):
    walk(roster, [(3.0, 3.0)] * 30, 0.0)

    assert shoppers(roster) == []


def test_two_cameras_see_one_person_as_one(roster):
    walk(roster, line(GATE, (3.0, 1.0)), 0.0)

    assert len(roster.people) == 1


def test_people_outside_of_the_floor_are_ignored(roster):
    walk(roster, [(-1.5, 0.5)] * 10, 0.0)

    assert roster.people == []


def test_somebody_lost_and_found_elsewhere_is_the_same_shopper(roster):
    walk(roster, line(GATE, (2.0, 1.0)), 0.0)
    (before,) = shoppers(roster)

    for step in range(30):
        roster.observe([people("cam1", 3.0 + 0.1 * step)])
    results = walk(roster, [(4.5, 1.6)] * 10, 6.0, tracklet=9)

    (after,) = shoppers(roster)
    assert after.shopper_id == before.shopper_id
    assert [merge.kept for result in results for merge in result.merged] == [before.shopper_id]
    assert after.last_xy_m == pytest.approx([4.5, 1.6], abs=0.1)


def test_two_lost_people_are_found_again_each_nearest_to_where_they_vanished(roster):
    for step in range(40):
        at_s, x = 0.1 * step, 0.5 + 0.04 * step
        rows = [(1, x, 0.9), (2, x, 0.2)] if step > 10 else [(1, x, 0.9)]
        rows = [(1, x, 0.9), (2, 0.5 + 0.04 * (step - 10), 0.2)] if step > 10 else rows
        roster.observe([people("cam1", at_s, *rows), people("cam2", at_s, *rows)])
    first, second = shoppers(roster)
    for step in range(10):
        roster.observe([people("cam1", 4.0 + 0.1 * step)])

    for step in range(12):
        rows = [(8, 1.8, 0.2), (9, 2.4, 1.2)]
        roster.observe([people("cam1", 5.0 + 0.1 * step, *rows), people("cam2", 5.0 + 0.1 * step, *rows)])

    places = {person.shopper_id: person.last_xy_m[1] for person in shoppers(roster)}
    assert places[first.shopper_id] > 0.7
    assert places[second.shopper_id] < 0.7


def test_somebody_who_goes_out_has_left_and_somebody_hidden_in_the_store_has_not(roster):
    walk(roster, line(GATE, (3.0, 1.5)), 0.0)
    assert roster.let_go(60.0) == []

    walk(roster, line((3.0, 1.5), EXIT), 60.0)
    (left,) = roster.let_go(70.0)

    assert left.left_s == pytest.approx(62.6, abs=0.4)
    assert roster.people == []


def test_two_people_in_one_picture_are_never_joined(roster):
    for step in range(60):
        rows = [(1, 0.5, 0.3), (2, 0.5, 0.8)]
        roster.observe([people("cam1", 0.1 * step, *rows), people("cam2", 0.1 * step, *rows)])

    assert len(shoppers(roster)) == 2


def test_frames_of_nothing_are_fine(roster):
    result = roster.observe([people("cam1", 0.0), people("cam2", 0.0)])

    assert [len(owner) for owner in result.owner] == [0, 0]
