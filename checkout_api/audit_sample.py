"""Draws the baskets that a person checks although they raised no question."""

from sqlalchemy.orm import Session

from checkout_api.context import Context
from checkout_api.repository import orders
from checkout_api.states import LineState
from checkout_api.tables import OrderTable
from checkout_api.visit_states import AuditState, VisitKind
from checkout_api.visit_tables import AuditTable

_BYTES = 4


def draw(context: Context, session: Session, order: OrderTable, kind: VisitKind) -> None:
    """Draw, with the probability of the settings, whether a person checks this order; call it once.

    Orders with questions are looked at anyway, and those of staff or without lines have nothing to check.
    """
    probability = context.settings.audit_probability
    lines = orders.lines(session, order.id)
    is_plain = bool(lines) and all(line.state is LineState.BILLED for line in lines)
    chance = int.from_bytes(context.rng(_BYTES), "big") / 256**_BYTES
    if kind is VisitKind.ASSOCIATE or not is_plain or chance >= probability:
        return
    now = context.clock()
    session.add(
        AuditTable(
            id=context.new_id(),
            order_id=order.id,
            probability=probability,
            state=AuditState.OPEN,
            opened_at=now,
            expires_at=now + context.settings.evidence_lifetime,
        )
    )
