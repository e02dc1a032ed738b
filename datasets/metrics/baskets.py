"""Units and money of one basket beside the true one."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

Basket = Mapping[str, int]  # product id -> units; a missing product and zero units are the same


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """Units of one basket: right, too many, missing."""

    right: int
    extra: int
    missing: int


@dataclass(frozen=True, slots=True)
class MoneyDifference:
    """Minor units charged for what was not taken, and taken but not charged."""

    over: int
    under: int


def are_equal(true: Basket, seen: Basket) -> bool:
    """Say whether both hold the same products in the same quantities."""
    return +Counter(true) == +Counter(seen)


def compare_units(true: Basket, seen: Basket) -> UnitCounts:
    """Count units product by product; a swapped product is one extra and one missing."""
    right = (Counter(true) & Counter(seen)).total()
    return UnitCounts(right=right, extra=Counter(seen).total() - right, missing=Counter(true).total() - right)


def value_of(basket: Basket, price_minor: Mapping[str, int]) -> int:
    """Return what a basket costs in minor units.

    Raises:
        KeyError: If a product in the basket has no price.
    """
    return sum(price_minor[product] * units for product, units in basket.items() if units)


def compare_money(
    true: Basket, charged: Basket, charged_minor: int, price_minor: Mapping[str, int]
) -> MoneyDifference:
    """Split the difference between what was charged and what is owed, product by product.

    A swap for something equally dear is still an over- and an under-charge. Money that moved without
    a line for it (or a line for which no money moved) counts too, so `over - under` is always the
    charged amount less the true value.

    Args:
        true: What was taken.
        charged: The lines of the receipt.
        charged_minor: The money that really moved.
        price_minor: Price of one unit of every product.
    """
    over = value_of(Counter(charged) - Counter(true), price_minor)
    under = value_of(Counter(true) - Counter(charged), price_minor)
    unexplained = charged_minor - value_of(charged, price_minor)
    return MoneyDifference(over + max(0, unexplained), under + max(0, -unexplained))
