"""Route: messages from the payment provider. They say what to ask about; nothing in them is believed.

A message is checked, written into the inbox once however often it comes, and acknowledged; what it is about
is then asked of the provider. So their order, age and number do not matter.
"""

import logging

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import IntegrityError

from checkout_api.context import Context
from checkout_api.dependencies import ContextDep
from checkout_api.disputes import follow_dispute
from checkout_api.errors import GatewayUnavailableError, NotFoundError
from checkout_api.payment_methods import finish_setup
from checkout_api.payment_schemas import ReceivedSchema
from checkout_api.payment_tables import InboxTable
from checkout_api.payments import EventKind, ProviderEvent
from checkout_api.repository import messages, orders
from checkout_api.settlement import settle_attempts
from checkout_api.states import FINAL_ATTEMPT_STATES

logger = logging.getLogger(__name__)

router = APIRouter(tags=["webhooks"])


@router.post("/v1/webhooks/{provider}")
async def receive(context: ContextDep, provider: str, request: Request) -> ReceivedSchema:
    """Take down a message of the payment provider."""
    if provider != context.gateway.provider:
        raise NotFoundError(f"payments do not go through {provider!r} here")
    body = await request.body()
    headers = {name.lower(): value for name, value in request.headers.items()}
    await run_in_threadpool(_take_down, context, body, headers)
    return ReceivedSchema()


def handle_inbox(context: Context) -> int:
    """Deal with the messages that came in, oldest first, and return how many are done."""
    with context.database.read() as session:
        rows = messages.unhandled(session)
    done = 0
    for row in rows:
        try:
            _follow(context, row)
        except GatewayUnavailableError as error:
            logger.info("message %s waits: %s", row.event_id, error)
            break
        with context.database.write() as session:
            handled = messages.inbox_message(session, row.source, row.event_id)
            if handled is not None:
                handled.handled_at = context.clock()
        done += 1
    return done


def _take_down(context: Context, body: bytes, headers: dict[str, str]) -> None:
    event = context.gateway.parse_event(body, headers, context.clock())
    try:
        with context.database.write() as session:
            if messages.inbox_message(session, context.gateway.provider, event.event_id) is None:
                session.add(_row(context, event))
    except IntegrityError:
        logger.info("message %s came twice at the same time", event.event_id)
    context.work_waits.set()


def _row(context: Context, event: ProviderEvent) -> InboxTable:
    now = context.clock()
    return InboxTable(
        source=context.gateway.provider,
        event_id=event.event_id,
        kind=event.kind,
        object_id=event.object_id,
        received_at=now,
        handled_at=now if event.kind is EventKind.OTHER else None,
    )


def _follow(context: Context, row: InboxTable) -> None:
    if row.kind is EventKind.SETUP:
        finish_setup(context, row.object_id)
    elif row.kind is EventKind.DISPUTE:
        follow_dispute(context, row.object_id)
    elif row.kind is EventKind.CHARGE:
        with context.database.read() as session:
            attempt = orders.attempt_of_charge(session, row.object_id)
        if attempt is not None and attempt.state not in FINAL_ATTEMPT_STATES:
            settle_attempts(context, [attempt.id])
