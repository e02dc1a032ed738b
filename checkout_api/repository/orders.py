"""Queries about orders, their lines, questions, refunds and ledger entries; and about payment attempts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from checkout_api.ledger import Entry, LedgerAccount, is_balanced
from checkout_api.payment_tables import ReceiptCounterTable
from checkout_api.states import (
    FINAL_ATTEMPT_STATES,
    TAKES_MONEY,
    UNPAID_ORDER_STATES,
    AttemptState,
    LineState,
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
    """Tell whether an order of this account is not paid and needs the shopper for it."""
    due = select(OrderTable.id).where(
        OrderTable.account_id == account_id, OrderTable.state.in_(UNPAID_ORDER_STATES)
    )
    return session.scalar(due.limit(1)) is not None


def declined_orders(session: Session) -> Sequence[OrderTable]:
    """Return the orders whose payment was declined, locked for this transaction."""
    return session.scalars(
        select(OrderTable)
        .where(OrderTable.state == OrderState.PAYMENT_DUE)
        .order_by(OrderTable.id)
        .with_for_update(skip_locked=True)
    ).all()


def next_receipt_number(session: Session, store_id: str) -> int:
    """Return the store's next receipt number; others wait for it until this transaction ends."""
    taken = _count_receipt(session, store_id)
    if taken is None:
        try:
            with session.begin_nested():
                session.add(ReceiptCounterTable(store_id=store_id, last=0))
        except IntegrityError:
            # Another order began the store's numbering at the same time.
            session.expire_all()
        taken = _count_receipt(session, store_id)
    return taken or 1


def _count_receipt(session: Session, store_id: str) -> int | None:
    return session.execute(
        update(ReceiptCounterTable)
        .where(ReceiptCounterTable.store_id == store_id)
        .values(last=ReceiptCounterTable.last + 1)
        .returning(ReceiptCounterTable.last)
        .execution_options(synchronize_session=False)
    ).scalar()


def lines(session: Session, order_id: str) -> Sequence[OrderLineTable]:
    """Return the lines of an order in their order."""
    return session.scalars(
        select(OrderLineTable).where(OrderLineTable.order_id == order_id).order_by(OrderLineTable.n)
    ).all()


def billed_lines(session: Session, order_id: str) -> Sequence[OrderLineTable]:
    """Return the lines of an order that the shopper pays for."""
    return [line for line in lines(session, order_id) if line.state is LineState.BILLED]


def attempts(session: Session, order_id: str) -> Sequence[PaymentAttemptTable]:
    """Return the payment attempts of an order, oldest first."""
    return session.scalars(
        select(PaymentAttemptTable)
        .where(PaymentAttemptTable.order_id == order_id)
        .order_by(PaymentAttemptTable.planned_at, PaymentAttemptTable.n)
    ).all()


def locked_attempts(session: Session, attempt_ids: Sequence[str]) -> Sequence[PaymentAttemptTable]:
    """Return these payment attempts, locked for this transaction, in an order that is always the same."""
    return session.scalars(
        select(PaymentAttemptTable)
        .where(PaymentAttemptTable.id.in_(attempt_ids))
        .order_by(PaymentAttemptTable.id)
        .with_for_update()
    ).all()


def attempt_of_charge(session: Session, charge_id: str) -> PaymentAttemptTable | None:
    """Find the attempt that took, or takes, the money of a provider's charge; else its hold."""
    found = session.scalars(
        select(PaymentAttemptTable)
        .where(PaymentAttemptTable.charge_id == charge_id, PaymentAttemptTable.operation != Operation.REFUND)
        .order_by(PaymentAttemptTable.planned_at)
    ).all()
    return next((row for row in found if row.operation in TAKES_MONEY), found[0] if found else None)


def attempts_of_charge(session: Session, charge_id: str) -> Sequence[PaymentAttemptTable]:
    """Return every attempt that names a provider's charge, oldest first."""
    return session.scalars(
        select(PaymentAttemptTable)
        .where(PaymentAttemptTable.charge_id == charge_id)
        .order_by(PaymentAttemptTable.planned_at)
    ).all()


def charge_ids(session: Session, attempt_ids: Sequence[str]) -> dict[str, str]:
    """Return the provider's id of each attempt that has one."""
    rows = session.execute(
        select(PaymentAttemptTable.id, PaymentAttemptTable.charge_id).where(
            PaymentAttemptTable.id.in_(attempt_ids), PaymentAttemptTable.charge_id.is_not(None)
        )
    )
    return {attempt_id: charge_id for attempt_id, charge_id in rows if charge_id is not None}


def unfinished_attempt_ids(session: Session) -> Sequence[str]:
    """Return every payment attempt whose outcome is open, the one that waited longest first."""
    return session.scalars(
        select(PaymentAttemptTable.id)
        .where(PaymentAttemptTable.state.not_in(FINAL_ATTEMPT_STATES))
        .order_by(func.coalesce(PaymentAttemptTable.sent_at, PaymentAttemptTable.planned_at))
    ).all()


def due_attempt_ids(session: Session, at: datetime, max_tries: int) -> Sequence[str]:
    """Return the open payment attempts that are to be tried now, the one that waited longest first."""
    return session.scalars(
        select(PaymentAttemptTable.id)
        .where(
            PaymentAttemptTable.state.not_in(FINAL_ATTEMPT_STATES),
            PaymentAttemptTable.next_try_at <= at,
            PaymentAttemptTable.tries < max_tries,
        )
        .order_by(PaymentAttemptTable.next_try_at)
        .limit(500)
    ).all()


def unfinished_attempts_of(session: Session, order_id: str) -> Sequence[str]:
    """Return the attempts of one order whose outcome is open, oldest first."""
    return [row.id for row in attempts(session, order_id) if row.state not in FINAL_ATTEMPT_STATES]


def open_holds(session: Session, account_id: str) -> Sequence[PaymentAttemptTable]:
    """Return the holds of an account that no order has ended, newest first, locked for this transaction."""
    ended = (
        select(PaymentAttemptTable.hold_id)
        .where(
            PaymentAttemptTable.account_id == account_id,
            PaymentAttemptTable.hold_id.is_not(None),
            PaymentAttemptTable.state != AttemptState.DECLINED,
        )
        .scalar_subquery()
    )
    return session.scalars(
        select(PaymentAttemptTable)
        .where(
            PaymentAttemptTable.account_id == account_id,
            PaymentAttemptTable.operation == Operation.HOLD,
            PaymentAttemptTable.state.not_in((AttemptState.DECLINED, AttemptState.CANCELED)),
            PaymentAttemptTable.id.not_in(ended),
        )
        .order_by(PaymentAttemptTable.planned_at.desc())
        .with_for_update()
    ).all()


def usable_hold(
    session: Session, account_id: str, currency: str, until: datetime
) -> PaymentAttemptTable | None:
    """Find reserved money of an account that lasts beyond `until`, the oldest of several."""
    usable = [
        row
        for row in open_holds(session, account_id)
        if row.state is AttemptState.HELD
        and row.currency == currency
        and (row.capture_before is None or row.capture_before > until)
    ]
    return usable[-1] if usable else None


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


def post(
    session: Session,
    transaction_id: str,
    order_id: str,
    currency: str,
    entries: Sequence[Entry],
    at: datetime,
) -> None:
    """Write one transaction into the ledger.

    Raises:
        ValueError: If debits and credits differ.
    """
    if not is_balanced(entries):
        raise ValueError(f"the entries of {transaction_id} do not add up to zero: {entries}")
    session.add_all(
        LedgerEntryTable(
            transaction_id=transaction_id,
            ledger_account=entry.account.value,
            order_id=order_id,
            amount_minor=entry.amount_minor,
            currency=currency,
            posted_at=at,
        )
        for entry in entries
    )


def ledger_entries(session: Session, order_id: str) -> Sequence[LedgerEntryTable]:
    """Return what was posted for one order."""
    return session.scalars(
        select(LedgerEntryTable)
        .where(LedgerEntryTable.order_id == order_id)
        .order_by(LedgerEntryTable.posted_at, LedgerEntryTable.ledger_account)
    ).all()


def ledger_total(session: Session, account: LedgerAccount) -> int:
    """Return what one account of the ledger holds, in minor units, over all orders."""
    total = select(func.sum(LedgerEntryTable.amount_minor)).where(
        LedgerEntryTable.ledger_account == account.value
    )
    return int(session.scalar(total) or 0)


def old_holds(session: Session, before: datetime) -> Sequence[PaymentAttemptTable]:
    """Return reserved money from before a moment that nothing has ended, locked for this transaction."""
    ended = select(PaymentAttemptTable.hold_id).where(
        PaymentAttemptTable.hold_id.is_not(None), PaymentAttemptTable.state != AttemptState.DECLINED
    )
    return session.scalars(
        select(PaymentAttemptTable)
        .where(
            PaymentAttemptTable.operation == Operation.HOLD,
            PaymentAttemptTable.state == AttemptState.HELD,
            PaymentAttemptTable.planned_at < before,
            PaymentAttemptTable.id.not_in(ended),
        )
        .order_by(PaymentAttemptTable.id)
        .with_for_update(skip_locked=True)
    ).all()
