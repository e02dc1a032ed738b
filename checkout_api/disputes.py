"""Routes and bookkeeping of complaints to banks: the money goes out, evidence goes in, the bank decides."""

import logging

from fastapi import APIRouter
from sqlalchemy.orm import Session

from checkout_api import ledger
from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, ManagerDep
from checkout_api.errors import ConflictError, NotFoundError
from checkout_api.money import Money
from checkout_api.payment_schemas import DisputeSchema, EvidenceSchema
from checkout_api.payment_tables import DisputeTable
from checkout_api.payments import DisputeEvidence, ProviderDispute
from checkout_api.repository import complaints, messages, orders
from checkout_api.states import DisputeState, LineState
from checkout_api.tables import OrderTable

logger = logging.getLogger(__name__)

router = APIRouter(tags=["disputes"])


@router.get("/v1/disputes")
def all_disputes(context: ContextDep, _manager: ManagerDep) -> list[DisputeSchema]:
    """Show the complaints, newest first."""
    with context.database.read() as session:
        return [_shown(row) for row in complaints.disputes(session)]


@router.get("/v1/disputes/{dispute_id}/evidence")
def evidence(context: ContextDep, _manager: ManagerDep, dispute_id: str) -> EvidenceSchema:
    """Show what can be told the bank: the receipt, when the visit was, who opened the gate and when."""
    _, found = _evidence(context, dispute_id)
    return EvidenceSchema(
        receipt_text=found.receipt_text, service_date=found.service_date, access_log=found.access_log
    )


@router.post("/v1/disputes/{dispute_id}/evidence", status_code=201)
def submit_evidence(context: ContextDep, _manager: ManagerDep, dispute_id: str) -> DisputeSchema:
    """Answer the complaint with that evidence; this can be done once."""
    state, found = _evidence(context, dispute_id)
    if state in {DisputeState.WON, DisputeState.LOST}:
        raise ConflictError("the bank has decided; evidence comes too late")
    context.gateway.submit_evidence(dispute_id, found, f"evidence:{dispute_id}")
    with context.database.write() as session:
        row = _existing(session, dispute_id)
        if row.state is DisputeState.OPEN:
            row.state = DisputeState.EVIDENCE_SENT
            row.evidence_due_at = None
        return _shown(row)


def follow_dispute(context: Context, dispute_id: str) -> None:
    """Ask the provider how a complaint stands and bring the books up to it; repeating changes nothing.

    Raises:
        GatewayUnavailableError: Ask again.
    """
    found = context.gateway.dispute(dispute_id)
    with context.database.write() as session:
        row = complaints.dispute(session, dispute_id) or _open(context, session, found)
        if row is not None and row.state in {DisputeState.OPEN, DisputeState.EVIDENCE_SENT}:
            row.evidence_due_at = found.evidence_due_at
            if found.outcome is not None:
                _close(context, session, row, store_wins=found.outcome)


def _open(context: Context, session: Session, found: ProviderDispute) -> DisputeTable | None:
    attempt = orders.attempt_of_charge(session, found.charge_id)
    if attempt is None or attempt.order_id is None:
        logger.error("dispute %s is about charge %s, which is not ours", found.dispute_id, found.charge_id)
        return None
    now = context.clock()
    row = DisputeTable(
        id=found.dispute_id,
        order_id=attempt.order_id,
        attempt_id=attempt.id,
        amount_minor=found.amount.minor_units,
        currency=found.amount.currency,
        reason=found.reason,
        state=DisputeState.OPEN,
        evidence_due_at=found.evidence_due_at,
        opened_at=now,
        closed_at=None,
    )
    session.add(row)
    entries = ledger.dispute_entries(row.amount_minor)
    orders.post(session, f"{row.id}:opened", row.order_id, row.currency, entries, now)
    messages.tell(session, context.new_id(), "dispute.opened", row.order_id, now)
    session.flush()
    return row


def _close(context: Context, session: Session, row: DisputeTable, *, store_wins: bool) -> None:
    now = context.clock()
    row.state = DisputeState.WON if store_wins else DisputeState.LOST
    row.closed_at = now
    make = ledger.dispute_won_entries if store_wins else ledger.dispute_lost_entries
    orders.post(session, f"{row.id}:{row.state}", row.order_id, row.currency, make(row.amount_minor), now)
    messages.tell(session, context.new_id(), f"dispute.{row.state}", row.order_id, now)


def _evidence(context: Context, dispute_id: str) -> tuple[DisputeState, DisputeEvidence]:
    with context.database.read() as session:
        row = _existing(session, dispute_id)
        order = orders.order(session, row.order_id)
        if order is None:
            raise NotFoundError(f"there is no order {row.order_id!r}")
        return row.state, DisputeEvidence(
            receipt_text=_receipt_text(session, order),
            service_date=f"{order.started_at:%Y-%m-%d}",
            access_log=_access_log(session, order),
        )


def _receipt_text(session: Session, order: OrderTable) -> str:
    rows = [f"Receipt {order.receipt_number} of store {order.store_id}, {order.ended_at:%Y-%m-%d %H:%M} UTC"]
    for line in orders.lines(session, order.id):
        if line.state is LineState.BILLED:
            amount = Money(line.net_minor + line.tax_minor, order.currency)
            rows.append(
                f"{line.quantity} x {line.name}: {amount} (seen with confidence {line.confidence:.2f})"
            )
    return "\n".join(rows)


def _access_log(session: Session, order: OrderTable) -> str:
    rows = [
        f"{event.happened_at:%Y-%m-%d %H:%M:%S} UTC: gate {event.location} opened on the account's own"
        " signed, single-use code"
        for event in complaints.auth_events(session, order.visit_id)
    ]
    return "\n".join([*rows, f"{order.ended_at:%Y-%m-%d %H:%M:%S} UTC: left the store"])


def _existing(session: Session, dispute_id: str) -> DisputeTable:
    row = complaints.dispute(session, dispute_id)
    if row is None:
        raise NotFoundError(f"there is no dispute {dispute_id!r}")
    return row


def _shown(row: DisputeTable) -> DisputeSchema:
    return DisputeSchema(
        dispute_id=row.id,
        order_id=row.order_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        reason=row.reason,
        state=row.state,
        evidence_due_at=row.evidence_due_at,
    )
