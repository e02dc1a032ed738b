import pytest

from cart_tracker.confidence import (
    ASSUMED,
    ConfidenceSettings,
    basket_probability,
    decide,
    probability,
    read_settings,
    settings_text,
)
from cart_tracker.errors import CalibrationFileError
from cart_tracker.visits import BasketFeatures, Decision


def test_a_larger_margin_is_more_probable_and_no_margin_is_near_a_coin():
    assert 0.3 < probability(0.0, 0.0) < 0.6
    assert probability(1.0, 0.0) < probability(4.0, 0.0) < probability(8.0, 0.0) < 1.0


def test_doubt_about_the_person_lowers_every_line():
    assert probability(8.0, 0.3) == pytest.approx(0.7 * probability(8.0, 0.0))


@pytest.mark.parametrize(
    "worse",
    [
        BasketFeatures(2.0),
        BasketFeatures(6.0, crowded_moves=2),
        BasketFeatures(6.0, unseen_moves=1),
        BasketFeatures(6.0, doubt=0.4),
    ],
)
def test_everything_that_makes_a_basket_doubtful_makes_it_less_probable(worse):
    assert basket_probability(worse) < basket_probability(BasketFeatures(6.0))


@pytest.mark.parametrize(
    ("confidence", "decision"),
    [
        (ASSUMED.charge_from, Decision.CHARGE),
        (ASSUMED.charge_from - 0.01, Decision.REVIEW),
        (ASSUMED.drop_below - 0.01, Decision.DROP),
    ],
)
def test_thresholds_decide(confidence, decision):
    assert decide(confidence, True)[0] is decision


def test_nobody_is_charged_who_was_not_seen_leaving():
    assert decide(0.999, False)[0] is Decision.REVIEW


def test_settings_come_back_from_their_file_and_damaged_ones_are_refused(tmp_path):
    path = tmp_path / "confidence.json"
    path.write_text(settings_text(ConfidenceSettings(slope=0.5, basket_from=0.91)))

    assert read_settings(path) == ConfidenceSettings(slope=0.5, basket_from=0.91)

    path.write_text('{"slope": 0.5}')
    with pytest.raises(CalibrationFileError, match="walkout evaluate --calibrate"):
        read_settings(path)
