"""Queries about orders, their lines, questions, payment attempts, refunds and ledger entries."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from checkout_api.states import (
    FINAL_ATTEMPT_STATES,
    AttemptState,
    Operation,
    OrderState,
    Purpose,
    ReviewState,
)
from checkout_api.tables import (
    LedgerEntryTable,
    OrderLineTable,
    OrderTable,
    PaymentAttemptTable,
    PaymentMethodTable,
    RefundLineTable,
    RefundTable,
    ReviewItemTable,
)


def order(session: Session, order_id: str, *, lock: bool = False) -> OrderTable | None:
    """Find an order; locked, nobody else changes it before this transaction ends."""
    return session.get(OrderTable, order_id, with_for_update=lock)


def order_by_trip(session: Session, trip_id: str) -> OrderTable | None:
    """Find the order of a shopping trip."""
    return session.scalar(select(OrderTable).where(OrderTable.trip_id == trip_id))


def order_by_visit(session: Session, visit_id: str) -> OrderTable | None:
    """Find the order of a visit."""
    return session.scalar(select(OrderTable).where(OrderTable.visit_id == visit_id))


def order_by_receipt(session: Session, receipt_id: str) -> OrderTable | None:
    """Find the order that a receipt is about."""
    return session.scalar(select(OrderTable).where(OrderTable.receipt_id == receipt_id))


def orders_of_account(session: Session, account_id: str) -> Sequence[OrderTable]:
    """Return the newest 100 orders of an account, newest first."""
    return session.scalars(
        select(OrderTable)
        .where(OrderTable.account_id == account_id)
        .order_by(OrderTable.placed_at.desc(), OrderTable.receipt_number.desc())
        .limit(100)
    ).all()


def has_payment_due(session: Session, account_id: str) -> bool:
    """Tell whether an order of this account was declined and is not paid."""
    due = select(OrderTable.id).where(
        OrderTable.account_id == account_id, OrderTable.state == OrderState.PAYMENT_DUE
    )
    return session.scalar(due.limit(1)) is not None


def next_receipt_number(session: Session, store_id: str) -> int:
    """Return the store's next receipt number; the unique constraint guards it."""
    last = session.scalar(select(func.max(OrderTable.receipt_number)).where(OrderTable.store_id == store_id))
    return (last or 0) + 1


def lines(session: Session, order_id: str) -> Sequence[OrderLineTable]:
    """Return the lines of an order in their order."""
    return session.scalars(
        select(OrderLineTable).where(OrderLineTable.order_id == order_id).order_by(OrderLineTable.n)
    ).all()


def attempts(session: Session, order_id: str) -> Sequence[PaymentAttemptTable]:
    """Return the payment attempts of an order, oldest first."""
    return session.scalars(
        select(PaymentAttemptTable)
        .where(PaymentAttemptTable.order_id == order_id)
        .order_by(PaymentAttemptTable.planned_at, PaymentAttemptTable.n)
    ).all()


def attempt(session: Session, attempt_id: str) -> PaymentAttemptTable:
    """Return a payment attempt that exists, locked for this transaction."""
    return session.get_one(PaymentAttemptTable, attempt_id, with_for_update=True)


def unfinished_attempt_ids(session: Session) -> Sequence[str]:
    """Return every payment attempt whose outcome is open, the one that waited longest first."""
    return session.scalars(
        select(PaymentAttemptTable.id)
        .where(PaymentAttemptTable.state.not_in(FINAL_ATTEMPT_STATES))
        .order_by(func.coalesce(PaymentAttemptTable.sent_at, PaymentAttemptTable.planned_at))
    ).all()


def unfinished_attempts_of(session: Session, order_id: str) -> Sequence[str]:
    """Return the attempts of one order whose outcome is open, oldest first."""
    return [row.id for row in attempts(session, order_id) if row.state not in FINAL_ATTEMPT_STATES]


def captured(session: Session, order_id: str) -> Sequence[PaymentAttemptTable]:
    """Return the charges of an order that succeeded, oldest first."""
    return [
        row
        for row in attempts(session, order_id)
        if row.operation is Operation.CHARGE and row.state is AttemptState.CAPTURED
    ]


def count_attempts(session: Session, order_id: str, purpose: Purpose) -> int:
    """Count the attempts of one order for one purpose."""
    found = select(func.count()).where(
        PaymentAttemptTable.order_id == order_id, PaymentAttemptTable.purpose == purpose
    )
    return session.scalar(found) or 0


def payment_method(session: Session, payment_method_id: str) -> PaymentMethodTable:
    """Return a payment method that exists."""
    return session.get_one(PaymentMethodTable, payment_method_id)


def review_item(session: Session, item_id: str) -> ReviewItemTable | None:
    """Find a question, locked for this transaction."""
    return session.get(ReviewItemTable, item_id, with_for_update=True)


def open_review_items(session: Session) -> Sequence[ReviewItemTable]:
    """Return all questions that wait for an answer, oldest first, in the order of their receipts."""
    return session.scalars(
        select(ReviewItemTable)
        .join(OrderLineTable, OrderLineTable.id == ReviewItemTable.line_id)
        .where(ReviewItemTable.state == ReviewState.OPEN)
        .order_by(ReviewItemTable.opened_at, ReviewItemTable.order_id, OrderLineTable.n)
    ).all()


def overdue_review_items(session: Session, at: datetime) -> Sequence[ReviewItemTable]:
    """Return the open questions whose time is over."""
    return [item for item in open_review_items(session) if item.expires_at <= at]


def open_review_items_of(session: Session, order_id: str) -> int:
    """Count the open questions about one order."""
    found = select(func.count()).where(
        ReviewItemTable.order_id == order_id, ReviewItemTable.state == ReviewState.OPEN
    )
    return session.scalar(found) or 0


def order_line(session: Session, line_id: str) -> OrderLineTable:
    """Return an order line that exists."""
    return session.get_one(OrderLineTable, line_id)


def refund_by_key(session: Session, order_id: str, idempotency_key: str) -> RefundTable | None:
    """Find a refund that was asked for before."""
    return session.scalar(
        select(RefundTable).where(
            RefundTable.order_id == order_id, RefundTable.idempotency_key == idempotency_key
        )
    )


def refund_attempts(session: Session, refund_id: str) -> Sequence[PaymentAttemptTable]:
    """Return the movements of money of one refund."""
    return session.scalars(
        select(PaymentAttemptTable)
        .where(PaymentAttemptTable.refund_id == refund_id)
        .order_by(PaymentAttemptTable.n)
    ).all()


def refunded_quantities(session: Session, order_id: str) -> dict[str, int]:
    """Return how many units of each order line are refunded or being refunded."""
    refused = select(PaymentAttemptTable.refund_id).where(
        PaymentAttemptTable.order_id == order_id,
        PaymentAttemptTable.operation == Operation.REFUND,
        PaymentAttemptTable.state == AttemptState.DECLINED,
    )
    rows = session.execute(
        select(RefundLineTable.line_id, func.sum(RefundLineTable.quantity))
        .join(RefundTable, RefundTable.id == RefundLineTable.refund_id)
        .where(RefundTable.order_id == order_id, RefundTable.id.not_in(refused))
        .group_by(RefundLineTable.line_id)
    )
    return {line_id: int(quantity) for line_id, quantity in rows}


def ledger_entries(session: Session, order_id: str) -> Sequence[LedgerEntryTable]:
    """Return what was posted for one order."""
    return session.scalars(
        select(LedgerEntryTable)
        .join(PaymentAttemptTable, PaymentAttemptTable.id == LedgerEntryTable.attempt_id)
        .where(PaymentAttemptTable.order_id == order_id)
        .order_by(LedgerEntryTable.posted_at, LedgerEntryTable.ledger_account)
    ).all()
