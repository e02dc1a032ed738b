"""From a finished trip to its one order, priced here, with its payment attempt written down.

Nothing here talks to the payment provider; `settlement` does, after the order is committed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from checkout_api.catalog import product_of
from checkout_api.context import Context
from checkout_api.errors import InvalidRequestError, PaymentDueError, TripConflictError, VisitClosedError
from checkout_api.pricing import price_line
from checkout_api.repository import accounts, orders, visits
from checkout_api.schemas import CartItem, PurchaseRequest
from checkout_api.states import (
    FINAL_ATTEMPT_STATES,
    AttemptState,
    Decision,
    LineState,
    Operation,
    OrderState,
    Purpose,
    ReviewState,
    VisitState,
)
from checkout_api.tables import OrderLineTable, OrderTable, PaymentAttemptTable, ReviewItemTable, VisitTable
from checkout_api.visits import known_products


@dataclass(frozen=True, slots=True)
class Balance:
    """What the payment attempts of one order add up to, in minor units."""

    charged_minor: int
    refunded_minor: int


def place_order(context: Context, body: PurchaseRequest) -> str:
    """Write the one order of a trip and return its id; a repetition returns the id of the first.

    Raises:
        InvalidRequestError: If the store is another, or the gate events are unknown or of several visits.
        UnknownProductError: If the catalogue lacks a product.
        TripConflictError: If the trip id came before with another content.
        VisitClosedError: If the visit has its order under another trip id.
    """
    fingerprint = _fingerprint(body)
    try:
        with context.database.write() as session:
            return _replayed(session, body, fingerprint) or _place(context, session, body, fingerprint)
    except IntegrityError:
        # Another process wrote the same trip between our look and our insert.
        with context.database.read() as session:
            replayed = _replayed(session, body, fingerprint)
        if replayed is None:
            raise VisitClosedError("this visit has an order under another trip id") from None
        return replayed


def plan_charge(context: Context, session: Session, order: OrderTable, purpose: Purpose) -> None:
    """Write down the intent to charge the billed lines of one purpose, if they cost anything.

    Raises:
        PaymentDueError: If the account has no payment method.
    """
    billed = [
        line
        for line in orders.lines(session, order.id)
        if line.purpose is purpose and line.state is LineState.BILLED
    ]
    amount_minor = sum(line.net_minor + line.tax_minor for line in billed)
    if amount_minor > 0:
        method = accounts.newest_payment_method(session, order.account_id)
        if method is None:
            raise PaymentDueError("the account has no payment method; link one")
        attempt_id = context.new_id()
        session.add(
            PaymentAttemptTable(
                id=attempt_id,
                order_id=order.id,
                operation=Operation.CHARGE,
                purpose=purpose,
                n=orders.count_attempts(session, order.id, purpose) + 1,
                amount_minor=amount_minor,
                tax_minor=sum(line.tax_minor for line in billed),
                currency=order.currency,
                payment_method_id=method.id,
                idempotency_key=f"charge:{attempt_id}",
                state=AttemptState.PLANNED,
                planned_at=context.clock(),
            )
        )
    session.flush()
    order.state = derive_state(session, order.id)


def derive_state(session: Session, order_id: str) -> OrderState:
    """Return what an order waits for, from its lines, questions and payment attempts."""
    attempts = orders.attempts(session, order_id)
    latest = {row.purpose: row.state for row in attempts if row.operation is Operation.CHARGE}
    if any(state not in FINAL_ATTEMPT_STATES for state in latest.values()):
        return OrderState.PENDING
    if AttemptState.DECLINED in latest.values():
        return OrderState.PAYMENT_DUE
    balance = balance_of(attempts)
    if balance.refunded_minor > 0:
        is_all = balance.refunded_minor == balance.charged_minor
        return OrderState.REFUNDED if is_all else OrderState.PARTLY_REFUNDED
    if any(line.state is LineState.BILLED for line in orders.lines(session, order_id)):
        return OrderState.PAID
    return OrderState.IN_REVIEW if orders.open_review_items_of(session, order_id) else OrderState.NO_PURCHASE


def balance_of(attempts: Sequence[PaymentAttemptTable]) -> Balance:
    """Add up what the provider confirmed."""
    done = [row for row in attempts if row.state is AttemptState.CAPTURED]
    return Balance(
        charged_minor=sum(row.amount_minor for row in done if row.operation is Operation.CHARGE),
        refunded_minor=sum(row.amount_minor for row in done if row.operation is Operation.REFUND),
    )


def _fingerprint(body: PurchaseRequest) -> str:
    # The request id differs from one try to the next.
    return hashlib.sha256(body.model_dump_json(exclude={"request_id"}).encode()).hexdigest()


def _replayed(session: Session, body: PurchaseRequest, fingerprint: str) -> str | None:
    order = orders.order_by_trip(session, body.idempotent_shopping_trip_id)
    if order is None:
        return None
    if order.body_sha256 != fingerprint:
        raise TripConflictError(
            f"trip {body.idempotent_shopping_trip_id!r} came before with another content; correct by refunds"
        )
    return order.id


def _place(context: Context, session: Session, body: PurchaseRequest, fingerprint: str) -> str:
    visit = _visit_of(context, session, body)
    order = OrderTable(
        id=context.new_id(),
        visit_id=visit.id,
        trip_id=body.idempotent_shopping_trip_id,
        body_sha256=fingerprint,
        account_id=visit.account_id,
        store_id=visit.store_id,
        receipt_id=context.new_id(),
        receipt_number=orders.next_receipt_number(session, visit.store_id),
        currency=context.settings.currency,
        state=OrderState.PENDING,
        started_at=body.shopping_trip.start_time,
        ended_at=body.shopping_trip.end_time,
        placed_at=context.clock(),
    )
    session.add(order)
    session.flush()
    _add_lines(context, session, order, body.cart_items)
    visit.state = VisitState.EXITED
    visit.exited_at = body.shopping_trip.end_time
    plan_charge(context, session, order, Purpose.EXIT)
    return order.id


def _visit_of(context: Context, session: Session, body: PurchaseRequest) -> VisitTable:
    if body.store_id != context.settings.store_id:
        raise InvalidRequestError(
            f"storeId is {body.store_id!r}, this is store {context.settings.store_id!r}"
        )
    event_ids = [event.id for event in body.shopping_trip.auth_events]
    found = visits.visits_of_auth_events(session, body.store_id, event_ids)
    missing = sorted(set(event_ids) - set(found))
    if missing:
        raise InvalidRequestError(f"shoppingTrip.authEvents: no gate reported {', '.join(missing)}")
    if len(set(found.values())) > 1:
        raise InvalidRequestError(
            "shoppingTrip.authEvents: these entries belong to different visits; send one trip each"
        )
    visit = visits.visit(session, found[event_ids[0]], lock=True)
    if visit is None or visit.state is not VisitState.INSIDE:
        raise VisitClosedError("this visit has an order under another trip id")
    return visit


def _add_lines(context: Context, session: Session, order: OrderTable, items: Sequence[CartItem]) -> None:
    products = known_products(session, [item.id for item in items])
    now = context.clock()
    for n, item in enumerate(items):
        product = product_of(products[item.id])
        price = price_line(product, item.quantity, prices_include_tax=context.settings.prices_include_tax)
        is_sure = item.decision is Decision.CHARGE
        line = OrderLineTable(
            id=context.new_id(),
            order_id=order.id,
            n=n,
            sku=product.sku,
            name=product.name,
            quantity=item.quantity,
            unit_price_minor=product.price_minor,
            tax_ppm=product.tax_ppm,
            net_minor=price.net_minor,
            tax_minor=price.tax_minor,
            confidence=item.confidence,
            purpose=Purpose.EXIT if is_sure else Purpose.REVIEW,
            state=LineState.BILLED if is_sure else LineState.IN_REVIEW,
        )
        session.add(line)
        session.flush()
        if not is_sure:
            session.add(
                ReviewItemTable(
                    id=context.new_id(),
                    order_id=order.id,
                    line_id=line.id,
                    state=ReviewState.OPEN,
                    opened_at=now,
                    expires_at=now + context.settings.review_lifetime,
                )
            )
