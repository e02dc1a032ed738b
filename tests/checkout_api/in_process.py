"""A shop without a web server: calls the checkout's functions, for tests of crashes, clocks and databases."""

import uuid
from datetime import timedelta

from checkout_api.accounts import create_account, link_payment_method
from checkout_api.admission import new_visit
from checkout_api.catalog import upload_catalog
from checkout_api.dependencies import Device, key_digest
from checkout_api.ledger import LedgerAccount
from checkout_api.money import Money
from checkout_api.orders import place_order
from checkout_api.payments import ChargeRequest
from checkout_api.repository import accounts, orders
from checkout_api.schemas import (
    AuthEvent,
    CartItem,
    CatalogItem,
    CatalogUpload,
    PaymentMethodLink,
    PurchaseRequest,
    ShoppingTrip,
    SignUp,
)
from checkout_api.states import DeviceKind, Role
from checkout_api.tables import AuthEventTable
from checkout_api.tokens import Person
from checkout_api.visit_states import VisitKind


class InProcessShop:
    """One shopper in a shop with a catalogue."""

    def __init__(self, context, products, card="pm_sim_visa"):
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
        self.account_id = create_account(context, body, Role.SHOPPER).account_id
        self.person = Person(self.account_id, Role.SHOPPER)
        self.link(card)

    def link(self, card):
        link_payment_method(self._context, self.person, PaymentMethodLink(token=card))

    def _store_computer(self):
        key = self._context.settings.store_computer_key.get_secret_value()
        with self._context.database.read() as session:
            device = accounts.device_by_key(session, key_digest(key))
            return Device(device.id, DeviceKind.STORE_COMPUTER)

    def enter(self, kind=VisitKind.SHOPPER, flag=None):
        """Let the shopper in and return the gate's event."""
        event = AuthEvent(id=str(uuid.uuid4()), timestamp=self._context.clock())
        with self._context.database.write() as session:
            visit = new_visit(self._context, self.account_id, kind, event.timestamp)
            visit.flag = flag
            session.add(visit)
            session.flush()
            session.add(
                AuthEventTable(
                    store_id="store-1",
                    id=event.id,
                    visit_id=visit.id,
                    happened_at=event.timestamp,
                    location="gate",
                )
            )
        return event

    def trip(self, event, *lines, needs_review=False, picked_at=None):
        """The body of a finished trip with lines of (sku, quantity)."""
        decision = "review" if needs_review else "charge"
        return PurchaseRequest(
            request_id="r",
            idempotent_shopping_trip_id=str(uuid.uuid4()),
            store_id="store-1",
            shopping_trip=ShoppingTrip(
                start_time=event.timestamp,
                end_time=event.timestamp + timedelta(minutes=1),
                auth_events=[event],
            ),
            cart_items=[
                CartItem(id=sku, quantity=quantity, decision=decision, picked_at=picked_at)
                for sku, quantity in lines
            ],
        )

    def place_order(self, *lines, needs_review=False):
        """Enter and leave with lines of (sku, quantity); nothing is settled yet."""
        return place_order(self._context, self.trip(self.enter(), *lines, needs_review=needs_review))

    def state(self, order_id):
        with self._context.database.read() as session:
            return orders.order(session, order_id).state

    def lines(self, order_id):
        with self._context.database.read() as session:
            return orders.lines(session, order_id)

    def attempts(self, order_id):
        with self._context.database.read() as session:
            return orders.attempts(session, order_id)

    def clearing_total(self, order_id):
        """What the ledger says the provider holds for this order."""
        with self._context.database.read() as session:
            entries = orders.ledger_entries(session, order_id)
        return sum(
            row.amount_minor for row in entries if row.ledger_account == LedgerAccount.PROVIDER_CLEARING
        )

    def other_charge(self):
        """A charge of an amount that no order here has."""
        return ChargeRequest(Money(999_999, "EUR"), "pm_sim_visa", None, "another", False, str(uuid.uuid4()))
