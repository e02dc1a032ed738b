import pytest

from cart_tracker.confidence import CHARGE_FROM, DROP_BELOW, decide, probability
from cart_tracker.visits import Decision


def test_a_larger_margin_is_more_probable_and_no_margin_is_near_a_coin():
    assert 0.3 < probability(0.0, 0.0) < 0.6
    assert probability(1.0, 0.0) < probability(4.0, 0.0) < probability(8.0, 0.0) < 1.0


def test_doubt_about_the_person_lowers_every_line():
    assert probability(8.0, 0.3) == pytest.approx(0.7 * probability(8.0, 0.0))


@pytest.mark.parametrize(
    ("confidence", "decision"),
    [
        (CHARGE_FROM, Decision.CHARGE),
        (CHARGE_FROM - 0.01, Decision.REVIEW),
        (DROP_BELOW - 0.01, Decision.DROP),
    ],
)
def test_thresholds_decide(confidence, decision):
    assert decide(confidence, True)[0] is decision


def test_nobody_is_charged_who_was_not_seen_leaving():
    assert decide(0.999, False)[0] is Decision.REVIEW
