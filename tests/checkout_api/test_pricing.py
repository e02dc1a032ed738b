"""Prices, deposits and taxes: to the last minor unit, in every currency."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout_api.price_history import DatedPrice, lowest_price, price_at
from checkout_api.pricing import Position, Product, price_cart, price_line
from checkout_api.promotions import CartPercentOff, PercentOff, Promotion

EIGHT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def product(price_minor, tax_ppm=190_000, currency="EUR", deposit_minor=0, sku="milk"):
    return Product(sku, "Milk", price_minor, currency, tax_ppm, deposit_minor)


def hours(number):
    return EIGHT + timedelta(hours=number)


@pytest.mark.parametrize(
    ("price_minor", "tax_ppm", "quantity", "includes_tax", "net", "tax"),
    [
        (119, 190_000, 1, True, 100, 19),
        (119, 190_000, 3, True, 300, 57),
        (100, 190_000, 1, False, 100, 19),
        (100, 88_750, 1, False, 100, 9),
        (129, 70_000, 1, True, 121, 8),
        (500, 100_000, 1, True, 455, 45),
        (0, 190_000, 5, True, 0, 0),
        (250, 0, 2, False, 500, 0),
    ],
)
def test_a_line_is_priced_as_by_hand(price_minor, tax_ppm, quantity, includes_tax, net, tax):
    price = price_line(product(price_minor, tax_ppm), quantity, prices_include_tax=includes_tax)

    assert (price.net_minor, price.tax_minor) == (net, tax)


def test_a_deposit_is_paid_and_taxed_and_no_promotion_touches_it():
    half = Promotion("p", "Half price", PercentOff(("cola",), 500_000))
    (price,) = price_cart(
        [Position(product(200, sku="cola", deposit_minor=25), 2)], [half], prices_include_tax=True
    )

    assert (price.list_minor, price.discount_minor, price.deposit_minor) == (400, 200, 50)
    assert price.gross_minor == 250
    assert price.tax_minor == round(250 * 19 / 119)


def test_tax_is_rounded_once_for_all_lines_of_a_rate():
    """Three lines of 10: 19 % of 10 is 1.9 each and 5.7 together, so 6 and not 3 times 2."""
    prices = price_cart([Position(product(10), 1)] * 3, prices_include_tax=False)

    assert sum(price.tax_minor for price in prices) == 6
    prices = price_cart([Position(product(5, 100_000), 1)] * 4, prices_include_tax=False)
    assert sorted(price.tax_minor for price in prices) == [0, 0, 1, 1]


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_line_of_nothing_is_refused(quantity):
    with pytest.raises(ValueError, match="expected 1 or more"):
        Position(product(100), quantity)


products = st.builds(
    product,
    st.integers(0, 10**6),
    st.sampled_from([0, 70_000, 88_750, 190_000, 999_999]),
    st.sampled_from(["JPY", "EUR", "KWD"]),
    st.integers(0, 100),
    st.sampled_from(["milk", "cola"]),
)
carts = st.lists(st.builds(Position, products, st.integers(1, 50)), max_size=6)
offers = st.lists(
    st.sampled_from(
        [
            Promotion("a", "a", PercentOff(("milk",), 333_333)),
            Promotion("b", "b", CartPercentOff(77_777)),
        ]
    ),
    unique=True,
)


@settings(max_examples=40)
@given(carts, offers, st.booleans())
def test_lines_add_up(cart, active, includes_tax):
    for position, price in zip(cart, price_cart(cart, active, prices_include_tax=includes_tax), strict=True):
        shelf = price.list_minor - price.discount_minor + price.deposit_minor
        assert price.list_minor == position.product.price_minor * position.quantity
        assert 0 <= price.discount_minor <= price.list_minor
        assert shelf == (price.gross_minor if includes_tax else price.net_minor)
        assert price.net_minor >= 0
        assert price.tax_minor >= 0


@settings(max_examples=40)
@given(carts, st.booleans())
def test_the_tax_of_a_rate_is_right_to_half_a_minor_unit(cart, includes_tax):
    prices = price_cart(cart, prices_include_tax=includes_tax)
    for rate in {position.product.tax_ppm for position in cart}:
        mine = [
            price for position, price in zip(cart, prices, strict=True) if position.product.tax_ppm == rate
        ]
        net = sum(price.net_minor for price in mine)
        tax = sum(price.tax_minor for price in mine)
        part = Fraction(rate, 1_000_000)
        exact = (net + tax) * part / (1 + part) if includes_tax else net * part
        assert abs(tax - exact) <= Fraction(1, 2)


HISTORY = [
    DatedPrice(100, False, hours(0), None),
    DatedPrice(120, False, hours(2), None),
    DatedPrice(60, True, hours(3), hours(4)),
    DatedPrice(50, True, hours(3.5), None),
]


@pytest.mark.parametrize(
    ("at", "expected"), [(-1, 100), (0, 100), (1.9, 100), (2, 120), (3, 60), (3.5, 50), (4.5, 50)]
)
def test_the_price_is_the_one_on_the_shelf_at_that_moment(at, expected):
    assert price_at(HISTORY, hours(at)) == expected


def test_a_markdown_above_the_regular_price_changes_nothing():
    assert price_at([*HISTORY[:2], DatedPrice(500, True, hours(0), None)], hours(1)) == 100


def test_without_a_moment_the_lowest_price_of_the_visit_counts():
    assert lowest_price(HISTORY[:2], hours(1), hours(3)) == 100
    assert lowest_price(HISTORY[:2], hours(2.5), hours(3)) == 120
    assert lowest_price(HISTORY[:3], hours(2.5), hours(5)) == 60
    assert (
        lowest_price(
            [DatedPrice(100, False, hours(0), None), DatedPrice(90, False, hours(2), None)],
            hours(1),
            hours(3),
        )
        == 90
    )


histories = st.lists(
    st.builds(
        lambda price, is_markdown, start, length: DatedPrice(
            price, is_markdown, hours(start), hours(start + length) if is_markdown else None
        ),
        st.integers(0, 500),
        st.booleans(),
        st.integers(0, 10),
        st.integers(1, 5),
    ),
    max_size=6,
).map(lambda made: [DatedPrice(300, False, hours(0), None), *made])


@settings(max_examples=40)
@given(histories, st.integers(0, 10), st.integers(0, 5), st.integers(0, 5))
def test_a_visits_lowest_price_is_never_above_the_price_of_any_moment_in_it(history, start, length, into):
    low = lowest_price(history, hours(start), hours(start + length))

    assert low <= price_at(history, hours(start + min(into, length)))


def test_a_product_without_any_price_is_refused():
    with pytest.raises(ValueError, match="no regular price"):
        price_at([DatedPrice(1, True, hours(0), None)], hours(1))
