import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.metrics.quantiles import p95
from datasets.metrics.rates import f1, rate, wilson_interval


@st.composite
def hits_and_trials(draw):
    trials = draw(st.integers(1, 10_000))
    return draw(st.integers(0, trials)), trials


def test_wilson_interval_of_the_textbook_example():
    # 8 of 10: centre (0.8 + 1.92073/10) / (1 + 3.84146/10) = 0.71674, half width 0.22657
    low, high = wilson_interval(0.8, 10)
    assert low == pytest.approx(0.4902, abs=1e-4)
    assert high == pytest.approx(0.9433, abs=1e-4)


def test_five_hundred_baskets_at_97_percent_are_known_to_one_and_a_half_points():
    low, high = wilson_interval(0.97, 500)
    assert (high - low) / 2 == pytest.approx(0.015, abs=0.001)


def test_nothing_counted_gives_no_rate_rather_than_zero():
    assert rate(0, 0).value is None
    assert f1(0, 0, 0).value is None


@pytest.mark.parametrize(("share", "n"), [(1.2, 5), (-0.1, 5), (0.5, -1)])
def test_a_share_that_cannot_be_is_refused(share, n):
    with pytest.raises(ValueError, match="is none"):
        wilson_interval(share, n)


@given(hits_and_trials())
def test_the_interval_holds_the_share_and_stays_within_zero_and_one(counts):
    hits, trials = counts
    found = rate(hits, trials)
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0


@given(hits_and_trials())
def test_hits_and_misses_have_mirrored_intervals(counts):
    hits, trials = counts
    low, high = wilson_interval(hits / trials, trials)
    mirrored_low, mirrored_high = wilson_interval((trials - hits) / trials, trials)
    assert low == pytest.approx(1 - mirrored_high, abs=1e-12)
    assert high == pytest.approx(1 - mirrored_low, abs=1e-12)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_f1_is_the_harmonic_mean_of_precision_and_recall(tp, fp, fn):
    found = f1(tp, fp, fn)
    if tp == 0:
        assert found.value in (None, 0.0)
        return
    precision, recall = tp / (tp + fp), tp / (tp + fn)
    assert found.value == pytest.approx(2 * precision * recall / (precision + recall))
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0


def test_p95_of_a_hundred_numbers_is_interpolated_between_the_95th_and_96th():
    assert p95([float(k) for k in range(1, 101)]) == pytest.approx(95.05)
    assert p95([]) is None
