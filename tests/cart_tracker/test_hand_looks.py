import numpy as np
import pytest

from cart_tracker.hand_looks import HandLooks
from cart_tracker.identity import ShopperId
from cart_tracker.observations import Hand

ME = ShopperId(1)
N_PRODUCTS = 3


def looks_of(story: str, start_s: float = 10.0) -> HandLooks:
    """One look per tenth of a second: `.` empty, `0` to `2` a product, space unseen."""
    looks = HandLooks(N_PRODUCTS)
    for step, letter in enumerate(story):
        if letter != " ":
            shown = np.full(1 + N_PRODUCTS, -5.0)
            shown[0 if letter == "." else 1 + int(letter)] = 0.0
            looks.add(ME, Hand.LEFT, start_s + 0.1 * step, shown)
    return looks


def weighed(story: str, contact_s: tuple[float, float] = (11.0, 11.5)):
    return looks_of(story).story(ME, Hand.LEFT, contact_s, (-np.inf, np.inf))


def test_empty_then_full_is_a_pick_of_that_product():
    story = weighed("..........     1111111111")

    assert story.pick.argmax() == 1
    assert story.pick[1] > -0.4
    assert story.touch < -4
    assert story.put.max() < -4


def test_full_then_empty_is_a_put_of_that_product():
    story = weighed("2222222222     ..........")

    assert story.put[2] > -0.4
    assert story.touch < -2.5
    assert story.pick.max() < -4


def test_a_unit_that_goes_into_the_bag_soon_is_still_a_pick():
    story = weighed("..........     111111......")

    assert story.pick[1] > -0.4
    assert story.touch < -2


def test_a_unit_that_comes_out_of_the_bag_first_is_still_a_put():
    story = weighed("....0000000     ..........")

    assert story.put[0] > -0.4


@pytest.mark.parametrize("same", ["..........     ..........", "1111111111     1111111111"])
def test_the_same_before_and_after_is_a_touch(same):
    assert weighed(same).touch > -0.4


def test_an_unseen_hand_tells_nothing():
    story = weighed("")

    assert story.touch > -0.4
    assert story.pick.tolist() == pytest.approx([0.0] * N_PRODUCTS)


def test_one_wrong_look_does_not_decide():
    story = weighed("..........     ...1......")

    assert story.touch > -0.4


def test_looks_of_a_merged_person_count_for_the_one_who_stays():
    looks = looks_of("..........     1111111111")
    looks.merge(ME, ShopperId(2))

    assert looks.story(ShopperId(2), Hand.LEFT, (11.0, 11.5), (-np.inf, np.inf)).pick[1] > -0.4
    assert looks.story(ME, Hand.LEFT, (11.0, 11.5), (-np.inf, np.inf)).touch > -0.4
