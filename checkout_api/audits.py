"""Routes: checking baskets that raised no question, so that silent errors are found and measured.

One or two of a hundred such baskets are drawn at random. What was charged too much is given back; what was
charged too little is the store's loss.
"""

from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy.orm import Session

from checkout_api.claims import claim, must_not_be_anothers, release
from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, StaffDep
from checkout_api.errors import NotFoundError, ReviewClosedError
from checkout_api.refunds import refund_order
from checkout_api.repository import audits, orders
from checkout_api.review_schemas import AuditAnswer, AuditLineSchema, AuditSchema
from checkout_api.schemas import RefundLine, RefundRequestBody
from checkout_api.states import LineState
from checkout_api.tables import OrderLineTable, OrderTable
from checkout_api.tokens import Person
from checkout_api.visit_states import AuditState
from checkout_api.visit_tables import AuditFindingTable, AuditTable
from checkout_api.visits import known_products

router = APIRouter(tags=["review"])


@router.get("/v1/audits")
def open_audits(context: ContextDep, _staff: StaffDep) -> list[AuditSchema]:
    """Show the baskets that wait to be checked, oldest first."""
    with context.database.read() as session:
        return [_shown(session, row) for row in audits.open_audits(session)]


@router.post("/v1/audits/{audit_id}/claim")
def claim_audit(context: ContextDep, staff: StaffDep, audit_id: str) -> AuditSchema:
    """Take a basket to check, or keep it for longer."""
    with context.database.write() as session:
        row = _open(context, session, audit_id)
        claim(context, row, staff)
        return _shown(session, row)


@router.delete("/v1/audits/{audit_id}/claim", status_code=204)
def release_audit(context: ContextDep, staff: StaffDep, audit_id: str) -> None:
    """Let others check it."""
    with context.database.write() as session:
        row = _open(context, session, audit_id)
        must_not_be_anothers(context, row, staff)
        release(row)


@router.post("/v1/audits/{audit_id}/answer")
def answer_audit(context: ContextDep, staff: StaffDep, audit_id: str, body: AuditAnswer) -> AuditSchema:
    """Say what was really taken; what was charged too much is given back at once."""
    with context.database.write() as session:
        row = _existing(session, audit_id)
        actual = {line.sku: line.quantity for line in body.taken if line.quantity > 0}
        if row.state is AuditState.ANSWERED:
            known = {
                found.sku: found.actual_quantity
                for found in audits.findings(session, audit_id)
                if found.actual_quantity > 0
            }
            if known != actual:
                raise ReviewClosedError("this basket was checked before, with another result")
        else:
            _open(context, session, audit_id)
            must_not_be_anothers(context, row, staff)
            known_products(session, list(actual))
            _write(context, session, row, staff, actual)
        too_much = _charged_too_much(session, row.order_id, actual)
        shown = _shown(session, row)
    if too_much:
        give_back = RefundRequestBody(lines=too_much, reason="a check of the basket found less taken")
        refund_order(context, staff, row.order_id, give_back, f"audit:{audit_id}")
    return shown


def expire_audits(context: Context) -> int:
    """Close the audits whose evidence is gone and return how many; the baskets stay as they are."""
    now = context.clock()
    with context.database.write() as session:
        over = [row for row in audits.open_audits(session) if row.expires_at <= now]
        for row in over:
            row.state = AuditState.EXPIRED
    return len(over)


def _existing(session: Session, audit_id: str) -> AuditTable:
    row = audits.audit(session, audit_id)
    if row is None:
        raise NotFoundError(f"there is no audit {audit_id!r}")
    return row


def _open(context: Context, session: Session, audit_id: str) -> AuditTable:
    row = _existing(session, audit_id)
    if row.state is not AuditState.OPEN or context.clock() >= row.expires_at:
        raise ReviewClosedError("this audit is closed; its evidence is gone or it was answered")
    return row


def _write(
    context: Context, session: Session, row: AuditTable, staff: Person, actual: dict[str, int]
) -> None:
    row.state = AuditState.ANSWERED
    row.answered_by = staff.account_id
    row.answered_at = context.clock()
    ordered = _quantities(orders.lines(session, row.order_id))
    session.add_all(
        AuditFindingTable(
            audit_id=row.id,
            sku=sku,
            ordered_quantity=ordered.get(sku, 0),
            actual_quantity=actual.get(sku, 0),
        )
        for sku in sorted(ordered.keys() | actual.keys())
    )
    session.flush()


def _charged_too_much(session: Session, order_id: str, actual: dict[str, int]) -> list[RefundLine]:
    left = dict(actual)
    too_much = []
    for line in orders.lines(session, order_id):
        if line.state is not LineState.BILLED:
            continue
        kept = min(line.quantity, left.get(line.sku, 0))
        left[line.sku] = left.get(line.sku, 0) - kept
        if kept < line.quantity:
            too_much.append(RefundLine(line_id=line.id, quantity=line.quantity - kept))
    return too_much


def _quantities(lines: Sequence[OrderLineTable]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        found[line.sku] = found.get(line.sku, 0) + line.quantity
    return found


def _shown(session: Session, row: AuditTable) -> AuditSchema:
    order = session.get_one(OrderTable, row.order_id)
    return AuditSchema(
        audit_id=row.id,
        order_id=row.order_id,
        visit_id=order.visit_id,
        state=row.state,
        lines=[
            AuditLineSchema(sku=line.sku, name=line.name, quantity=line.quantity, confidence=line.confidence)
            for line in orders.lines(session, row.order_id)
        ],
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        claimed_by=row.claimed_by,
        claimed_until=row.claimed_until,
    )
