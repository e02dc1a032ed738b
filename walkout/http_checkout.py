"""Visits to the checkout API over HTTP, and the shoppers of a recording as its customers.

What the store computer tells the API goes through its line, so that an outage loses nothing: carts and trips
wait in a file, gates open alone for whom they know, and a receipt that is not here yet is pending.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from cart_tracker.observations import VisitId
from cart_tracker.store_map import StoreMap
from cart_tracker.visits import CartChanged, Decision, VisitClosed
from checkout_api.client import (
    AuthEvent,
    CartLine,
    CatalogProduct,
    CheckoutClient,
    PurchaseLine,
    Receipt,
    ShopperLogin,
    Trip,
)
from checkout_api.offline_gate import OfflineGate
from checkout_api.settings import Settings
from checkout_api.store_line import RefusedMessage, StoreLine
from walkout.checkout import Settlement, waits_for_person
from walkout.gate_log import GateScan

# The synthetic store sells groceries at shelf prices; one reduced rate keeps its receipts simple.
_TAX_RATE = Decimal("0.07")
_TEST_CARD = "pm_sim_visa"
# A gate asks this long before it decides alone; people at a shut gate wait no longer.
_GATE_TIMEOUT_S = 2.0
# Longer than a payment provider takes on a bad day; the trip is in the file, so giving up costs nothing.
_LINE_TIMEOUT_S = 20.0
# How long a store that closes a visit waits for the receipt before it goes on; it comes later by itself.
_RECEIPT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Customer:
    """One shopper of a recording with the account they use."""

    shopper: str
    login: ShopperLogin


class HttpCheckout:
    """The store computer's and the gate's side of the checkout API.

    The recording says whose code was shown; the customers here hold the codes, as their phones would.
    """

    def __init__(
        self, phones: CheckoutClient, gate: OfflineGate, line: StoreLine, *, receipt_timeout_s: float
    ) -> None:
        """Work through parts that are connected; see `connected_checkout`.

        Args:
            phones: What the customers use.
            gate: Decides who comes in.
            line: Carries carts and trips.
            receipt_timeout_s: How long `settle` waits for a receipt.
        """
        self._phones = phones
        self._gate = gate
        self._line = line
        self._receipt_timeout_s = receipt_timeout_s
        self._customers: dict[str, Customer] = {}
        self._scans: defaultdict[VisitId, list[GateScan]] = defaultdict(list)
        self.receipts: dict[VisitId, Receipt] = {}

    def sign_up(self, shoppers: Iterable[str]) -> tuple[Customer, ...]:
        """Give every shopper an account with a linked card of the payment simulator."""
        for shopper in dict.fromkeys(shoppers):
            login = self._phones.sign_up(f"{shopper}@shopper.example", f"password of {shopper}", shopper)
            self._phones.link_payment_method(login, _TEST_CARD)
            self._customers[shopper] = Customer(shopper, login)
        return tuple(self._customers.values())

    def admit(self, scan: GateScan) -> VisitId:
        """Show the customer's fresh code to the gate."""
        code = self._phones.mint_entry_codes(self._customers[scan.shopper].login).code
        visit_id = VisitId(self._gate.open(code, _auth_event(scan)))
        self._scans[visit_id].append(scan)
        return visit_id

    def show_cart(self, change: CartChanged) -> None:
        """Send the live cart, in the background."""
        lines = [CartLine(line.product_id, line.quantity, line.confidence) for line in change.lines]
        self._line.send_cart(change.visit_id, lines, _utc(change.at_s))

    def settle(self, visit: VisitClosed) -> Settlement:
        """Send the finished trip; without a receipt in time it is pending, and charged once all the same."""
        started = time.monotonic()
        self._line.send_trip(visit.visit_id, self._trip(visit))
        receipt = self._line.receipt(visit.visit_id, self._receipt_timeout_s)
        if receipt is None:
            return Settlement(charged_minor=0, is_settled=False, wait_s=None)
        self.receipts[visit.visit_id] = receipt
        return Settlement(
            charged_minor=receipt.charged_minor,
            is_settled=not waits_for_person(visit) and receipt.charged_minor == receipt.total_minor,
            wait_s=time.monotonic() - started,
        )

    def unsent(self) -> int:
        """Count what the API has not heard of yet; it is sent when the API answers again."""
        return self._line.waiting()

    def refused(self) -> tuple[RefusedMessage, ...]:
        """Return what the API will never take; a person has to look."""
        return self._line.refused()

    def receipt_pdfs(self, customer: Customer) -> tuple[bytes, ...]:
        """Fetch a customer's receipts as they would on their phone, oldest first."""
        receipts = self._phones.receipts(customer.login)
        return tuple(
            self._phones.receipt_pdf(customer.login, receipt.receipt_id) for receipt in reversed(receipts)
        )

    def _trip(self, visit: VisitClosed) -> Trip:
        return Trip(
            trip_id=visit.visit_id,
            started_at=_utc(visit.entered_s),
            ended_at=_utc(visit.left_s),
            auth_events=tuple(_auth_event(scan) for scan in self._scans[visit.visit_id]),
            lines=tuple(
                PurchaseLine(
                    line.product_id, line.quantity, line.confidence, line.decision is Decision.REVIEW
                )
                for line in visit.lines
                if line.decision is not Decision.DROP
            ),
        )


@contextmanager
def connected_checkout(
    base_url: str, settings: Settings, store_map: StoreMap, line_path: Path
) -> Iterator[HttpCheckout]:
    """Connect a store to its API and upload its products.

    Args:
        base_url: Where the API is.
        settings: With the keys of the gate and the store computer.
        store_map: Whose products are sold.
        line_path: File in which messages wait; what an earlier run left there is sent now.

    Raises:
        CheckoutUnreachableError, CheckoutRefusedError: If the API does not take the products.
        StoreLineError: If the file cannot be used.
    """
    gate_key = settings.gate_key.get_secret_value()
    computer_key = settings.store_computer_key.get_secret_value()
    store_id = store_map.store_id
    with (
        CheckoutClient(base_url, computer_key, store_id=store_id) as computer,
        CheckoutClient(
            base_url, computer_key, store_id=store_id, tries=1, timeout_s=_LINE_TIMEOUT_S
        ) as for_line,
        CheckoutClient(base_url, gate_key, store_id=store_id, tries=1, timeout_s=_GATE_TIMEOUT_S) as at_gate,
        CheckoutClient(base_url, gate_key, store_id=store_id) as phones,
        StoreLine(line_path, for_line) as line,
    ):
        computer.upload_catalog(
            [
                CatalogProduct(
                    product.product_id, product.name, product.price_minor, store_map.currency, _TAX_RATE
                )
                for product in store_map.products
            ]
        )
        gate = OfflineGate(at_gate, line, lambda: datetime.now(UTC))
        gate.learn_keys()
        yield HttpCheckout(phones, gate, line, receipt_timeout_s=_RECEIPT_TIMEOUT_S)


def _auth_event(scan: GateScan) -> AuthEvent:
    return AuthEvent(f"{scan.gate_id}-{scan.at_s:.3f}", _utc(scan.at_s), scan.gate_id)


def _utc(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
