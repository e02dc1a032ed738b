"""Queries about audits, and the labels that people gave."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from checkout_api.states import ReviewState
from checkout_api.tables import OrderLineTable, OrderTable, ReviewItemTable
from checkout_api.visit_states import AuditState
from checkout_api.visit_tables import AuditFindingTable, AuditTable


def audit(session: Session, audit_id: str) -> AuditTable | None:
    """Find an audit, locked for this transaction."""
    return session.get(AuditTable, audit_id, with_for_update=True)


def open_audits(session: Session) -> Sequence[AuditTable]:
    """Return the audits that wait for an answer, oldest first."""
    return session.scalars(
        select(AuditTable)
        .where(AuditTable.state == AuditState.OPEN)
        .order_by(AuditTable.opened_at, AuditTable.id)
    ).all()


def findings(session: Session, audit_id: str) -> Sequence[AuditFindingTable]:
    """Return what an audit found, by product."""
    return session.scalars(
        select(AuditFindingTable)
        .where(AuditFindingTable.audit_id == audit_id)
        .order_by(AuditFindingTable.sku)
    ).all()


def answered_questions(
    session: Session, after: datetime, limit: int
) -> Sequence[Row[ReviewItemTable, OrderLineTable, OrderTable]]:
    """Return the questions that a person answered after a moment, with their lines, in that order."""
    return session.execute(
        select(ReviewItemTable, OrderLineTable, OrderTable)
        .join(OrderLineTable, OrderLineTable.id == ReviewItemTable.line_id)
        .join(OrderTable, OrderTable.id == ReviewItemTable.order_id)
        .where(
            ReviewItemTable.state.in_((ReviewState.CHARGED, ReviewState.DROPPED)),
            ReviewItemTable.answered_at > after,
        )
        .order_by(ReviewItemTable.answered_at, ReviewItemTable.id)
        .limit(limit)
    ).all()


def answered_audits(
    session: Session, after: datetime, limit: int
) -> Sequence[Row[AuditFindingTable, AuditTable, OrderTable]]:
    """Return all findings of so many audits that were answered after a moment, in that order."""
    ids = (
        select(AuditTable.id)
        .where(AuditTable.state == AuditState.ANSWERED, AuditTable.answered_at > after)
        .order_by(AuditTable.answered_at, AuditTable.id)
        .limit(limit)
    )
    return session.execute(
        select(AuditFindingTable, AuditTable, OrderTable)
        .join(AuditTable, AuditTable.id == AuditFindingTable.audit_id)
        .join(OrderTable, OrderTable.id == AuditTable.order_id)
        .where(AuditTable.id.in_(ids))
        .order_by(AuditTable.answered_at, AuditTable.id, AuditFindingTable.sku)
    ).all()


def confidence_of(session: Session, order_id: str, sku: str) -> float | None:
    """Return how sure the store was of a product; the least of its lines, None if it saw none."""
    found = session.scalars(
        select(OrderLineTable.confidence).where(
            OrderLineTable.order_id == order_id, OrderLineTable.sku == sku
        )
    ).all()
    return min(found, default=None)
