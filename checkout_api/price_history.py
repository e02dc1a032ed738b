"""What a product cost at a moment: the price on the shelf when a shopper took it, whatever it costs now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """A price from one moment on; a regular one until the next regular one, a markdown until its own end."""

    price_minor: int
    is_markdown: bool
    valid_from: datetime
    valid_until: datetime | None


def price_at(history: Sequence[DatedPrice], at: datetime) -> int:
    """Return the price that was on the shelf: the lowest markdown in force, or else the regular price.

    Before the first regular price the first one holds: the product was on the shelf, so it had a price.

    Raises:
        ValueError: If there is no regular price at all.
    """
    regular = sorted((p for p in history if not p.is_markdown), key=lambda price: price.valid_from)
    if not regular:
        raise ValueError("the history has no regular price")
    in_force = [p for p in regular if p.valid_from <= at] or regular[:1]
    markdowns = [
        p.price_minor
        for p in history
        if p.is_markdown and p.valid_from <= at and (p.valid_until is None or at < p.valid_until)
    ]
    return min([in_force[-1].price_minor, *markdowns])


def lowest_price(history: Sequence[DatedPrice], start: datetime, end: datetime) -> int:
    """Return the lowest price during a visit, for lines of which nobody knows when they were taken."""
    changes = [p.valid_from for p in history] + [p.valid_until for p in history if p.valid_until is not None]
    moments = [start, end, *(moment for moment in changes if start < moment < end)]
    return min(price_at(history, moment) for moment in moments)
