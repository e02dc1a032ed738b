"""Queries about products, visits and carts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from checkout_api.tables import (
    AuthEventTable,
    CartLineTable,
    ProductTable,
    VisitTable,
)


@dataclass(frozen=True, slots=True)
class CartRow:
    """One line of a cart with the product it names."""

    line: CartLineTable
    product: ProductTable


def products(session: Session, skus: Iterable[str]) -> dict[str, ProductTable]:
    """Find these products, by sku; unknown ones are missing from the answer."""
    found = session.scalars(select(ProductTable).where(ProductTable.sku.in_(set(skus))))
    return {product.sku: product for product in found}


def visit(session: Session, visit_id: str, *, lock: bool = False) -> VisitTable | None:
    """Find a visit; locked, nobody else changes it before this transaction ends."""
    return session.get(VisitTable, visit_id, with_for_update=lock)


def visits_of_auth_events(session: Session, store_id: str, event_ids: Sequence[str]) -> dict[str, str]:
    """Return the visit id of each known event id."""
    found = session.scalars(
        select(AuthEventTable).where(AuthEventTable.store_id == store_id, AuthEventTable.id.in_(event_ids))
    )
    return {event.id: event.visit_id for event in found}


def auth_event(session: Session, store_id: str, event_id: str) -> AuthEventTable | None:
    """Find one opening of a gate."""
    return session.get(AuthEventTable, (store_id, event_id))


def cart(session: Session, visit_id: str) -> list[CartRow]:
    """Return the lines of a cart in their order."""
    rows = session.execute(
        select(CartLineTable, ProductTable)
        .join(ProductTable, ProductTable.sku == CartLineTable.sku)
        .where(CartLineTable.visit_id == visit_id)
        .order_by(CartLineTable.n)
    )
    return [CartRow(line, product) for line, product in rows]


def clear_cart(session: Session, visit_id: str) -> None:
    """Remove all lines of a cart."""
    session.execute(delete(CartLineTable).where(CartLineTable.visit_id == visit_id))
