"""From a finished trip to its one order, priced here, with its payment attempts written down.

Nothing here talks to the payment provider; `settlement` does, after the order is committed.
"""

import hashlib
from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from checkout_api.audit_sample import draw
from checkout_api.basket import PricedItem, price_items, redeem_coupons
from checkout_api.charges import plan_exit
from checkout_api.context import Context
from checkout_api.errors import InvalidRequestError, TripConflictError, VisitClosedError
from checkout_api.payment_tables import LineDiscountTable
from checkout_api.repository import orders, visits
from checkout_api.schemas import CartItem, PurchaseRequest
from checkout_api.states import Decision, LineState, OrderState, Purpose, ReviewState, VisitState
from checkout_api.tables import OrderLineTable, OrderTable, ReviewItemTable, VisitTable
from checkout_api.visit_states import VisitKind


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
    except (IntegrityError, VisitClosedError):
        # Another process wrote the same trip between our look and our insert, or our wait for the visit.
        with context.database.read() as session:
            replayed = _replayed(session, body, fingerprint)
        if replayed is None:
            raise VisitClosedError("this visit has an order under another trip id") from None
        return replayed


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
    priced = price_items(context, session, visit.account_id, body)
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
    _add_lines(context, session, order, visit, body.cart_items, priced)
    redeem_coupons(session, order, priced, context.clock())
    visit.state = VisitState.EXITED
    visit.exited_at = body.shopping_trip.end_time
    plan_exit(context, session, order)
    draw(context, session, order, visit.kind)
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


def _add_lines(
    context: Context,
    session: Session,
    order: OrderTable,
    visit: VisitTable,
    items: Sequence[CartItem],
    priced: Sequence[PricedItem],
) -> None:
    for n, (item, priced_item) in enumerate(zip(items, priced, strict=True)):
        state = _state_of(visit, item)
        line = _line(context, order, n, item, priced_item, state)
        session.add(line)
        session.flush()
        session.add_all(
            LineDiscountTable(
                line_id=line.id,
                promotion_id=saving.promotion.promotion_id,
                name=saving.promotion.name,
                amount_minor=saving.amount_minor,
            )
            for saving in priced_item.price.savings
        )
        if state is LineState.IN_REVIEW:
            session.add(_question(context, order, line))
    session.flush()


def _state_of(visit: VisitTable, item: CartItem) -> LineState:
    if visit.kind is VisitKind.ASSOCIATE:
        # Staff at work fill shelves; what they carry is not bought.
        return LineState.DROPPED
    if visit.flag is not None or item.decision is Decision.REVIEW:
        return LineState.IN_REVIEW
    return LineState.BILLED


def _line(
    context: Context,
    order: OrderTable,
    n: int,
    item: CartItem,
    priced: PricedItem,
    state: LineState,
) -> OrderLineTable:
    return OrderLineTable(
        id=context.new_id(),
        order_id=order.id,
        n=n,
        sku=priced.product.sku,
        name=priced.product.name,
        quantity=item.quantity,
        unit_price_minor=priced.product.price_minor,
        tax_ppm=priced.product.tax_ppm,
        net_minor=priced.price.net_minor,
        tax_minor=priced.price.tax_minor,
        confidence=item.confidence,
        purpose=Purpose.REVIEW if state is LineState.IN_REVIEW else Purpose.EXIT,
        state=state,
        list_minor=priced.price.list_minor,
        discount_minor=priced.price.discount_minor,
        deposit_minor=priced.price.deposit_minor,
        picked_at=item.picked_at or order.ended_at,
    )


def _question(context: Context, order: OrderTable, line: OrderLineTable) -> ReviewItemTable:
    now = context.clock()
    return ReviewItemTable(
        id=context.new_id(),
        order_id=order.id,
        line_id=line.id,
        state=ReviewState.OPEN,
        opened_at=now,
        expires_at=now + context.settings.review_lifetime,
    )
