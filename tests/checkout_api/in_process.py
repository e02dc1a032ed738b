"""A shop without a web server: calls the checkout's functions, for tests of crashes and clocks."""

import uuid
from datetime import UTC, datetime, timedelta

from checkout_api import entry
from checkout_api.accounts import create_account, link_payment_method
from checkout_api.catalog import upload_catalog
from checkout_api.dependencies import Device, key_digest
from checkout_api.money import Money
from checkout_api.orders import place_order
from checkout_api.payments import ChargeRequest
from checkout_api.repository import accounts, orders
from checkout_api.schemas import (
    AuthEvent,
    CartItem,
    CatalogItem,
    CatalogUpload,
    IdentityKeysRequest,
    PaymentMethodLink,
    PurchaseRequest,
    ShoppingTrip,
    SignUp,
)
from checkout_api.states import DeviceKind, Role
from checkout_api.tokens import Person


class InProcessShop:
    """One shopper in a shop with a catalogue."""

    def __init__(self, context, products):
        self._context = context
        items = [
            CatalogItem(
                sku=product.sku,
                name=product.name,
                price_minor=product.price_minor,
                currency=product.currency,
                tax_rate=product.tax_rate,
            )
            for product in products
        ]
        self._device = self._store_computer()
        upload_catalog(context, self._device, CatalogUpload(store_id="store-1", items=items))
        email = f"{uuid.uuid4()}@example.org"
        body = SignUp(email=email, password="a long enough password", display_name="Ada")
        self._person = Person(create_account(context, body, Role.SHOPPER).account_id, Role.SHOPPER)
        link_payment_method(context, self._person, PaymentMethodLink(token="pm_sim_visa"))

    def _store_computer(self):
        key = self._context.settings.store_computer_key.get_secret_value()
        with self._context.database.read() as session:
            device = accounts.device_by_key(session, key_digest(key))
            return Device(device.id, DeviceKind.STORE_COMPUTER)

    def place_order(self, *lines, needs_review=False):
        """Enter and leave with lines of (sku, quantity); nothing is settled yet."""
        context = self._context
        event = AuthEvent(id=str(uuid.uuid4()), timestamp=context.clock())
        code = entry.issue_entry_code(context, self._person)
        scan = IdentityKeysRequest(
            request_id="r", identity_key=code.code, store_id="store-1", auth_event=event
        )
        entry.verify_identity_keys(context, self._device, scan)
        now = datetime.now(UTC)
        trip = ShoppingTrip(start_time=now, end_time=now + timedelta(minutes=1), auth_events=[event])
        decision = "review" if needs_review else "charge"
        items = [CartItem(id=sku, quantity=quantity, decision=decision) for sku, quantity in lines]
        return place_order(
            context,
            PurchaseRequest(
                request_id="r",
                idempotent_shopping_trip_id=str(uuid.uuid4()),
                store_id="store-1",
                shopping_trip=trip,
                cart_items=items,
            ),
        )

    def state(self, order_id):
        with self._context.database.read() as session:
            return orders.order(session, order_id).state

    def clearing_total(self, order_id):
        """What the ledger says the provider holds for this order."""
        with self._context.database.read() as session:
            entries = orders.ledger_entries(session, order_id)
        return sum(row.amount_minor for row in entries if row.ledger_account == "provider_clearing")

    def other_charge(self):
        """A charge of an amount that no order here has."""
        return ChargeRequest(Money(999_999, "EUR"), "pm_sim_visa", "another", str(uuid.uuid4()))
