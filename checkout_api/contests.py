"""Routes: one tap on a receipt, in both directions; a person answers.

"I did not take this" ends in a refund of the line, "I took something that is not here" in a line more. Until
a person has answered, nothing moves.
"""

from dataclasses import replace

from fastapi import APIRouter
from sqlalchemy.orm import Session

from checkout_api.catalog import product_of
from checkout_api.charges import plan_charge
from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, PersonDep, StaffDep
from checkout_api.errors import ConflictError, InvalidRequestError, NotFoundError, ReviewClosedError
from checkout_api.payment_schemas import ContestAnswer, ContestBody, ContestSchema
from checkout_api.payment_tables import ContestTable
from checkout_api.price_history import lowest_price
from checkout_api.pricing import price_line
from checkout_api.refunds import IdempotencyKey, plan_refund_of_line
from checkout_api.repository import complaints, messages, orders, prices
from checkout_api.settlement import settle_order
from checkout_api.states import ContestKind, ContestState, LineState, Purpose
from checkout_api.tables import OrderLineTable, OrderTable
from checkout_api.tokens import Person
from checkout_api.visits import known_products

router = APIRouter(tags=["contests"])

# More than this on one receipt is a talk with the staff, not a tap.
_OPEN_LIMIT = 20


@router.post("/v1/orders/{order_id}/contests", status_code=201)
def contest(
    context: ContextDep,
    person: PersonDep,
    order_id: str,
    body: ContestBody,
    idempotency_key: IdempotencyKey,
) -> ContestSchema:
    """Say that a line is wrong or that something is missing; the same key is one contest."""
    with context.database.write() as session:
        order = orders.order(session, order_id, lock=True)
        if order is None or order.account_id != person.account_id:
            raise NotFoundError(f"there is no order {order_id!r}")
        known = complaints.contest_by_key(session, order_id, idempotency_key)
        if known is not None:
            return _shown(known)
        _check(session, order_id, body)
        row = ContestTable(
            id=context.new_id(),
            order_id=order_id,
            idempotency_key=idempotency_key,
            kind=body.kind,
            line_id=body.line_id,
            sku=body.sku,
            quantity=body.quantity,
            note=body.note,
            state=ContestState.OPEN,
            opened_at=context.clock(),
            closed_at=None,
            closed_by=None,
        )
        session.add(row)
        messages.tell(session, context.new_id(), "contest.opened", order_id, context.clock())
        return _shown(row)


@router.get("/v1/orders/{order_id}/contests")
def contests_of_order(context: ContextDep, person: PersonDep, order_id: str) -> list[ContestSchema]:
    """Show what was said about a receipt and what became of it, oldest first."""
    with context.database.read() as session:
        order = orders.order(session, order_id)
        if order is None or not (person.is_staff or order.account_id == person.account_id):
            raise NotFoundError(f"there is no order {order_id!r}")
        return [_shown(row) for row in complaints.contests_of(session, order_id)]


@router.get("/v1/contests")
def open_contests(context: ContextDep, _staff: StaffDep) -> list[ContestSchema]:
    """Show the contests that wait for an answer, oldest first."""
    with context.database.read() as session:
        return [_shown(row) for row in complaints.open_contests(session)]


@router.post("/v1/contests/{contest_id}/answer")
def answer_contest(
    context: ContextDep, staff: StaffDep, contest_id: str, body: ContestAnswer
) -> ContestSchema:
    """Accept, which refunds the line or charges the missing product, or refuse."""
    wanted = ContestState.ACCEPTED if body.answer == "accept" else ContestState.REFUSED
    with context.database.write() as session:
        row = complaints.contest(session, contest_id)
        if row is None:
            raise NotFoundError(f"there is no contest {contest_id!r}")
        if row.state not in {ContestState.OPEN, wanted}:
            raise ReviewClosedError(f"this contest is closed: {row.state}")
        if row.state is ContestState.OPEN:
            row.state = wanted
            row.closed_at = context.clock()
            row.closed_by = staff.account_id
            if wanted is ContestState.ACCEPTED:
                _correct(context, session, staff, row)
            messages.tell(session, context.new_id(), f"contest.{wanted}", row.order_id, context.clock())
        shown = _shown(row)
    settle_order(context, shown.order_id)
    return shown


def _check(session: Session, order_id: str, body: ContestBody) -> None:
    if (
        len([row for row in complaints.contests_of(session, order_id) if row.state is ContestState.OPEN])
        >= _OPEN_LIMIT
    ):
        raise ConflictError("too many open contests about this receipt; please talk to the store's staff")
    if body.sku is not None:
        known_products(session, [body.sku])
        return
    line = next((line for line in orders.lines(session, order_id) if line.id == body.line_id), None)
    if line is None or line.state is LineState.DROPPED:
        raise InvalidRequestError(f"the receipt charges no line {body.line_id!r}")
    if body.quantity > line.quantity:
        raise InvalidRequestError(f"the receipt has only {line.quantity} of {line.name}")


def _correct(context: Context, session: Session, staff: Person, row: ContestTable) -> None:
    order = orders.order(session, row.order_id, lock=True)
    if order is None:
        raise NotFoundError(f"there is no order {row.order_id!r}")
    if row.kind is ContestKind.MISSING:
        _add_missing(context, session, order, row)
        return
    line = next(line for line in orders.lines(session, order.id) if line.id == row.line_id)
    if line.state is LineState.IN_REVIEW:
        raise ConflictError("this line is being reviewed; answer that question instead")
    plan_refund_of_line(context, session, order, staff, line, row.quantity, f"contest:{row.id}")


def _add_missing(context: Context, session: Session, order: OrderTable, row: ContestTable) -> None:
    """Add the line at the lowest price of the visit: whoever is honest does not pay more for it."""
    lines = orders.lines(session, order.id)
    if any(line.purpose is Purpose.CONTEST for line in lines):
        raise ConflictError("this receipt was corrected before; sell the product at the till instead")
    sku = row.sku or ""
    product = product_of(known_products(session, [sku])[sku])
    history = prices.histories(session, [sku]).get(sku)
    if history:
        product = replace(product, price_minor=lowest_price(history, order.started_at, order.ended_at))
    price = price_line(product, row.quantity, prices_include_tax=context.settings.prices_include_tax)
    session.add(
        OrderLineTable(
            id=context.new_id(),
            order_id=order.id,
            n=max((line.n for line in lines), default=-1) + 1,
            sku=product.sku,
            name=product.name,
            quantity=row.quantity,
            unit_price_minor=product.price_minor,
            tax_ppm=product.tax_ppm,
            net_minor=price.net_minor,
            tax_minor=price.tax_minor,
            confidence=1.0,
            purpose=Purpose.CONTEST,
            state=LineState.BILLED,
            list_minor=price.list_minor,
            discount_minor=0,
            deposit_minor=price.deposit_minor,
            picked_at=order.ended_at,
        )
    )
    session.flush()
    plan_charge(context, session, order, Purpose.CONTEST)


def _shown(row: ContestTable) -> ContestSchema:
    return ContestSchema(
        contest_id=row.id,
        order_id=row.order_id,
        kind=row.kind,
        line_id=row.line_id,
        sku=row.sku,
        quantity=row.quantity,
        note=row.note,
        state=row.state,
        opened_at=row.opened_at,
    )
