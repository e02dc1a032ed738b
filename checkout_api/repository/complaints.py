"""Queries about contests of receipts, complaints to banks, and findings of the reconciliation."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from checkout_api.payment_tables import ContestTable, DisputeTable, FindingTable
from checkout_api.states import AttemptState, ContestState, OrderState
from checkout_api.tables import AuthEventTable, OrderTable, PaymentAttemptTable


def contest(session: Session, contest_id: str) -> ContestTable | None:
    """Find a contest, locked for this transaction."""
    return session.get(ContestTable, contest_id, with_for_update=True)


def contest_by_key(session: Session, order_id: str, idempotency_key: str) -> ContestTable | None:
    """Find a contest that was sent before."""
    return session.scalar(
        select(ContestTable).where(
            ContestTable.order_id == order_id, ContestTable.idempotency_key == idempotency_key
        )
    )


def contests_of(session: Session, order_id: str) -> Sequence[ContestTable]:
    """Return the contests of one receipt, oldest first."""
    return session.scalars(
        select(ContestTable)
        .where(ContestTable.order_id == order_id)
        .order_by(ContestTable.opened_at, ContestTable.id)
    ).all()


def open_contests(session: Session) -> Sequence[ContestTable]:
    """Return the contests that wait for an answer, oldest first."""
    return session.scalars(
        select(ContestTable)
        .where(ContestTable.state == ContestState.OPEN)
        .order_by(ContestTable.opened_at, ContestTable.id)
    ).all()


def dispute(session: Session, dispute_id: str) -> DisputeTable | None:
    """Find a complaint to a bank, locked for this transaction."""
    return session.get(DisputeTable, dispute_id, with_for_update=True)


def disputes(session: Session) -> Sequence[DisputeTable]:
    """Return all complaints to banks, newest first."""
    return session.scalars(
        select(DisputeTable).order_by(DisputeTable.opened_at.desc(), DisputeTable.id)
    ).all()


def auth_events(session: Session, visit_id: str) -> Sequence[AuthEventTable]:
    """Return the openings of the gate that a visit began with."""
    return session.scalars(
        select(AuthEventTable)
        .where(AuthEventTable.visit_id == visit_id)
        .order_by(AuthEventTable.happened_at, AuthEventTable.id)
    ).all()


def finding(session: Session, charge_id: str, kind: str) -> FindingTable | None:
    """Find a difference that was noticed before."""
    return session.scalar(
        select(FindingTable).where(FindingTable.charge_id == charge_id, FindingTable.kind == kind)
    )


def open_findings(session: Session) -> Sequence[FindingTable]:
    """Return the differences that nobody has resolved, oldest first."""
    return session.scalars(
        select(FindingTable)
        .where(FindingTable.resolved_at.is_(None))
        .order_by(FindingTable.found_at, FindingTable.charge_id)
    ).all()


def stale_attempts(session: Session, before: datetime) -> Sequence[PaymentAttemptTable]:
    """Return the payment attempts from before a moment whose outcome nobody knows."""
    open_states = (AttemptState.PLANNED, AttemptState.SENT, AttemptState.UNKNOWN)
    return session.scalars(
        select(PaymentAttemptTable)
        .where(PaymentAttemptTable.state.in_(open_states), PaymentAttemptTable.planned_at < before)
        .order_by(PaymentAttemptTable.planned_at)
    ).all()


def paid_without_money(session: Session) -> Sequence[OrderTable]:
    """Return orders that are called paid although no attempt of them took money and they cost something."""
    taken = select(PaymentAttemptTable.order_id).where(
        PaymentAttemptTable.order_id.is_not(None), PaymentAttemptTable.state == AttemptState.CAPTURED
    )
    return session.scalars(
        select(OrderTable).where(OrderTable.state == OrderState.PAID, OrderTable.id.not_in(taken))
    ).all()
