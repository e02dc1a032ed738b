"""Which money an order still needs, as payment attempts; and what state that leaves the order in.

Nothing here talks to the payment provider; `settlement` does, after all of this is committed. The ladder:
what a hold covers is captured, the rest is charged without the shopper; when the shopper's bank wants to see
them, they pay on its page; what is declined is a debt that keeps the gate shut.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from checkout_api.context import Context
from checkout_api.payments import AUTHENTICATION_REQUIRED
from checkout_api.repository import accounts, messages, orders
from checkout_api.states import (
    FINAL_ATTEMPT_STATES,
    TAKES_MONEY,
    AttemptState,
    LineState,
    Operation,
    OrderState,
    Purpose,
)
from checkout_api.tables import OrderLineTable, OrderTable, PaymentAttemptTable

# Lines carry these purposes; what a hold did not cover of the exit is charged as the rest.
LINE_PURPOSES = (Purpose.EXIT, Purpose.REVIEW, Purpose.CONTEST)
# A hold that runs out within this time is not counted on: the capture may come later than now.
_HOLD_MARGIN = timedelta(hours=1)
# Declines that time may heal, as card networks name them; all others need another card.
_SOFT_DECLINES = {"insufficient_funds", "try_again_later", "processing_error", "issuer_not_available"}
# A declined order is tried again after these times, and then no more: networks fine merchants who go on.
DUNNING_DELAYS = (timedelta(days=1), timedelta(days=3), timedelta(days=7))


@dataclass(frozen=True, slots=True)
class OrderBook:
    """What is written about one order, read once; what is planned within the transaction is added.

    Attributes:
        lines: In the order of the receipt.
        attempts: Oldest first.
        open_questions: How many questions about its lines a person has not answered.
    """

    order: OrderTable
    lines: Sequence[OrderLineTable]
    attempts: list[PaymentAttemptTable]
    open_questions: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What the payment attempts of one order add up to, in minor units."""

    charged_minor: int
    refunded_minor: int


@dataclass(frozen=True, slots=True)
class Due:
    """What one purpose of an order still needs, in minor units, and under which purpose to charge it."""

    purpose: Purpose
    amount_minor: int
    tax_minor: int


def plan_exit(context: Context, session: Session, order: OrderTable) -> None:
    """Write down how the sure lines of a fresh order are paid: from the hold, without one, or not at all."""
    hold = orders.usable_hold(session, order.account_id, order.currency, context.clock() + _HOLD_MARGIN)
    if hold is None:
        plan_charge(context, session, order, Purpose.EXIT)
        return
    book = _read(session, order)
    due = next(iter(dues(book)), None)
    if due is None:
        plan_release(context, session, hold, order.id)
    else:
        captured_minor = min(due.amount_minor, hold.amount_minor)
        tax = share(due.tax_minor, captured_minor, due.amount_minor)
        _add(context, session, book, Operation.CAPTURE, Due(Purpose.EXIT, captured_minor, tax), hold=hold)
        if due.amount_minor > captured_minor:
            rest = Due(Purpose.REST, due.amount_minor - captured_minor, due.tax_minor - tax)
            _charge(context, session, book, rest, None)
    session.flush()
    _refresh(context, session, book)


def plan_charge(
    context: Context,
    session: Session,
    order: OrderTable,
    purpose: Purpose | None,
    *,
    return_url: str | None = None,
) -> None:
    """Write down the intent to charge what the billed lines of one purpose still need, if anything.

    Without a payment method nothing is planned and the order is due.

    Args:
        context: The checkout.
        session: Of the transaction.
        order: Which, locked.
        purpose: None for all of them.
        return_url: The shopper's bank may ask them something and sends them back there; without one nobody
            is there to be asked.
    """
    book = _read(session, order)
    for due in dues(book):
        if purpose is None or due.purpose in charged_as(purpose):
            _charge(context, session, book, due, return_url)
    session.flush()
    _refresh(context, session, book)


def follow_up(context: Context, session: Session, order: OrderTable, expired_ids: Collection[str]) -> None:
    """Bring an order up to date after its attempts have ended.

    What was to be captured from a hold that had run out, by the attempts `expired_ids`, is charged without.
    """
    book = _read(session, order)
    for row in book.attempts.copy():
        if row.id in expired_ids and row.operation is Operation.CAPTURE:
            _charge(context, session, book, Due(row.purpose, row.amount_minor, row.tax_minor), None)
    session.flush()
    _refresh(context, session, book)


def plan_release(context: Context, session: Session, hold: PaymentAttemptTable, order_id: str | None) -> None:
    """Write down the intent to free a hold."""
    attempt_id = context.new_id()
    now = context.clock()
    session.add(
        PaymentAttemptTable(
            id=attempt_id,
            order_id=order_id,
            account_id=hold.account_id,
            hold_id=hold.id,
            operation=Operation.CANCEL,
            purpose=Purpose.RELEASE,
            n=1,
            amount_minor=hold.amount_minor,
            tax_minor=0,
            currency=hold.currency,
            payment_method_id=hold.payment_method_id,
            idempotency_key=f"cancel:{attempt_id}",
            charge_id=hold.charge_id,
            state=AttemptState.PLANNED,
            planned_at=now,
            next_try_at=now,
            tries=0,
        )
    )


def plan_dunning(context: Context) -> int:
    """Plan another charge of orders whose decline may have healed, and return how many."""
    now = context.clock()
    planned = 0
    with context.database.write() as session:
        for order in orders.declined_orders(session):
            charges = [row for row in orders.attempts(session, order.id) if row.operation is Operation.CHARGE]
            last = charges[-1] if charges else None
            if last is None or last.decline_code not in _SOFT_DECLINES or last.finished_at is None:
                continue
            n_tries = sum(row.purpose is last.purpose for row in charges)
            if n_tries > len(DUNNING_DELAYS) or now < last.finished_at + DUNNING_DELAYS[n_tries - 1]:
                continue
            plan_charge(context, session, order, last.purpose)
            planned += 1
    return planned


def dues(book: OrderBook) -> list[Due]:
    """Return what an order still needs beyond what is taken or on its way, by purpose."""
    attempts = [row for row in book.attempts if row.operation in TAKES_MONEY]
    lines = [line for line in book.lines if line.state is LineState.BILLED]
    found = []
    for purpose in LINE_PURPOSES:
        if purpose is Purpose.REVIEW and book.open_questions > 0:
            # What a person confirms is charged in one go, when all questions are answered.
            continue
        billed = [line for line in lines if line.purpose is purpose]
        mine = [row for row in attempts if row.purpose in charged_as(purpose)]
        done = [row for row in mine if row.state not in {AttemptState.DECLINED, AttemptState.CANCELED}]
        amount = _gross(billed) - sum(row.amount_minor for row in done)
        if amount > 0:
            is_rest = any(row.purpose is purpose for row in done)
            tax = sum(line.tax_minor for line in billed) - sum(row.tax_minor for row in done)
            found.append(Due(Purpose.REST if is_rest else purpose, amount, tax))
    return found


def refresh_state(context: Context, session: Session, order: OrderTable) -> None:
    """Bring an order's state up to date; a change is told to whoever listens."""
    _refresh(context, session, _read(session, order))


def derive_state(book: OrderBook) -> OrderState:
    """Return what an order waits for, from its lines, questions and payment attempts."""
    taking = [row for row in book.attempts if row.operation in TAKES_MONEY]
    if any(row.state is AttemptState.ACTION_REQUIRED for row in taking):
        return OrderState.ACTION_REQUIRED
    if any(row.state not in FINAL_ATTEMPT_STATES for row in taking):
        return OrderState.PENDING
    if dues(book):
        last = taking[-1] if taking else None
        needs_shopper = last is not None and last.decline_code == AUTHENTICATION_REQUIRED
        return OrderState.ACTION_REQUIRED if needs_shopper else OrderState.PAYMENT_DUE
    return _settled_state(book)


def balance_of(attempts: Sequence[PaymentAttemptTable]) -> Balance:
    """Add up what the provider confirmed."""
    done = [row for row in attempts if row.state is AttemptState.CAPTURED]
    return Balance(
        charged_minor=sum(row.amount_minor for row in done if row.operation in TAKES_MONEY),
        refunded_minor=sum(row.amount_minor for row in done if row.operation is Operation.REFUND),
    )


def captured(attempts: Sequence[PaymentAttemptTable]) -> list[PaymentAttemptTable]:
    """Return those attempts of an order that took money."""
    return [row for row in attempts if row.operation in TAKES_MONEY and row.state is AttemptState.CAPTURED]


def share(part_minor: int, amount_minor: int, whole_minor: int) -> int:
    """Return the part that belongs to `amount_minor` out of `whole_minor`, rounded half up."""
    return (2 * part_minor * amount_minor + whole_minor) // (2 * whole_minor)


def _read(session: Session, order: OrderTable) -> OrderBook:
    return OrderBook(
        order,
        orders.lines(session, order.id),
        list(orders.attempts(session, order.id)),
        orders.open_review_items_of(session, order.id),
    )


def _refresh(context: Context, session: Session, book: OrderBook) -> None:
    state = derive_state(book)
    if state is not book.order.state:
        book.order.state = state
        messages.tell(session, context.new_id(), f"order.{state}", book.order.id, context.clock())


def _settled_state(book: OrderBook) -> OrderState:
    balance = balance_of(book.attempts)
    if balance.refunded_minor > 0:
        is_all = balance.refunded_minor == balance.charged_minor
        return OrderState.REFUNDED if is_all else OrderState.PARTLY_REFUNDED
    if any(line.state is LineState.BILLED for line in book.lines):
        return OrderState.PAID
    return OrderState.IN_REVIEW if book.open_questions else OrderState.NO_PURCHASE


def charged_as(purpose: Purpose) -> tuple[Purpose, ...]:
    """Return the purposes under which money for lines of one purpose is taken."""
    return (Purpose.EXIT, Purpose.REST) if purpose in {Purpose.EXIT, Purpose.REST} else (purpose,)


def _gross(lines: Sequence[OrderLineTable]) -> int:
    return sum(line.net_minor + line.tax_minor for line in lines)


def _charge(context: Context, session: Session, book: OrderBook, due: Due, return_url: str | None) -> None:
    method = accounts.newest_payment_method(session, book.order.account_id)
    if method is not None:
        _add(context, session, book, Operation.CHARGE, due, method_id=method.id, return_url=return_url)


def _add(
    context: Context,
    session: Session,
    book: OrderBook,
    operation: Operation,
    due: Due,
    *,
    hold: PaymentAttemptTable | None = None,
    method_id: str = "",
    return_url: str | None = None,
) -> None:
    attempt_id = context.new_id()
    now = context.clock()
    attempt = PaymentAttemptTable(
        id=attempt_id,
        order_id=book.order.id,
        account_id=book.order.account_id,
        hold_id=hold.id if hold else None,
        operation=operation,
        purpose=due.purpose,
        n=sum(row.purpose is due.purpose for row in book.attempts) + 1,
        amount_minor=due.amount_minor,
        tax_minor=due.tax_minor,
        currency=book.order.currency,
        payment_method_id=hold.payment_method_id if hold else method_id,
        idempotency_key=f"{operation}:{attempt_id}",
        charge_id=hold.charge_id if hold else None,
        state=AttemptState.PLANNED,
        planned_at=now,
        next_try_at=now,
        tries=0,
        return_url=return_url,
    )
    session.add(attempt)
    book.attempts.append(attempt)
