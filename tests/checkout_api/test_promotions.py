"""Promotions: what a cart gets, worked out by hand, and what must always hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout_api.promotions import (
    AmountOff,
    Bundle,
    CartAmountOff,
    CartPercentOff,
    FixedPrice,
    Item,
    PayFewer,
    PercentOff,
    Promotion,
    savings,
)

MILK, COLA, BREAD = "milk", "cola", "bread"
HALF = 500_000


def promotion(rule, promotion_id="p"):
    return Promotion(promotion_id, promotion_id, rule)


def saved(items, *rules):
    """What each line saves, by rule in the order given."""
    found = savings(items, [promotion(rule, f"p{n}") for n, rule in enumerate(rules)])
    return {(saving.line, saving.promotion.promotion_id): saving.amount_minor for saving in found}


@pytest.mark.parametrize(
    ("items", "rules", "expected"),
    [
        ([Item(MILK, 100, 2)], [PercentOff((MILK,), HALF)], {(0, "p0"): 100}),
        ([Item(MILK, 99, 1)], [PercentOff((MILK,), HALF)], {(0, "p0"): 50}),
        ([Item(MILK, 100, 2)], [AmountOff((MILK,), 30)], {(0, "p0"): 60}),
        ([Item(MILK, 100, 1)], [AmountOff((MILK,), 300)], {(0, "p0"): 100}),
        ([Item(MILK, 100, 3)], [FixedPrice((MILK,), 80)], {(0, "p0"): 60}),
        ([Item(MILK, 70, 3)], [FixedPrice((MILK,), 80)], {}),
        # The better of two rules for one product, not both.
        ([Item(MILK, 100, 1)], [AmountOff((MILK,), 30), PercentOff((MILK,), HALF)], {(0, "p1"): 50}),
        # Three for two: the cheapest of each three is free, and the dear ones are grouped with each other.
        ([Item(MILK, 100, 3)], [PayFewer((MILK,), 3, 2)], {(0, "p0"): 100}),
        ([Item(MILK, 100, 2)], [PayFewer((MILK,), 3, 2)], {}),
        ([Item(MILK, 100, 7)], [PayFewer((MILK,), 3, 2)], {(0, "p0"): 200}),
        (
            [Item(MILK, 100, 2), Item(COLA, 40, 1)],
            [PayFewer((MILK, COLA), 3, 2)],
            {(0, "p0"): 33, (1, "p0"): 7},
        ),
        # Not when the single rule saves more on the same units.
        ([Item(MILK, 100, 3)], [PayFewer((MILK,), 3, 2), PercentOff((MILK,), HALF)], {(0, "p1"): 150}),
        # The units outside of a group get the single rule.
        (
            [Item(MILK, 100, 4)],
            [PayFewer((MILK,), 3, 2), AmountOff((MILK,), 10)],
            {(0, "p0"): 100, (0, "p1"): 10},
        ),
        (
            [Item(MILK, 100, 1), Item(BREAD, 200, 1)],
            [Bundle((MILK, BREAD), 240)],
            {(0, "p0"): 20, (1, "p0"): 40},
        ),
        ([Item(MILK, 100, 5)], [Bundle((MILK, MILK), 150)], {(0, "p0"): 100}),
        (
            [Item(MILK, 100, 1), Item(MILK, 80, 1)],
            [Bundle((MILK, MILK), 150)],
            {(0, "p0"): 17, (1, "p0"): 13},
        ),
        ([Item(MILK, 100, 1)], [Bundle((MILK, BREAD), 10)], {}),
        ([Item(MILK, 100, 1), Item(BREAD, 50, 1)], [Bundle((MILK, BREAD), 500)], {}),
        # The whole cart comes last, on what is left.
        (
            [Item(MILK, 100, 1), Item(COLA, 50, 1)],
            [PercentOff((MILK,), HALF), CartPercentOff(100_000)],
            {(0, "p0"): 50, (0, "p1"): 5, (1, "p1"): 5},
        ),
        ([Item(MILK, 100, 1)], [CartAmountOff(500)], {(0, "p0"): 100}),
        ([Item(MILK, 100, 1)], [CartAmountOff(50, minimum_minor=101)], {}),
        ([Item(MILK, 0, 3)], [CartAmountOff(50)], {}),
        ([], [CartAmountOff(50), PayFewer((MILK,), 3, 2)], {}),
    ],
)
def test_a_cart_saves_what_the_sign_says(items, rules, expected):
    assert saved(items, *rules) == expected


skus = st.sampled_from([MILK, COLA, BREAD])
sku_lists = st.lists(skus, min_size=1, max_size=3).map(tuple)
prices = st.integers(0, 500)
rules = st.one_of(
    st.builds(PercentOff, sku_lists, st.integers(1, 1_000_000)),
    st.builds(AmountOff, sku_lists, prices),
    st.builds(FixedPrice, sku_lists, prices),
    st.builds(PayFewer, sku_lists, st.integers(1, 4), st.integers(1, 4)),
    st.builds(Bundle, st.lists(skus, min_size=2, max_size=4).map(tuple), prices),
    st.builds(CartPercentOff, st.integers(1, 1_000_000), prices),
    st.builds(CartAmountOff, prices, prices),
)
carts = st.lists(st.builds(Item, skus, prices, st.integers(1, 12)), max_size=5)
promotions = st.lists(rules, max_size=4).map(
    lambda made: [promotion(rule, f"p{n}") for n, rule in enumerate(made)]
)


@settings(max_examples=40)
@given(carts, promotions)
def test_no_line_ever_costs_less_than_nothing_and_no_saving_is_negative(cart, active):
    taken = [0] * len(cart)
    for saving in savings(cart, active):
        assert saving.amount_minor > 0
        taken[saving.line] += saving.amount_minor

    assert all(off <= item.price_minor * item.quantity for off, item in zip(taken, cart, strict=True))


@settings(max_examples=40)
@given(carts, promotions)
def test_the_order_in_which_promotions_are_written_does_not_matter(cart, active):
    assert savings(cart, active) == savings(cart, active[::-1])


@settings(max_examples=40)
@given(carts, st.integers(1, 4), st.integers(1, 4))
def test_pay_fewer_is_what_counting_by_hand_gives(cart, take, pay):
    """The oracle: sort all units by price, cut them into groups, sum the cheapest of each."""
    rule = PayFewer((MILK, COLA), take, pay)
    units = sorted(
        (i.price_minor for i in cart if i.sku in rule.skus for _ in range(i.quantity)), reverse=True
    )
    whole = len(units) // take * take
    expected = sum(sum(sorted(units[n : n + take])[: max(0, take - pay)]) for n in range(0, whole, take))

    assert sum(saving.amount_minor for saving in savings(cart, [promotion(rule)])) == expected


def test_a_cart_of_many_thousands_is_priced_at_once():
    cart = [Item(sku, 100 + n, 10_000) for n, sku in enumerate([MILK, COLA, BREAD] * 50)]
    active = [
        promotion(PayFewer((MILK, COLA, BREAD), 3, 2), "a"),
        promotion(Bundle((MILK, COLA, COLA), 250), "b"),
    ]

    assert sum(saving.amount_minor for saving in savings(cart, active)) > 0
