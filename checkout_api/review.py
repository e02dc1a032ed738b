"""Routes: questions to a person about lines that the store is not sure of; silence counts for the shopper."""

from fastapi import APIRouter
from sqlalchemy.orm import Session

from checkout_api.charges import plan_charge, refresh_state
from checkout_api.claims import claim, must_not_be_anothers, release
from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, OperatorDep, StaffDep
from checkout_api.errors import NotFoundError, ReviewClosedError
from checkout_api.repository import orders
from checkout_api.review_schemas import ExpireSchema, ReviewAnswer, ReviewItemSchema
from checkout_api.settlement import settle_order
from checkout_api.states import LineState, Purpose, ReviewState
from checkout_api.tables import ReviewItemTable

router = APIRouter(tags=["review"])


@router.get("/v1/review")
def open_questions(context: ContextDep, _staff: StaffDep) -> list[ReviewItemSchema]:
    """Show the questions that wait for an answer, oldest first."""
    with context.database.read() as session:
        return [_shown(session, item) for item in orders.open_review_items(session)]


@router.post("/v1/review/{review_item_id}/claim")
def claim_question(context: ContextDep, staff: StaffDep, review_item_id: str) -> ReviewItemSchema:
    """Take a question, or keep it for longer; nobody else can answer it meanwhile."""
    with context.database.write() as session:
        item = _open(context, session, review_item_id)
        claim(context, item, staff)
        return _shown(session, item)


@router.delete("/v1/review/{review_item_id}/claim", status_code=204)
def release_question(context: ContextDep, staff: StaffDep, review_item_id: str) -> None:
    """Let others answer it."""
    with context.database.write() as session:
        item = _open(context, session, review_item_id)
        must_not_be_anothers(context, item, staff)
        release(item)


@router.post("/v1/review/expire")
def expire_questions(context: ContextDep, _operator: OperatorDep) -> ExpireSchema:
    """Settle for the shopper what nobody answered in time."""
    return ExpireSchema(expired=expire_overdue(context))


@router.post("/v1/review/{review_item_id}/answer")
def answer_question(
    context: ContextDep, staff: StaffDep, review_item_id: str, body: ReviewAnswer
) -> ReviewItemSchema:
    """Charge or drop a line; with the last answer of an order, what was confirmed is charged."""
    answer = ReviewState.CHARGED if body.answer == "charge" else ReviewState.DROPPED
    with context.database.write() as session:
        item = _existing(session, review_item_id)
        if item.state is not answer:
            _open(context, session, review_item_id)
            must_not_be_anothers(context, item, staff)
            item.answered_by = staff.account_id
            _close(context, session, item, answer)
        shown = _shown(session, item)
    settle_order(context, shown.order_id)
    return shown


def expire_overdue(context: Context) -> int:
    """Drop the lines whose questions had their time, charge what was confirmed, return how many."""
    with context.database.write() as session:
        overdue = orders.overdue_review_items(session, context.clock())
        for item in overdue:
            _close(context, session, item, ReviewState.EXPIRED)
        order_ids = sorted({item.order_id for item in overdue})
    for order_id in order_ids:
        settle_order(context, order_id)
    return len(overdue)


def _existing(session: Session, review_item_id: str) -> ReviewItemTable:
    item = orders.review_item(session, review_item_id)
    if item is None:
        raise NotFoundError(f"there is no question {review_item_id!r}")
    return item


def _open(context: Context, session: Session, review_item_id: str) -> ReviewItemTable:
    item = _existing(session, review_item_id)
    if item.state is not ReviewState.OPEN:
        raise ReviewClosedError(f"this question is closed: {item.state}")
    if context.clock() >= item.expires_at:
        raise ReviewClosedError("the time to answer is over; the doubt counts for the shopper")
    return item


def _close(context: Context, session: Session, item: ReviewItemTable, state: ReviewState) -> None:
    item.state = state
    item.answered_at = context.clock()
    is_charged = state is ReviewState.CHARGED
    orders.order_line(session, item.line_id).state = LineState.BILLED if is_charged else LineState.DROPPED
    session.flush()
    order = orders.order(session, item.order_id, lock=True)
    if order is None:
        raise NotFoundError(f"there is no order {item.order_id!r}")
    if orders.open_review_items_of(session, order.id) == 0:
        plan_charge(context, session, order, Purpose.REVIEW)
    else:
        refresh_state(context, session, order)


def _shown(session: Session, item: ReviewItemTable) -> ReviewItemSchema:
    line = orders.order_line(session, item.line_id)
    order = orders.order(session, item.order_id)
    if order is None:
        raise NotFoundError(f"there is no order {item.order_id!r}")
    return ReviewItemSchema(
        review_item_id=item.id,
        order_id=item.order_id,
        visit_id=order.visit_id,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        amount_minor=line.net_minor + line.tax_minor,
        currency=order.currency,
        confidence=line.confidence,
        state=item.state,
        opened_at=item.opened_at,
        expires_at=item.expires_at,
        claimed_by=item.claimed_by,
        claimed_until=item.claimed_until,
    )
