"""Where visits go: the checkout API over HTTP, or, for measuring without one, its prices alone."""

from dataclasses import dataclass
from typing import Protocol

from cart_tracker.observations import VisitId
from cart_tracker.store_map import StoreMap
from cart_tracker.visits import CartChanged, Decision, VisitClosed
from walkout.gate_log import GateScan


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a closed visit.

    Attributes:
        charged_minor: Money that moved, minor units.
        is_settled: The receipt is final; False while a person or the payment provider has to answer.
        wait_s: Wall seconds until the receipt could be read; None where there is no receipt.
        is_pending: The checkout has not answered yet; the receipt comes by itself.
    """

    charged_minor: int
    is_settled: bool
    wait_s: float | None
    is_pending: bool = False


class Checkout(Protocol):
    """What the store computer needs from a checkout."""

    def admit(self, scan: GateScan) -> VisitId:
        """Open the gate for an accepted code and return the visit that begins."""

    def show_cart(self, change: CartChanged) -> None:
        """Show the shopper what their cart holds now."""

    def settle(self, visit: VisitClosed) -> Settlement:
        """Charge the lines that may be charged; the others wait for a person."""


def waits_for_person(visit: VisitClosed) -> bool:
    """Whether somebody is asked about a line; if not, the basket was charged without a person."""
    return any(line.decision is Decision.REVIEW for line in visit.lines)


class PriceOnlyCheckout:
    """Adds prices up and moves no money: for evaluation, where a thousand baskets need no bank."""

    def __init__(self, store_map: StoreMap) -> None:
        """Price with the products of `store_map`."""
        self._store_map = store_map

    def admit(self, scan: GateScan) -> VisitId:
        """Name the visit after the account."""
        return VisitId(scan.label)

    def show_cart(self, change: CartChanged) -> None:
        """Nobody is looking."""

    def settle(self, visit: VisitClosed) -> Settlement:
        """Add up the lines that would be charged."""
        charged = sum(
            line.quantity * self._store_map.product(line.product_id).price_minor
            for line in visit.lines
            if line.decision is Decision.CHARGE
        )
        return Settlement(charged, not waits_for_person(visit), None)
