"""Routes: a trip becomes a purchase; an unpaid order is paid."""

import re
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Header

from checkout_api.charges import plan_charge
from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, PersonDep, StoreComputerDep
from checkout_api.errors import ConflictError, NotFoundError, PaymentDueError
from checkout_api.orders import place_order
from checkout_api.payment_schemas import PaymentBody
from checkout_api.receipts import write_receipt
from checkout_api.repository import accounts, orders
from checkout_api.schemas import PurchaseRequest, PurchaseSchema, ReceiptSchema
from checkout_api.settlement import settle_order
from checkout_api.states import UNPAID_ORDER_STATES, AttemptState

router = APIRouter(tags=["orders"])

_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d+)(?:$|[,;\s])")

Prefer = Annotated[
    str | None,
    Header(
        description="`wait=5` (RFC 7240) settles the payment before the answer, if the provider is quick; "
        "without it the answer comes at once, and the receipt says `pending` for a moment.",
        max_length=255,
    ),
]


@router.post("/v1/order/purchases", status_code=201)
def create_purchase(
    context: ContextDep, _device: StoreComputerDep, body: PurchaseRequest, prefer: Prefer = None
) -> PurchaseSchema:
    """Price and charge a finished trip: once, however often it is sent.

    When the payment provider does not answer, the receipt says `pending` and is settled later.
    """
    order_id = place_order(context, body)
    if prefer is not None and (wait := _WAIT.search(prefer)) and int(wait[1]) > 0:
        settle_order(context, order_id)
    else:
        context.work_waits.set()
    with context.database.read() as session:
        order = orders.order(session, order_id)
        if order is None:
            raise NotFoundError(f"there is no order {order_id!r}")
        return PurchaseSchema(
            purchase_id=order_id, receipt=write_receipt(context, session, order, with_card=False)
        )


@router.post("/v1/orders/{order_id}/payments", status_code=201)
def pay_order(
    context: ContextDep,
    person: PersonDep,
    order_id: str,
    body: Annotated[PaymentBody | None, Body()] = None,
) -> ReceiptSchema:
    """Pay what is due of an order with the newest payment method.

    With a `returnUrl` the shopper's bank may ask them something: send them to the receipt's `actionUrl`.
    """
    return_url = str(body.return_url) if body is not None and body.return_url is not None else None
    _plan_payment(context, person.account_id, order_id, return_url)
    settle_order(context, order_id)
    with context.database.read() as session:
        paid = orders.order(session, order_id)
        if paid is None:
            raise NotFoundError(f"there is no order {order_id!r}")
        return write_receipt(context, session, paid, with_card=True)


def _plan_payment(context: Context, account_id: str, order_id: str, return_url: str | None) -> None:
    with context.database.write() as session:
        order = orders.order(session, order_id, lock=True)
        if order is None or order.account_id != account_id:
            raise NotFoundError(f"there is no order {order_id!r}")
        if order.state not in UNPAID_ORDER_STATES:
            raise ConflictError(f"this order is {order.state}, there is nothing to pay")
        waiting = [
            row for row in orders.attempts(session, order_id) if row.state is AttemptState.ACTION_REQUIRED
        ]
        if waiting:
            # The bank's page is still open; asking again leads there, or finds out what was done on it.
            for row in waiting:
                row.next_try_at = context.clock() - timedelta(seconds=1)
            return
        if accounts.newest_payment_method(session, account_id) is None:
            raise PaymentDueError("the account has no payment method; link one")
        plan_charge(context, session, order, None, return_url=return_url)
