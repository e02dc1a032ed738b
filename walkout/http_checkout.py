"""Visits to the checkout API over HTTP, and the shoppers of a recording as its customers."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

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
from walkout.checkout import Settlement, waits_for_person
from walkout.gate_log import GateScan

# The synthetic store sells groceries at shelf prices; one reduced rate keeps its receipts simple.
_TAX_RATE = Decimal("0.07")
_TEST_CARD = "pm_sim_visa"


@dataclass(frozen=True, slots=True)
class Customer:
    """One shopper of a recording with the account they use."""

    shopper: str
    login: ShopperLogin


class HttpCheckout:
    """The store computer's and the gate's side of the checkout API.

    The recording says whose code was shown; the customers here hold the codes, as their phones would.
    """

    def __init__(self, gate: CheckoutClient, store_computer: CheckoutClient, store_map: StoreMap) -> None:
        """Upload the store's products through `store_computer`.

        Raises:
            CheckoutUnreachableError, CheckoutRefusedError: If the API does not take them.
        """
        self._gate = gate
        self._store_computer = store_computer
        self._customers: dict[str, Customer] = {}
        self._scans: dict[VisitId, GateScan] = {}
        self.receipts: dict[VisitId, Receipt] = {}
        store_computer.upload_catalog(
            [
                CatalogProduct(
                    product.product_id, product.name, product.price_minor, store_map.currency, _TAX_RATE
                )
                for product in store_map.products
            ]
        )

    def sign_up(self, shoppers: Iterable[str]) -> tuple[Customer, ...]:
        """Give every shopper an account with a linked card of the payment simulator."""
        for shopper in dict.fromkeys(shoppers):
            login = self._gate.sign_up(f"{shopper}@shopper.example", f"password of {shopper}", shopper)
            self._gate.link_payment_method(login, _TEST_CARD)
            self._customers[shopper] = Customer(shopper, login)
        return tuple(self._customers.values())

    def admit(self, scan: GateScan) -> VisitId:
        """Show the customer's fresh code to the gate."""
        code = self._gate.mint_entry_codes(self._customers[scan.shopper].login).code
        visit_id = VisitId(self._gate.scan(code, _auth_event(scan)))
        self._scans[visit_id] = scan
        return visit_id

    def show_cart(self, change: CartChanged) -> None:
        """Send the live cart."""
        lines = [CartLine(line.product_id, line.quantity, line.confidence) for line in change.lines]
        self._store_computer.put_cart(change.visit_id, lines, _utc(change.at_s))

    def settle(self, visit: VisitClosed) -> Settlement:
        """Send the finished trip; the answer is its receipt."""
        started = time.monotonic()
        receipt = self._store_computer.purchase(
            Trip(
                trip_id=visit.visit_id,
                started_at=_utc(visit.entered_s),
                ended_at=_utc(visit.left_s),
                auth_events=(_auth_event(self._scans[visit.visit_id]),),
                lines=tuple(
                    PurchaseLine(
                        line.product_id, line.quantity, line.confidence, line.decision is Decision.REVIEW
                    )
                    for line in visit.lines
                    if line.decision is not Decision.DROP
                ),
            )
        )
        self.receipts[visit.visit_id] = receipt
        return Settlement(
            charged_minor=receipt.charged_minor,
            is_settled=not waits_for_person(visit) and receipt.charged_minor == receipt.total_minor,
            wait_s=time.monotonic() - started,
        )

    def receipt_pdfs(self, customer: Customer) -> tuple[bytes, ...]:
        """Fetch a customer's receipts as they would on their phone, oldest first."""
        receipts = self._gate.receipts(customer.login)
        return tuple(
            self._gate.receipt_pdf(customer.login, receipt.receipt_id) for receipt in reversed(receipts)
        )


def _auth_event(scan: GateScan) -> AuthEvent:
    return AuthEvent(f"{scan.gate_id}-{scan.at_s:.3f}", _utc(scan.at_s), scan.gate_id)


def _utc(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
