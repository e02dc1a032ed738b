"""Money as whole minor units with an ISO 4217 code, and how to split it without losing a cent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# ISO 4217 currencies whose minor unit is not a hundredth.
_DECIMALS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
_CURRENCY = re.compile(r"[A-Z]{3}")


def decimals_of(currency: str) -> int:
    """Return how many decimals the minor unit of a currency has, as ISO 4217 says."""
    return _DECIMALS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount; never a float.

    Raises:
        ValueError: If the currency is not three capital letters.
    """

    minor_units: int
    currency: str

    def __post_init__(self) -> None:
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError(f"currency is {self.currency!r}, expected an ISO 4217 code such as EUR")

    def __str__(self) -> str:
        """Return for example `3.20 EUR`, `320 JPY` or `-0.320 KWD`."""
        decimals = decimals_of(self.currency)
        sign = "-" if self.minor_units < 0 else ""
        whole, part = divmod(abs(self.minor_units), 10**decimals)
        fraction = f".{part:0{decimals}d}" if decimals else ""
        return f"{sign}{whole}{fraction} {self.currency}"


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` minor units in proportion to `weights`; the parts add up exactly.

    Source: largest remainder (Hamilton); of equal remainders the first part gets the unit.

    Args:
        total: Zero or more.
        weights: Zero or more each.

    Returns:
        One part per weight; with only zero weights everything falls to the first part.

    Raises:
        ValueError: If something is negative, or there is no weight.
    """
    if total < 0 or not weights or min(weights) < 0:
        raise ValueError(
            f"cannot split {total} by {list(weights)}: expected nothing negative and at least one weight"
        )
    whole = sum(weights)
    if whole == 0:
        return [total, *(0 for _ in weights[1:])]
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda n: -(total * weights[n] % whole))
    for n in by_remainder[: total - sum(parts)]:
        parts[n] += 1
    return parts
