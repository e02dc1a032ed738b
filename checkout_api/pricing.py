"""What a cart costs: prices and taxes of its lines, in whole minor units. Pure."""

from dataclasses import dataclass

PARTS_PER_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Product:
    """One product of the catalogue.

    Attributes:
        sku: The store's own id of the product.
        price_minor: Of one unit, in minor units of `currency`.
        tax_ppm: Tax rate in parts per million: 19 % is 190 000, 8.875 % is 88 750.
    """

    sku: str
    name: str
    price_minor: int
    currency: str
    tax_ppm: int


@dataclass(frozen=True, slots=True)
class LinePrice:
    """What one line costs; `gross_minor` is what the shopper pays."""

    net_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        """Net plus tax."""
        return self.net_minor + self.tax_minor


def price_line(product: Product, quantity: int, *, prices_include_tax: bool) -> LinePrice:
    """Price `quantity` units; tax is rounded once per line, halves up.

    Raises:
        ValueError: If the quantity is below one.
    """
    if quantity < 1:
        raise ValueError(f"quantity of {product.sku} is {quantity}, expected 1 or more")
    amount = product.price_minor * quantity
    if prices_include_tax:
        tax = _divide_half_up(amount * product.tax_ppm, PARTS_PER_MILLION + product.tax_ppm)
        return LinePrice(net_minor=amount - tax, tax_minor=tax)
    return LinePrice(net_minor=amount, tax_minor=_divide_half_up(amount * product.tax_ppm, PARTS_PER_MILLION))


def _divide_half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
