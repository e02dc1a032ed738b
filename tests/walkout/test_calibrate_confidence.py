import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkout.calibrate_confidence import (
    calibrated,
    expected_calibration_error,
    fit_logistic,
    risk_control_threshold,
)
from walkout.errors import EvaluationError


def test_without_an_error_a_hundred_and_ninety_nine_baskets_certify_half_a_percent_and_fewer_do_not():
    sure = np.linspace(0.5, 1.0, 199)

    assert risk_control_threshold(sure, np.zeros(199, bool), 0.005) == 0.0
    assert risk_control_threshold(sure[:198], np.zeros(198, bool), 0.005) > 1.0


def test_a_wrong_basket_lifts_the_threshold_over_its_own_confidence():
    sure = np.linspace(0.5, 1.0, 300)
    wrong = np.zeros(300, bool)
    wrong[100] = True

    assert risk_control_threshold(sure, wrong, 0.005) == pytest.approx(sure[101])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 0.2))
def test_what_is_charged_without_asking_is_wrong_at_most_as_often_as_asked(seed, alpha):
    rng = np.random.default_rng(seed)
    sure = rng.random(400)
    wrong = rng.random(400) > sure
    threshold = risk_control_threshold(sure, wrong, alpha)

    assert ((sure >= threshold) & wrong).mean() <= alpha


def test_over_many_draws_new_baskets_keep_the_promise():
    rng = np.random.default_rng(5)
    rates = []
    for _ in range(200):
        sure = rng.random(1200)
        wrong = rng.random(1200) > sure**0.2
        threshold = risk_control_threshold(sure[:400], wrong[:400], 0.02)
        rates.append(((sure[400:] >= threshold) & wrong[400:]).mean())

    assert np.mean(rates) <= 0.021


def test_a_fitted_probability_is_honest():
    rng = np.random.default_rng(6)
    margin = rng.uniform(0, 8, 3000)
    right = rng.random(3000) < 1 / (1 + np.exp(-(margin - 1.5)))
    features = np.column_stack([np.ones(3000), margin])
    weights = fit_logistic(features, right)
    sure = 1 / (1 + np.exp(-features @ weights))

    assert expected_calibration_error(sure, right) < 0.04
    assert weights[1] > 0.4


def test_too_few_baskets_are_refused():
    with pytest.raises(EvaluationError, match="too few to calibrate"):
        calibrated([], 0.01)
