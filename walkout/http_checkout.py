"""The shoppers of a recording as customers of a checkout API: what the demo shows at its gate."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from cart_tracker.observations import VisitId
from cart_tracker.store_map import StoreMap
from checkout_api.client import AuthEvent, CatalogProduct, CheckoutClient, ShopperLogin
from checkout_api.offline_gate import OfflineGate
from checkout_api.settings import Settings
from checkout_api.store_line import StoreLine
from walkout.gate_log import GateScan
from walkout.line_checkout import GATE_TIMEOUT_S, LINE_TIMEOUT_S, LineCheckout

# The synthetic store sells groceries at shelf prices; one reduced rate keeps its receipts simple.
_TAX_RATE = Decimal("0.07")
_TEST_CARD = "pm_sim_visa"
# How long a store that closes a visit waits for the receipt before it goes on; it comes later by itself.
_RECEIPT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Customer:
    """One shopper of a recording with the account they use."""

    shopper: str
    login: ShopperLogin


class HttpCheckout(LineCheckout):
    """The store computer's and the gate's side of the checkout API, for a recording.

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
        super().__init__(line, receipt_timeout_s=receipt_timeout_s)
        self._phones = phones
        self._gate = gate
        self._customers: dict[str, Customer] = {}

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
        event_id = f"{scan.gate_id}-{scan.at_s:.3f}"
        at = datetime.fromtimestamp(scan.at_s, UTC)
        visit_id = self._gate.open(code, AuthEvent(event_id, at, scan.gate_id))
        return super().admit(replace(scan, visit_id=visit_id, event_id=event_id))

    def receipt_pdfs(self, customer: Customer) -> tuple[bytes, ...]:
        """Fetch a customer's receipts as they would on their phone, oldest first."""
        receipts = self._phones.receipts(customer.login)
        return tuple(
            self._phones.receipt_pdf(customer.login, receipt.receipt_id) for receipt in reversed(receipts)
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
            base_url, computer_key, store_id=store_id, tries=1, timeout_s=LINE_TIMEOUT_S
        ) as for_line,
        CheckoutClient(base_url, gate_key, store_id=store_id, tries=1, timeout_s=GATE_TIMEOUT_S) as at_gate,
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
