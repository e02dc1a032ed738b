"""Routes: the cart of a visit, written by the store computer and watched by its owner."""

from collections.abc import AsyncIterator, Sequence

import anyio
from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session
from sse_starlette import EventSourceResponse, ServerSentEvent

from checkout_api.catalog import product_of
from checkout_api.context import Context
from checkout_api.dependencies import CallerDep, ContextDep, Device, StoreComputerDep
from checkout_api.errors import NotFoundError, UnknownProductError, VisitClosedError
from checkout_api.pricing import price_line
from checkout_api.repository import orders, visits
from checkout_api.schemas import CartLineSchema, CartSchema, CartUpdate
from checkout_api.states import DeviceKind, VisitState
from checkout_api.tables import CartLineTable, ProductTable, VisitTable
from checkout_api.tokens import Person

router = APIRouter(tags=["visits"])


@router.put("/v1/visits/{visit_id}/cart")
def put_cart(context: ContextDep, _device: StoreComputerDep, visit_id: str, body: CartUpdate) -> CartSchema:
    """Replace the cart of a visit; what arrives late or twice changes nothing."""
    with context.database.write() as session:
        visit = visits.visit(session, visit_id, lock=True)
        if visit is None:
            raise NotFoundError(f"there is no visit {visit_id!r}")
        if visit.state is not VisitState.INSIDE:
            raise VisitClosedError(f"visit {visit_id!r} is over; its cart is sealed")
        known_products(session, [line.sku for line in body.lines])
        if visit.cart_as_of is None or body.as_of > visit.cart_as_of:
            visits.clear_cart(session, visit_id)
            session.add_all(
                CartLineTable(
                    visit_id=visit_id, n=n, sku=line.sku, quantity=line.quantity, confidence=line.confidence
                )
                for n, line in enumerate(body.lines)
            )
            visit.cart_version += 1
            visit.cart_as_of = body.as_of
            session.flush()
        return _cart(context, session, visit)


@router.get("/v1/visits/{visit_id}/cart")
def get_cart(context: ContextDep, caller: CallerDep, visit_id: str) -> CartSchema:
    """Show what a visit holds now."""
    return _read_cart(context, caller, visit_id)


@router.get(
    "/v1/visits/{visit_id}/cart/events",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def cart_events(context: ContextDep, caller: CallerDep, visit_id: str) -> EventSourceResponse:
    """Stream the cart: a `cart` event now and after each change, a `receipt` event at the end."""
    first = await run_in_threadpool(_read_cart, context, caller, visit_id)
    return EventSourceResponse(_changes(context, caller, first))


def known_products(session: Session, skus: Sequence[str]) -> dict[str, ProductTable]:
    """Return the products of these skus.

    Raises:
        UnknownProductError: If the catalogue lacks one.
    """
    found = visits.products(session, skus)
    missing = sorted(set(skus) - set(found))
    if missing:
        raise UnknownProductError(f"the catalogue has no product {', '.join(missing)}; upload it first")
    return found


async def _changes(
    context: Context, caller: Person | Device, cart: CartSchema
) -> AsyncIterator[ServerSentEvent]:
    sent_version = -1
    while not context.stopping.is_set():
        if cart.version > sent_version:
            sent_version = cart.version
            yield ServerSentEvent(cart.model_dump_json(by_alias=True), event="cart", id=str(cart.version))
        if cart.state is VisitState.EXITED:
            yield ServerSentEvent(
                await run_in_threadpool(_receipt_id, context, cart.visit_id), event="receipt"
            )
            return
        await anyio.sleep(context.settings.cart_poll_s)
        cart = await run_in_threadpool(_read_cart, context, caller, cart.visit_id)


def _read_cart(context: Context, caller: Person | Device, visit_id: str) -> CartSchema:
    with context.database.read() as session:
        visit = visits.visit(session, visit_id)
        if visit is None or not _may_see(caller, visit):
            raise NotFoundError(f"there is no visit {visit_id!r}")
        return _cart(context, session, visit)


def _may_see(caller: Person | Device, visit: VisitTable) -> bool:
    if isinstance(caller, Device):
        return caller.kind is not DeviceKind.MONITOR
    return caller.is_staff or caller.account_id == visit.account_id


def _receipt_id(context: Context, visit_id: str) -> str:
    with context.database.read() as session:
        order = orders.order_by_visit(session, visit_id)
        return order.receipt_id if order else ""


def _cart(context: Context, session: Session, visit: VisitTable) -> CartSchema:
    lines = []
    for row in visits.cart(session, visit.id):
        price = price_line(
            product_of(row.product), row.line.quantity, prices_include_tax=context.settings.prices_include_tax
        )
        lines.append(
            CartLineSchema(
                sku=row.line.sku,
                name=row.product.name,
                quantity=row.line.quantity,
                unit_price_minor=row.product.price_minor,
                amount_minor=price.gross_minor,
                confidence=row.line.confidence,
            )
        )
    return CartSchema(
        visit_id=visit.id,
        state=visit.state,
        version=visit.cart_version,
        as_of=visit.cart_as_of,
        currency=context.settings.currency,
        lines=lines,
        total_minor=sum(line.amount_minor for line in lines),
    )
