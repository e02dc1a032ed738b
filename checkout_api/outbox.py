"""From the outbox to whoever listens: integrators' webhooks and the shopper's mailbox, each at least once.

A message is handed to its listeners in one transaction, and then tried for each on its own: one that is deaf
keeps no other waiting. Receivers know a repetition by its id.
"""

import json
import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from checkout_api.context import Context
from checkout_api.errors import MailError
from checkout_api.payment_tables import DeliveryTable, OutboxTable
from checkout_api.receipt_mail import Mailer, compose
from checkout_api.receipts import write_receipt
from checkout_api.repository import accounts, messages, orders
from checkout_api.webhook_sender import WebhookSender

logger = logging.getLogger(__name__)

MAIL = "mail"
# The waits that standardwebhooks.com recommends; after the last one the message is given up and logged.
_WAITS = tuple(timedelta(seconds=s) for s in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400))
# Longer than any sending takes: after this, a delivery under way belongs to a process that died.
_LEASE = timedelta(seconds=60)
_MAILED_TOPICS = {
    "order.paid",
    "order.payment_due",
    "order.action_required",
    "order.partly_refunded",
    "order.refunded",
}


@dataclass(frozen=True, slots=True)
class Postman:
    """What messages leave through; without a mailer no e-mail is sent."""

    webhooks: WebhookSender
    mailer: Mailer | None


def hand_out(context: Context, postman: Postman) -> int:
    """Give new messages to their listeners and return how many deliveries that makes."""
    now = context.clock()
    made = 0
    with context.database.write() as session:
        fresh = messages.fresh_messages(session)
        if not fresh:
            return 0
        listeners = [row.id for row in messages.endpoints(session)]
        for message in fresh:
            message.fanned_out_at = now
            wants_mail = postman.mailer is not None and message.topic in _MAILED_TOPICS
            for listener in [*listeners, *([MAIL] if wants_mail else [])]:
                session.add(
                    DeliveryTable(
                        listener=listener,
                        outbox_id=message.id,
                        tries=0,
                        next_try_at=now,
                        delivered_at=None,
                        last_answer=None,
                    )
                )
                made += 1
    return made


def deliver_due(context: Context, postman: Postman) -> int:
    """Try the deliveries whose turn it is and return how many arrived."""
    with context.database.read() as session:
        due = messages.due_deliveries(session, context.clock())
    arrived = 0
    for delivery in due:
        with context.database.write() as session:
            is_ours = messages.claim_delivery(session, delivery, context.clock() + _LEASE)
        if is_ours:
            answer = _deliver(context, postman, delivery)
            _write_down(context, delivery, answer)
            arrived += answer == ""
    return arrived


def body_of(session: Session, message: OutboxTable) -> str:
    """Return a message as JSON: what happened to which order; the rest is asked for by those who may."""
    order = orders.order(session, message.order_id)
    return json.dumps(
        {
            "type": message.topic,
            "timestamp": message.happened_at.isoformat(),
            "data": {
                "orderId": message.order_id,
                "visitId": order.visit_id if order else None,
                "tripId": order.trip_id if order else None,
                "storeId": order.store_id if order else None,
            },
        }
    )


def _deliver(context: Context, postman: Postman, delivery: DeliveryTable) -> str:
    if delivery.listener == MAIL:
        return _mail(context, postman, delivery)
    with context.database.read() as session:
        endpoint = messages.endpoint(session, delivery.listener)
        body = body_of(session, messages.message(session, delivery.outbox_id))
    if endpoint is None or endpoint.removed_at is not None:
        return ""
    return postman.webhooks.send(endpoint.url, endpoint.secret, delivery.outbox_id, context.clock(), body)


def _mail(context: Context, postman: Postman, delivery: DeliveryTable) -> str:
    if postman.mailer is None:
        return "no mailer"
    with context.database.read() as session:
        message = messages.message(session, delivery.outbox_id)
        order = orders.order(session, message.order_id)
        account = accounts.account(session, order.account_id) if order else None
        if order is None or account is None or account.email is None:
            return ""
        receipt = write_receipt(context, session, order, with_card=True)
        address = account.email
    try:
        postman.mailer.send(compose(receipt, address, context.settings.mail_from, delivery.outbox_id))
    except MailError as error:
        return str(error)[:255]
    return ""


def _write_down(context: Context, delivery: DeliveryTable, answer: str) -> None:
    now = context.clock()
    with context.database.write() as session:
        row = session.get_one(DeliveryTable, (delivery.listener, delivery.outbox_id))
        row.last_answer = answer or None
        if answer == "":
            row.delivered_at = now
            row.next_try_at = None
        elif row.tries > len(_WAITS):
            row.next_try_at = None
            logger.error("message %s to %s is given up: %s", row.outbox_id, row.listener, answer)
        else:
            row.next_try_at = now + _WAITS[row.tries - 1]
