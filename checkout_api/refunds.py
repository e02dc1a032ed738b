"""Route: money back. All refunds of an order together never exceed what was charged."""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Header
from sqlalchemy.orm import Session

from checkout_api.charges import captured, charged_as, share
from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, StaffDep
from checkout_api.errors import InvalidRequestError, NotFoundError, RefundTooLargeError, TripConflictError
from checkout_api.money import allocate
from checkout_api.repository import orders
from checkout_api.schemas import RefundLine, RefundRequestBody, RefundSchema
from checkout_api.settlement import settle_order
from checkout_api.states import FINAL_ATTEMPT_STATES, AttemptState, LineState, Operation, Purpose
from checkout_api.tables import (
    OrderLineTable,
    OrderTable,
    PaymentAttemptTable,
    RefundLineTable,
    RefundTable,
)
from checkout_api.tokens import Person

router = APIRouter(tags=["orders"])

IdempotencyKey = Annotated[
    str,
    Header(min_length=1, max_length=255, description="The same key makes one refund, however often sent."),
]


@dataclass(slots=True)
class _Left:
    """What can still be given back of one charge."""

    charge: PaymentAttemptTable
    amount_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class _Part:
    """What a refund gives back of one charge."""

    charge: PaymentAttemptTable
    amount_minor: int
    tax_minor: int


@router.post("/v1/orders/{order_id}/refunds", status_code=201)
def refund_order(
    context: ContextDep,
    staff: StaffDep,
    order_id: str,
    body: RefundRequestBody,
    idempotency_key: IdempotencyKey,
) -> RefundSchema:
    """Give back an amount, or units of lines."""
    refund_id = _plan(context, staff, order_id, body, idempotency_key)
    settle_order(context, order_id)
    with context.database.read() as session:
        return _shown(session, order_id, refund_id)


def plan_refund_of_line(
    context: Context,
    session: Session,
    order: OrderTable,
    staff: Person,
    line: OrderLineTable,
    quantity: int,
    idempotency_key: str,
) -> None:
    """Write down the refund of units of one line, as a contest that was accepted asks for.

    Raises:
        RefundTooLargeError: If they were refunded before.
    """
    wanted = [RefundLine(line_id=line.id, quantity=quantity)]
    body = RefundRequestBody(lines=wanted, reason="contested by the shopper")
    parts = _parts_of_lines(session, order, wanted, _left(session, order.id))
    _write(context, session, order.id, staff, body, idempotency_key, parts)


def _plan(
    context: Context, staff: Person, order_id: str, body: RefundRequestBody, idempotency_key: str
) -> str:
    with context.database.write() as session:
        order = orders.order(session, order_id, lock=True)
        if order is None:
            raise NotFoundError(f"there is no order {order_id!r}")
        known = orders.refund_by_key(session, order_id, idempotency_key)
        if known is not None:
            if known.body_sha256 != _fingerprint(body):
                raise TripConflictError("this Idempotency-Key was used for another refund; use a fresh one")
            return known.id
        left = _left(session, order_id)
        if body.lines is not None:
            parts = _parts_of_lines(session, order, body.lines, left)
        else:
            parts = _parts_of_amount(body.amount_minor or 0, left)
        return _write(context, session, order_id, staff, body, idempotency_key, parts)


def _write(
    context: Context,
    session: Session,
    order_id: str,
    staff: Person,
    body: RefundRequestBody,
    idempotency_key: str,
    parts: list[_Part],
) -> str:
    refund = RefundTable(
        id=context.new_id(),
        order_id=order_id,
        idempotency_key=idempotency_key,
        body_sha256=_fingerprint(body),
        reason=body.reason,
        requested_by=staff.account_id,
        requested_at=context.clock(),
    )
    session.add(refund)
    session.flush()
    session.add_all(
        RefundLineTable(refund_id=refund.id, line_id=line.line_id, quantity=line.quantity)
        for line in body.lines or []
    )
    _add_attempts(context, session, refund, parts)
    return refund.id


def _fingerprint(body: RefundRequestBody) -> str:
    return hashlib.sha256(body.model_dump_json().encode()).hexdigest()


def _left(session: Session, order_id: str) -> list[_Left]:
    attempts = orders.attempts(session, order_id)
    left = [_Left(row, row.amount_minor, row.tax_minor) for row in captured(attempts)]
    by_charge_id = {entry.charge.charge_id: entry for entry in left}
    for row in attempts:
        # A refund whose outcome is open counts as made.
        if row.operation is Operation.REFUND and row.state is not AttemptState.DECLINED:
            by_charge_id[row.charge_id].amount_minor -= row.amount_minor
            by_charge_id[row.charge_id].tax_minor -= row.tax_minor
    return left


def _parts_of_amount(amount_minor: int, left: list[_Left]) -> list[_Part]:
    parts = []
    wanted = amount_minor
    for entry in left:
        part = min(wanted, entry.amount_minor)
        if part > 0:
            parts.append(_part(entry, part))
            wanted -= part
    if wanted > 0:
        raise RefundTooLargeError(
            f"{amount_minor} is more than the {amount_minor - wanted} that can be refunded; ask for less"
        )
    return parts


def _parts_of_lines(
    session: Session, order: OrderTable, wanted: list[RefundLine], left: list[_Left]
) -> list[_Part]:
    lines = {line.id: line for line in orders.lines(session, order.id) if line.state is LineState.BILLED}
    done = orders.refunded_quantities(session, order.id)
    amounts: dict[Purpose, int] = {}
    for refund in wanted:
        line = lines.get(refund.line_id)
        if line is None:
            raise InvalidRequestError(f"the order has no billed line {refund.line_id!r}")
        first = done.get(line.id, 0)
        if first + refund.quantity > line.quantity:
            raise RefundTooLargeError(
                f"of {line.sku} only {line.quantity - first} can be refunded; ask for less"
            )
        units = allocate(line.net_minor + line.tax_minor, [1] * line.quantity)
        amounts[line.purpose] = amounts.get(line.purpose, 0) + sum(units[first : first + refund.quantity])
    parts: list[_Part] = []
    for purpose, amount_minor in amounts.items():
        charged = [entry for entry in left if entry.charge.purpose in charged_as(purpose)]
        parts += _parts_of_amount(amount_minor, charged)
    if not parts:
        raise InvalidRequestError("these lines cost nothing; there is nothing to refund")
    return parts


def _part(entry: _Left, amount_minor: int) -> _Part:
    return _Part(entry.charge, amount_minor, share(entry.tax_minor, amount_minor, entry.amount_minor))


def _add_attempts(context: Context, session: Session, refund: RefundTable, parts: list[_Part]) -> None:
    first = orders.count_attempts(session, refund.order_id, Purpose.REFUND) + 1
    now = context.clock()
    for n, part in enumerate(parts, start=first):
        attempt_id = context.new_id()
        session.add(
            PaymentAttemptTable(
                id=attempt_id,
                order_id=refund.order_id,
                account_id=part.charge.account_id,
                operation=Operation.REFUND,
                purpose=Purpose.REFUND,
                n=n,
                amount_minor=part.amount_minor,
                tax_minor=part.tax_minor,
                currency=part.charge.currency,
                payment_method_id=part.charge.payment_method_id,
                idempotency_key=f"refund:{attempt_id}",
                charge_id=part.charge.charge_id,
                refund_id=refund.id,
                state=AttemptState.PLANNED,
                planned_at=now,
                next_try_at=now,
                tries=0,
            )
        )
    session.flush()


def _shown(session: Session, order_id: str, refund_id: str) -> RefundSchema:
    attempts = orders.refund_attempts(session, refund_id)
    states = {row.state for row in attempts}
    status: Literal["pending", "succeeded", "refused"] = "succeeded"
    if AttemptState.DECLINED in states:
        status = "refused"
    elif not states <= set(FINAL_ATTEMPT_STATES):
        status = "pending"
    return RefundSchema(
        refund_id=refund_id,
        order_id=order_id,
        amount_minor=sum(row.amount_minor for row in attempts),
        currency=attempts[0].currency,
        status=status,
    )
