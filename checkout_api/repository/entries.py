"""Queries about entry passes, entries, and what stands for or against letting an account in."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from checkout_api.states import UNPAID_ORDER_STATES, OrderState, ReviewState, VisitState
from checkout_api.tables import OrderTable, ReviewItemTable, VisitTable
from checkout_api.visit_tables import EntryPassTable, EntryTable


def entry_pass(session: Session, pass_id: str, *, lock: bool = False) -> EntryPassTable | None:
    """Find a pass; locked, no other gate takes a place of it before this transaction ends."""
    return session.get(EntryPassTable, pass_id, with_for_update=lock)


def entry(session: Session, pass_id: str, code_n: int) -> EntryTable | None:
    """Find the one use of a code."""
    return session.get(EntryTable, (pass_id, code_n))


def places_taken(session: Session, pass_id: str) -> int:
    """Count who has come in on a pass."""
    return session.scalar(select(func.count()).where(EntryTable.pass_id == pass_id)) or 0


def open_visits(session: Session, account_id: str) -> int:
    """Count the visits of an account that have not ended."""
    found = select(func.count()).where(
        VisitTable.account_id == account_id, VisitTable.state == VisitState.INSIDE
    )
    return session.scalar(found) or 0


def visits_of_account(session: Session, account_id: str) -> Sequence[VisitTable]:
    """Return all visits of an account, oldest first."""
    return session.scalars(
        select(VisitTable).where(VisitTable.account_id == account_id).order_by(VisitTable.entered_at)
    ).all()


def has_paid_order(session: Session, account_id: str) -> bool:
    """Tell whether this account has ever paid an order."""
    paid = select(OrderTable.id).where(
        OrderTable.account_id == account_id, OrderTable.state == OrderState.PAID
    )
    return session.scalar(paid.limit(1)) is not None


def all_orders(session: Session, account_id: str) -> Sequence[OrderTable]:
    """Return every order of an account, oldest first."""
    return session.scalars(
        select(OrderTable).where(OrderTable.account_id == account_id).order_by(OrderTable.placed_at)
    ).all()


def has_open_order(session: Session, account_id: str) -> bool:
    """Tell whether money of this account is still to move, or a person still has to answer."""
    is_open = OrderTable.state.in_((OrderState.PENDING, OrderState.IN_REVIEW, *UNPAID_ORDER_STATES))
    asked = select(ReviewItemTable.order_id).where(ReviewItemTable.state == ReviewState.OPEN)
    found = select(OrderTable.id).where(
        OrderTable.account_id == account_id, is_open | OrderTable.id.in_(asked)
    )
    return session.scalar(found.limit(1)) is not None
