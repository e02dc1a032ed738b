from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from datasets.metrics.baskets import are_equal, compare_money, compare_units, value_of

PRICES = {"cola": 150, "water": 100, "beans": 700}
baskets = st.dictionaries(st.sampled_from(sorted(PRICES)), st.integers(0, 5))


def test_zero_units_and_a_missing_product_are_the_same():
    assert are_equal({"cola": 1, "water": 0}, {"cola": 1})


def test_a_swapped_product_is_one_extra_and_one_missing():
    counts = compare_units({"cola": 2}, {"cola": 1, "water": 1})
    assert (counts.right, counts.extra, counts.missing) == (1, 1, 1)


def test_a_swap_is_charged_too_much_and_too_little():
    difference = compare_money({"cola": 1}, {"water": 1}, 100, PRICES)
    assert (difference.over, difference.under) == (100, 150)


def test_money_without_a_line_is_an_overcharge():
    difference = compare_money({"cola": 1}, {"cola": 1}, 300, PRICES)
    assert (difference.over, difference.under) == (150, 0)


def test_a_receipt_for_which_no_money_moved_is_an_undercharge():
    difference = compare_money({"cola": 1}, {"cola": 1}, 0, PRICES)
    assert (difference.over, difference.under) == (0, 150)


@given(baskets, baskets, st.integers(0, 5000))
def test_over_less_under_is_charged_less_owed(true, charged, charged_minor):
    difference = compare_money(true, charged, charged_minor, PRICES)
    assert difference.over - difference.under == charged_minor - value_of(true, PRICES)
    assert difference.over >= 0
    assert difference.under >= 0


@given(baskets, baskets)
def test_units_add_up_and_equality_means_no_difference(true, seen):
    counts = compare_units(true, seen)
    assert counts.right + counts.missing == Counter(true).total()
    assert counts.right + counts.extra == Counter(seen).total()
    assert are_equal(true, seen) == (counts.extra == counts.missing == 0)
