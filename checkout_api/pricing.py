"""What a cart costs: list prices, promotions, deposits and taxes of its lines, in whole minor units. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from checkout_api.money import allocate
from checkout_api.promotions import PARTS_PER_MILLION, Item, Promotion, Saving, savings


@dataclass(frozen=True, slots=True)
class Product:
    """One product of the catalogue.

    Attributes:
        sku: The store's own id of the product.
        price_minor: Of one unit when it was taken, in minor units of `currency`.
        tax_ppm: Tax rate in parts per million: 19 % is 190 000, 8.875 % is 88 750.
        deposit_minor: Paid back when the empty bottle is; no promotion touches it, the product's tax does.
    """

    sku: str
    name: str
    price_minor: int
    currency: str
    tax_ppm: int
    deposit_minor: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """One line of a cart before it is priced.

    Raises:
        ValueError: If the quantity is below one.
    """

    product: Product
    quantity: int

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ValueError(f"quantity of {self.product.sku} is {self.quantity}, expected 1 or more")


@dataclass(frozen=True, slots=True)
class LinePrice:
    """What one line costs; `gross_minor` is what the shopper pays.

    Attributes:
        list_minor: Before promotions and deposit, as catalogue prices are: with or without tax.
        savings: Which promotions take how much off.
    """

    list_minor: int
    deposit_minor: int
    net_minor: int
    tax_minor: int
    savings: tuple[Saving, ...] = ()

    @property
    def discount_minor(self) -> int:
        """What all promotions together take off."""
        return sum(saving.amount_minor for saving in self.savings)

    @property
    def gross_minor(self) -> int:
        """Net plus tax."""
        return self.net_minor + self.tax_minor


def price_cart(
    positions: Sequence[Position], promotions: Iterable[Promotion] = (), *, prices_include_tax: bool
) -> list[LinePrice]:
    """Price the lines of a cart, in their order.

    Tax is rounded once for all lines of a rate, halves up, and split among them by largest remainder, so that
    the receipt's tax table and its lines agree to the last minor unit.
    """
    items = [Item(p.product.sku, p.product.price_minor, p.quantity) for p in positions]
    by_line: list[list[Saving]] = [[] for _ in positions]
    for saving in savings(items, promotions):
        by_line[saving.line].append(saving)
    lists = [item.price_minor * item.quantity for item in items]
    deposits = [p.product.deposit_minor * p.quantity for p in positions]
    amounts = [
        lists[n] - sum(saving.amount_minor for saving in by_line[n]) + deposits[n]
        for n in range(len(positions))
    ]
    taxes = _taxes(amounts, [p.product.tax_ppm for p in positions], prices_include_tax)
    return [
        LinePrice(
            list_minor=lists[n],
            deposit_minor=deposits[n],
            net_minor=amounts[n] - (taxes[n] if prices_include_tax else 0),
            tax_minor=taxes[n],
            savings=tuple(by_line[n]),
        )
        for n in range(len(positions))
    ]


def price_line(product: Product, quantity: int, *, prices_include_tax: bool) -> LinePrice:
    """Price `quantity` units without promotions.

    Raises:
        ValueError: If the quantity is below one.
    """
    return price_cart([Position(product, quantity)], prices_include_tax=prices_include_tax)[0]


def _taxes(amounts: Sequence[int], rates_ppm: Sequence[int], prices_include_tax: bool) -> list[int]:
    taxes = [0] * len(amounts)
    for rate in sorted(set(rates_ppm)):
        lines = [n for n, line_rate in enumerate(rates_ppm) if line_rate == rate]
        whole = PARTS_PER_MILLION + rate if prices_include_tax else PARTS_PER_MILLION
        total = _divide_half_up(sum(amounts[n] for n in lines) * rate, whole)
        for n, part in zip(lines, allocate(total, [amounts[n] for n in lines]), strict=True):
            taxes[n] = part
    return taxes


def _divide_half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
