"""Routes: a trip becomes a purchase; an unpaid order is paid."""

from fastapi import APIRouter

from checkout_api.dependencies import ContextDep, PersonDep, StoreComputerDep
from checkout_api.errors import ConflictError, NotFoundError
from checkout_api.orders import place_order, plan_charge
from checkout_api.receipts import write_receipt
from checkout_api.repository import orders
from checkout_api.schemas import PurchaseRequest, PurchaseSchema, ReceiptSchema
from checkout_api.settlement import settle_order
from checkout_api.states import AttemptState, Operation, OrderState

router = APIRouter(tags=["orders"])


@router.post("/v1/order/purchases", status_code=201)
def create_purchase(context: ContextDep, _device: StoreComputerDep, body: PurchaseRequest) -> PurchaseSchema:
    """Price and charge a finished trip: once, however often it is sent.

    When the payment provider does not answer, the receipt says `pending` and is settled later.
    """
    order_id = place_order(context, body)
    settle_order(context, order_id)
    with context.database.read() as session:
        order = orders.order(session, order_id)
        if order is None:
            raise NotFoundError(f"there is no order {order_id!r}")
        return PurchaseSchema(
            purchase_id=order_id, receipt=write_receipt(context, session, order, with_card=False)
        )


@router.post("/v1/orders/{order_id}/payments", status_code=201)
def pay_order(context: ContextDep, person: PersonDep, order_id: str) -> ReceiptSchema:
    """Pay a declined order with the newest payment method."""
    with context.database.write() as session:
        order = orders.order(session, order_id, lock=True)
        if order is None or order.account_id != person.account_id:
            raise NotFoundError(f"there is no order {order_id!r}")
        if order.state is not OrderState.PAYMENT_DUE:
            raise ConflictError(f"this order is {order.state}, there is nothing to pay")
        charges = [row for row in orders.attempts(session, order_id) if row.operation is Operation.CHARGE]
        latest = {row.purpose: row.state for row in charges}
        for purpose, state in latest.items():
            if state is AttemptState.DECLINED:
                plan_charge(context, session, order, purpose)
    settle_order(context, order_id)
    with context.database.read() as session:
        paid = orders.order(session, order_id)
        if paid is None:
            raise NotFoundError(f"there is no order {order_id!r}")
        return write_receipt(context, session, paid, with_card=True)
