"""Money: how it is written and how it is split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_api.money import Money, allocate

amounts = st.integers(0, 10**12)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(320, "EUR"), "3.20 EUR"),
        (Money(5, "EUR"), "0.05 EUR"),
        (Money(-129, "EUR"), "-1.29 EUR"),
        (Money(320, "JPY"), "320 JPY"),
        (Money(-320, "KWD"), "-0.320 KWD"),
    ],
)
def test_money_is_written_with_the_decimals_of_its_currency(money, text):
    assert str(money) == text


@pytest.mark.parametrize("currency", ["eur", "EURO", "", "€"])
def test_other_currency_codes_are_refused(currency):
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, currency)


def test_the_largest_remainders_get_the_odd_units():
    assert allocate(10, [1, 1, 1]) == [4, 3, 3]
    assert allocate(100, [1, 5]) == [17, 83]
    assert allocate(7, [0, 0]) == [7, 0]


@given(amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_the_parts_add_up_and_none_is_off_by_a_unit(total, weights):
    parts = allocate(total, weights)

    assert sum(parts) == total
    if sum(weights) > 0:
        shares = [total * weight / sum(weights) for weight in weights]
        assert all(abs(part - share) < 1 + total * 1e-12 for part, share in zip(parts, shares, strict=True))


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, []), (1, [2, -1])])
def test_what_cannot_be_split_is_refused(total, weights):
    with pytest.raises(ValueError, match="cannot split"):
        allocate(total, weights)
