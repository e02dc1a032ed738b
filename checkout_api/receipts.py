"""Routes: receipts as JSON and PDF, always written from the order's rows, so never stale."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy.orm import Session

from checkout_api import receipt_pdf
from checkout_api.catalog import tax_rate
from checkout_api.charges import balance_of, captured
from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, PersonDep
from checkout_api.errors import NotFoundError
from checkout_api.payment_tables import LineDiscountTable
from checkout_api.repository import orders, prices
from checkout_api.schemas import (
    CardSchema,
    ChargeSchema,
    ReceiptLineSchema,
    ReceiptSchema,
    SavingSchema,
    TaxSchema,
)
from checkout_api.states import AttemptState, LineState
from checkout_api.tables import OrderLineTable, OrderTable

router = APIRouter(tags=["receipts"])


def _own_receipt(context: ContextDep, person: PersonDep, receipt_id: str) -> ReceiptSchema:
    with context.database.read() as session:
        order = orders.order_by_receipt(session, receipt_id)
        if order is None or not (person.is_staff or order.account_id == person.account_id):
            raise NotFoundError(f"there is no receipt {receipt_id!r}")
        return write_receipt(context, session, order, with_card=True)


OwnReceiptDep = Annotated[ReceiptSchema, Depends(_own_receipt)]


# The PDF's route comes first: the other one would take "ID.pdf" for an id.
@router.get("/v1/receipts/{receipt_id}.pdf", response_class=Response)
def receipt_as_pdf(
    receipt: OwnReceiptDep, language: Annotated[str, Query(pattern="^[A-Za-z]{2}(-[A-Za-z0-9]+)*$")] = "en"
) -> Response:
    """Show a receipt as PDF, in English or Arabic."""
    name = f"receipt-{receipt.receipt_number}.pdf"
    return Response(
        receipt_pdf.render(receipt, language),
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"},
    )


@router.get("/v1/receipts/{receipt_id}")
def receipt(receipt: OwnReceiptDep) -> ReceiptSchema:
    """Show a receipt."""
    return receipt


@router.get("/v1/me/receipts")
def my_receipts(context: ContextDep, person: PersonDep) -> list[ReceiptSchema]:
    """Show the newest receipts of the person who is signed in, newest first."""
    with context.database.read() as session:
        found = orders.orders_of_account(session, person.account_id)
        return [write_receipt(context, session, order, with_card=True) for order in found]


def write_receipt(context: Context, session: Session, order: OrderTable, *, with_card: bool) -> ReceiptSchema:
    """Write the receipt of an order as it stands now."""
    lines = orders.lines(session, order.id)
    billed = [line for line in lines if line.state is LineState.BILLED]
    attempts = orders.attempts(session, order.id)
    charges = captured(attempts)
    balance = balance_of(attempts)
    savings = prices.discounts(session, order.id)
    waiting = [row.action_url for row in attempts if row.state is AttemptState.ACTION_REQUIRED]
    card = None
    if with_card and charges:
        method = orders.payment_method(session, charges[-1].payment_method_id)
        card = CardSchema(brand=method.brand, last4=method.last4)
    return ReceiptSchema(
        receipt_id=order.receipt_id,
        receipt_number=order.receipt_number,
        order_id=order.id,
        visit_id=order.visit_id,
        status=order.state,
        store_id=order.store_id,
        store_name=context.settings.store_name,
        start_time=order.started_at,
        end_time=order.ended_at,
        issued_at=order.placed_at,
        currency=order.currency,
        lines=[_line(line, savings.get(line.id, [])) for line in lines],
        taxes=_taxes(billed),
        total_minor=sum(line.net_minor + line.tax_minor for line in billed),
        charged_minor=balance.charged_minor,
        refunded_minor=balance.refunded_minor,
        charges=[
            ChargeSchema(charge_id=row.charge_id, amount_minor=row.amount_minor)
            for row in charges
            if row.charge_id is not None
        ],
        card=card,
        action_url=waiting[-1] if waiting and with_card else None,
    )


def _line(line: OrderLineTable, savings: list[LineDiscountTable]) -> ReceiptLineSchema:
    return ReceiptLineSchema(
        line_id=line.id,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        list_minor=line.list_minor,
        savings=[SavingSchema(name=row.name, amount_minor=row.amount_minor) for row in savings],
        deposit_minor=line.deposit_minor,
        amount_minor=line.net_minor + line.tax_minor,
        tax_rate=tax_rate(line.tax_ppm),
        tax_minor=line.tax_minor,
        confidence=line.confidence,
        state=line.state,
    )


def _taxes(billed: list[OrderLineTable]) -> list[TaxSchema]:
    return [
        TaxSchema(
            tax_rate=tax_rate(rate),
            net_minor=sum(line.net_minor for line in billed if line.tax_ppm == rate),
            tax_minor=sum(line.tax_minor for line in billed if line.tax_ppm == rate),
        )
        for rate in sorted({line.tax_ppm for line in billed})
    ]
