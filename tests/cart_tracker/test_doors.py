import numpy as np
import pytest

from cart_tracker.doors import door_line
from cart_tracker.observations import GateCrossed
from cart_tracker.shoppers import Roster
from tests.cart_tracker.builders import people
from tests.cart_tracker.observation_simulator import store_map

MAP = store_map()


@pytest.fixture
def roster() -> Roster:
    return Roster(MAP)


def crossed(at_s: float, *, inward: bool) -> GateCrossed:
    return GateCrossed(at_s, "gate-1" if inward else "exit-1", inward)


def stand(roster: Roster, xy: tuple[float, float], from_s: float, to_s: float, tracklet: int = 1) -> list:
    times = np.arange(from_s, to_s, 0.1)
    return [roster.observe([people("cam1", at_s, (tracklet, *xy))]) for at_s in times]


def nobody(roster: Roster, from_s: float, to_s: float) -> list:
    return [roster.observe([people("cam1", at_s)]) for at_s in np.arange(from_s, to_s, 0.1)]


def test_the_door_is_the_edge_of_the_gate_at_the_wall():
    assert door_line(MAP.exit_xy_m, MAP.floor_xy_m) == pytest.approx([6.0, 0.5])


def test_somebody_whom_no_camera_saw_coming_in_is_found_further_in(roster):
    roster.crossed(crossed(1.0, inward=True))
    nobody(roster, 1.0, 3.0)
    stand(roster, (2.5, 1.2), 3.0, 5.0)

    (person,) = roster.people
    assert person.is_shopper
    assert person.came_in
    assert person.last_xy_m == pytest.approx([2.5, 1.2], abs=0.1)


def test_a_ghost_in_the_gate_is_nobody_where_barriers_count(roster):
    roster.crossed(crossed(1.0, inward=True))
    stand(roster, (0.5, 0.5), 0.8, 3.0)
    stand(roster, (0.5, 0.9), 8.0, 12.0, tracklet=9)

    assert sum(person.is_shopper for person in roster.people) == 1


def test_who_was_seen_in_the_gate_before_the_first_barrier_counted_is_who_crossed_it(roster):
    """A second, unseen person would take the next one's code, and so on all day."""
    door = tuple(door_line(MAP.gate_xy_m, MAP.floor_xy_m))
    stand(roster, door, 0.5, 1.3)
    assert roster.people[0].came_in
    roster.crossed(crossed(1.2, inward=True))
    stand(roster, door, 1.3, 2.0)

    assert len(roster.people) == 1


def test_whoever_walks_about_without_having_come_in_is_a_stranger(roster):
    roster.crossed(crossed(0.5, inward=True))
    for step in range(60):
        roster.observe([people("cam1", 1.0 + 0.1 * step, (1, 0.5, 0.5), (2, 2.0 + 0.04 * step, 3.0))])

    assert sorted(person.came_in for person in roster.people if person.is_shopper) == [False, True]


def test_a_second_view_that_walks_beside_somebody_and_is_never_shown_apart_is_no_stranger(roster):
    """One camera places a body well off: what it sees is followed as somebody else, until both are near."""
    roster.crossed(crossed(0.5, inward=True))
    for step in range(60):
        x, off = 0.5 + 0.03 * step, 1.5 if step < 40 else 0.65
        at_s = 1.0 + 0.1 * step
        roster.observe([people("cam1", at_s, (1, x, 0.5)), people("cam2", at_s, (7, x, 0.5 + off))])

    assert [person.came_in for person in roster.people if person.is_shopper] == [True]


def test_a_crossing_of_the_exit_says_when_somebody_left_and_who_stands_beside_it_stays(roster):
    for at_s in (0.5, 0.6):
        roster.crossed(crossed(at_s, inward=True))
    for step in range(60):
        x = 0.5 + 0.09 * step
        roster.observe([people("cam1", 1.0 + 0.1 * step, (1, x, 0.4), (2, min(x + 0.3, 4.9), 0.9))])
    roster.crossed(crossed(7.0, inward=False))
    results = stand(roster, (4.9, 0.9), 7.0, 9.0, tracklet=2)

    (departed,) = [one for result in results for one in result.departed]
    assert departed.left_s == 7.0
    (left_inside,) = roster.people
    assert left_inside.last_xy_m == pytest.approx([4.9, 0.9], abs=0.1)


def test_a_crossing_that_nobody_explains_takes_nobody_away(roster):
    roster.crossed(crossed(0.5, inward=True))
    stand(roster, (0.9, 0.6), 0.6, 3.0)
    roster.crossed(crossed(3.0, inward=False))
    results = stand(roster, (0.9, 0.6), 3.0, 11.0)

    assert [one for result in results for one in result.departed] == []
    assert len(roster.people) == 1
