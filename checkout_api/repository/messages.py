"""Queries about messages: in from the provider, out to whoever listens."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from checkout_api.payment_tables import DeliveryTable, InboxTable, OutboxTable, WebhookEndpointTable


def tell(session: Session, message_id: str, topic: str, order_id: str, at: datetime) -> None:
    """Write a message into the outbox, in the transaction in which its cause is written."""
    session.add(
        OutboxTable(id=message_id, topic=topic, order_id=order_id, happened_at=at, fanned_out_at=None)
    )


def fresh_messages(session: Session) -> Sequence[OutboxTable]:
    """Return messages that no listener has been given yet, oldest first, locked for this transaction."""
    return session.scalars(
        select(OutboxTable)
        .where(OutboxTable.fanned_out_at.is_(None))
        .order_by(OutboxTable.happened_at, OutboxTable.id)
        .limit(500)
        .with_for_update(skip_locked=True)
    ).all()


def message(session: Session, message_id: str) -> OutboxTable:
    """Return a message that exists."""
    return session.get_one(OutboxTable, message_id)


def due_deliveries(session: Session, at: datetime) -> Sequence[DeliveryTable]:
    """Return deliveries whose turn it is, the one that waited longest first."""
    return session.scalars(
        select(DeliveryTable)
        .where(DeliveryTable.next_try_at <= at)
        .order_by(DeliveryTable.next_try_at, DeliveryTable.outbox_id)
        .limit(100)
    ).all()


def claim_delivery(session: Session, delivery: DeliveryTable, until: datetime) -> bool:
    """Take a delivery for a while; false when another process was faster."""
    taken = session.execute(
        update(DeliveryTable)
        .where(
            DeliveryTable.listener == delivery.listener,
            DeliveryTable.outbox_id == delivery.outbox_id,
            DeliveryTable.next_try_at == delivery.next_try_at,
        )
        .values(next_try_at=until, tries=DeliveryTable.tries + 1)
        .returning(DeliveryTable.listener)
    )
    return taken.first() is not None


def endpoints(session: Session) -> Sequence[WebhookEndpointTable]:
    """Return where integrators listen, oldest first."""
    return session.scalars(
        select(WebhookEndpointTable)
        .where(WebhookEndpointTable.removed_at.is_(None))
        .order_by(WebhookEndpointTable.registered_at, WebhookEndpointTable.id)
    ).all()


def endpoint(session: Session, endpoint_id: str) -> WebhookEndpointTable | None:
    """Find where one integrator listens or listened."""
    return session.get(WebhookEndpointTable, endpoint_id)


def inbox_message(session: Session, source: str, event_id: str) -> InboxTable | None:
    """Find a message that came in."""
    return session.get(InboxTable, (source, event_id))


def unhandled(session: Session) -> Sequence[InboxTable]:
    """Return messages that came in and were not dealt with, oldest first."""
    return session.scalars(
        select(InboxTable).where(InboxTable.handled_at.is_(None)).order_by(InboxTable.received_at).limit(500)
    ).all()
