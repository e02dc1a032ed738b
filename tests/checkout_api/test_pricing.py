"""Prices and taxes of lines, in whole minor units."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_api.pricing import Product, price_line

prices = st.integers(0, 10**7)
rates = st.integers(0, 999_999)
quantities = st.integers(1, 1_000)


def product(price_minor, tax_ppm):
    return Product("milk", "Milk", price_minor, "EUR", tax_ppm)


def test_a_price_with_tax_contains_it():
    price = price_line(product(119, 190_000), 1, prices_include_tax=True)

    assert (price.net_minor, price.tax_minor, price.gross_minor) == (100, 19, 119)


def test_a_price_without_tax_gets_it_added():
    price = price_line(product(1_000, 88_750), 2, prices_include_tax=False)

    assert (price.net_minor, price.tax_minor, price.gross_minor) == (2_000, 178, 2_178)


@given(prices, rates, quantities)
def test_with_tax_included_the_shopper_pays_the_shelf_price(price_minor, tax_ppm, quantity):
    price = price_line(product(price_minor, tax_ppm), quantity, prices_include_tax=True)

    assert price.gross_minor == price_minor * quantity
    assert 0 <= price.tax_minor <= price.gross_minor


@given(prices, rates, quantities)
def test_tax_is_off_by_half_a_unit_at_most(price_minor, tax_ppm, quantity):
    price = price_line(product(price_minor, tax_ppm), quantity, prices_include_tax=False)

    assert abs(Fraction(price_minor * quantity * tax_ppm, 10**6) - price.tax_minor) <= Fraction(1, 2)


def test_nothing_has_no_price():
    with pytest.raises(ValueError, match="expected 1 or more"):
        price_line(product(1, 0), 0, prices_include_tax=True)
