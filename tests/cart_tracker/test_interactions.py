import numpy as np
import pytest

from cart_tracker.hands3d import HandPoints
from cart_tracker.identity import ShopperId
from cart_tracker.interactions import Interaction, InteractionDetector
from cart_tracker.reaches import slot_log_likelihood
from tests.cart_tracker.observation_simulator import store_map

MAP = store_map()
WALL = MAP.shelves[0]
ME = ShopperId(1)
ALONG, HEIGHT = 1.25, 0.95  # the middle of slot wall-1-2


def hand_at(depth_m: float, seen: bool = True, body_depth_m: float = -0.45) -> HandPoints:
    """The left hand this deep in the wall shelf, the right one hanging."""
    left = WALL.to_store(np.array([ALONG, depth_m, HEIGHT]))
    body = WALL.to_store(np.array([ALONG, body_depth_m, 0.0]))
    return HandPoints(
        (ME,),
        np.array([[left, [*body[:2], 0.8]]]),
        np.tile(np.eye(3) * 0.02**2, (1, 2, 1, 1)),
        np.array([[2 if seen else 0, 2]]),
        body[None, :2],
        np.zeros(1),
    )


def interactions_of(*depths: float | None) -> list[Interaction]:
    """Play depths, one per tenth of a second; None is unseen."""
    detector = InteractionDetector(MAP)
    found = []
    for step, depth in enumerate(depths):
        points = hand_at(-0.3, seen=False) if depth is None else hand_at(depth)
        found += detector.update(0.1 * step, points)
    return found + detector.close_all()


OUT = [-0.3] * 6


def test_a_hand_that_goes_in_and_comes_out_is_one_interaction():
    (found,) = interactions_of(*OUT, -0.1, 0.02, 0.08, 0.09, 0.03, -0.1, *OUT)

    assert (found.shopper_id, found.hand, found.shelf_id) == (ME, 0, "wall")
    assert found.reach.in_s == pytest.approx(0.6)  # the last look at which it was outside
    assert found.reach.out_s == pytest.approx(1.1)
    assert found.reach.contact_s == pytest.approx(0.85, abs=0.06)
    assert found.reach.depth_m == pytest.approx(0.09)


def test_the_slot_is_the_one_the_hand_was_in():
    (found,) = interactions_of(*OUT, 0.02, 0.08, 0.09, *OUT)

    assert WALL.slots[int(found.reach.slot_log_likelihood.argmax())].slot_id == "wall-1-2"


def test_a_hand_that_stays_outside_is_none():
    assert interactions_of(*OUT, -0.35, -0.3, *OUT) == []


def test_a_hand_hidden_in_the_shelf_is_still_in_it():
    (found,) = interactions_of(*OUT, 0.02, None, None, None, None, None, 0.05, *OUT)

    assert found.reach.in_s <= 0.61
    assert found.reach.out_s >= 1.19


def test_a_hand_that_vanishes_in_the_shelf_for_good_came_out_some_time():
    (found,) = interactions_of(*OUT, 0.02, 0.08, *[None] * 40, *OUT)

    assert found.reach.contact_s == pytest.approx(0.65, abs=0.06)


def test_a_hand_hidden_before_the_front_may_have_been_in_the_shelf():
    (found,) = interactions_of(*OUT, -0.22, *[None] * 6, -0.22, *OUT)

    assert (found.reach.in_s, found.reach.out_s) == pytest.approx((0.5, 1.4))  # when it was last outside
    assert found.reach.depth_m < 0.0


def test_a_short_retreat_does_not_split_a_reach_and_a_long_one_does():
    assert len(interactions_of(*OUT, 0.05, 0.08, -0.2, -0.2, 0.05, 0.08, *OUT)) == 1
    assert len(interactions_of(*OUT, 0.05, 0.08, *[-0.2] * 9, 0.05, 0.08, *OUT)) == 2


def test_somebody_behind_the_shelf_does_not_reach_into_it():
    detector = InteractionDetector(MAP)
    for step in range(10):
        assert detector.update(0.1 * step, hand_at(0.1, body_depth_m=0.9)) == []
    assert detector.close_all() == []


def test_an_open_reach_goes_over_to_the_person_who_stays():
    detector = InteractionDetector(MAP)
    detector.update(0.0, hand_at(0.06))
    detector.update(0.1, hand_at(0.08))

    detector.merge(ME, ShopperId(2))

    assert [found.shopper_id for found in detector.close(ShopperId(2))] == [2]


def test_slots_far_away_are_unlikely_but_never_impossible():
    nats = slot_log_likelihood(
        WALL, np.array([ALONG]), np.array([HEIGHT]), np.array([0.02]), np.array([0.02])
    )

    assert nats.max() == 0.0
    assert nats.min() == -8.0
