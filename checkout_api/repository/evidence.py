"""Queries about evidence and who looked at it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, undefer

from checkout_api.tables import VisitTable
from checkout_api.visit_tables import EvidenceAccessTable, EvidenceTable


def evidence(session: Session, evidence_id: str) -> EvidenceTable | None:
    """Find a piece of evidence, with its content."""
    return session.get(EvidenceTable, evidence_id, options=[undefer(EvidenceTable.content)])


def evidence_of_visit(session: Session, visit_id: str) -> Sequence[EvidenceTable]:
    """Return the evidence of a visit, oldest first, without the content."""
    return session.scalars(
        select(EvidenceTable)
        .where(EvidenceTable.visit_id == visit_id)
        .order_by(EvidenceTable.happened_at, EvidenceTable.id)
    ).all()


def accesses_of_visit(session: Session, visit_id: str) -> Sequence[EvidenceAccessTable]:
    """Return who looked at the evidence of a visit, oldest first."""
    return session.scalars(
        select(EvidenceAccessTable)
        .where(EvidenceAccessTable.visit_id == visit_id)
        .order_by(EvidenceAccessTable.accessed_at, EvidenceAccessTable.id)
    ).all()


def accesses_of_account(session: Session, account_id: str) -> Sequence[EvidenceAccessTable]:
    """Return who looked at the evidence of an account's visits, oldest first."""
    return session.scalars(
        select(EvidenceAccessTable)
        .join(VisitTable, VisitTable.id == EvidenceAccessTable.visit_id)
        .where(VisitTable.account_id == account_id)
        .order_by(EvidenceAccessTable.accessed_at, EvidenceAccessTable.id)
    ).all()


def forget_expired(session: Session, at: datetime) -> int:
    """Delete the evidence whose time is over and return how many."""
    expired = select(EvidenceTable.id).where(EvidenceTable.expires_at <= at)
    ids = session.scalars(expired).all()
    session.execute(delete(EvidenceTable).where(EvidenceTable.id.in_(ids)))
    return len(ids)


def forget_account(session: Session, account_id: str) -> None:
    """Delete all evidence of an account's visits."""
    visits = select(VisitTable.id).where(VisitTable.account_id == account_id)
    session.execute(delete(EvidenceTable).where(EvidenceTable.visit_id.in_(visits)))
