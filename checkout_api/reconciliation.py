"""Compares our books with the provider's. Clearing is proved, not assumed: every difference is a finding.

The provider's books are the truth about money that moved, ours about what should have moved.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter
from sqlalchemy.orm import Session

from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, ManagerDep
from checkout_api.ledger import LedgerAccount
from checkout_api.payment_schemas import FindingSchema, ReconciliationSchema
from checkout_api.payment_tables import FindingTable
from checkout_api.payments import ChargeState, ProviderCharge
from checkout_api.repository import complaints, orders
from checkout_api.settlement import settle_open
from checkout_api.states import TAKES_MONEY, AttemptState, Operation

logger = logging.getLogger(__name__)

router = APIRouter(tags=["operations"])

# Money that came to us longer ago than this has been compared many times, and can no longer be disputed.
_LOOK_BACK = timedelta(days=180)
# After this an outcome that nobody knows needs a person.
_UNKNOWN_TIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not agree, before it is written down."""

    charge_id: str
    kind: str
    detail: str


@router.post("/v1/operations/reconcile")
def reconcile_now(context: ContextDep, _manager: ManagerDep) -> ReconciliationSchema:
    """Compare our books with the payment provider's and show every difference."""
    return reconcile(context)


def reconcile(context: Context) -> ReconciliationSchema:
    """Settle what is open, compare everything, write differences down, and close those that went away.

    Raises:
        GatewayUnavailableError: The provider does not answer; nothing is written.
    """
    settle_open(context)
    now = context.clock()
    charges = list(context.gateway.charges(now - _LOOK_BACK))
    with context.database.read() as session:
        differences = [*_charges(session, charges), *_attempts(session, now)]
    with context.database.write() as session:
        _write_down(context, session, differences, now)
        ledger_minor = sum(
            orders.ledger_total(session, account)
            for account in (
                LedgerAccount.PROVIDER_CLEARING,
                LedgerAccount.DISPUTED,
                LedgerAccount.DISPUTE_LOSSES,
            )
        )
        findings = [
            FindingSchema(charge_id=row.charge_id, kind=row.kind, detail=row.detail, found_at=row.found_at)
            for row in complaints.open_findings(session)
        ]
    return ReconciliationSchema(
        n_charges=len(charges),
        captured_minor=sum(charge.captured_minor for charge in charges),
        refunded_minor=sum(charge.refunded_minor for charge in charges),
        ledger_minor=ledger_minor,
        findings=findings,
    )


def _charges(session: Session, charges: list[ProviderCharge]) -> Iterator[Difference]:
    """Yield what the provider has and we have not, or otherwise."""
    for charge in charges:
        if charge.captured_minor == 0 and charge.state is not ChargeState.HELD:
            continue
        attempts = orders.attempts_of_charge(session, charge.charge_id)
        if not attempts:
            yield Difference(
                charge.charge_id,
                "unknown_charge",
                f"the provider has {charge.state} {charge.amount}, we have nothing",
            )
            continue
        done = [row for row in attempts if row.state is AttemptState.CAPTURED]
        captured = sum(row.amount_minor for row in done if row.operation in TAKES_MONEY)
        refunded = sum(row.amount_minor for row in done if row.operation is Operation.REFUND)
        if captured != charge.captured_minor:
            yield Difference(
                charge.charge_id,
                "captured_differs",
                f"the provider captured {charge.captured_minor}, our books say {captured}",
            )
        if refunded != charge.refunded_minor:
            yield Difference(
                charge.charge_id,
                "refunded_differs",
                f"the provider refunded {charge.refunded_minor}, our books say {refunded}",
            )


def _attempts(session: Session, now: datetime) -> Iterator[Difference]:
    for row in complaints.stale_attempts(session, now - _UNKNOWN_TIME):
        yield Difference(
            row.charge_id or row.id,
            "unknown_outcome",
            f"nobody knows since {row.planned_at:%Y-%m-%d %H:%M} UTC what became of {row.operation} {row.id}",
        )
    for order in complaints.paid_without_money(session):
        total = sum(line.net_minor + line.tax_minor for line in orders.billed_lines(session, order.id))
        if total > 0:
            yield Difference(order.id, "paid_without_money", f"order {order.id} is called paid and is not")


def _write_down(context: Context, session: Session, differences: list[Difference], now: datetime) -> None:
    still_open = {(d.charge_id, d.kind) for d in differences}
    for row in complaints.open_findings(session):
        if (row.charge_id, row.kind) not in still_open:
            row.resolved_at = now
    for difference in differences:
        known = complaints.finding(session, difference.charge_id, difference.kind)
        if known is None:
            logger.error("reconciliation: %s: %s", difference.kind, difference.detail)
            session.add(
                FindingTable(
                    id=context.new_id(),
                    charge_id=difference.charge_id,
                    kind=difference.kind,
                    detail=difference.detail,
                    found_at=now,
                    resolved_at=None,
                )
            )
        else:
            known.detail = difference.detail
            known.resolved_at = None
    session.flush()
