"""Money that is reserved before a visit, so that the exit cannot find an empty account.

Slow things happen here, while the shopper is at home with their phone: the gate asks no provider. An account
has one open hold at most; the order of its next visit captures it, or frees it when nothing was bought.
"""

from datetime import datetime, timedelta
from typing import Literal

from fastapi import APIRouter
from sqlalchemy.orm import Session

from checkout_api.charges import plan_release
from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, PersonDep
from checkout_api.errors import ConflictError, PaymentDueError
from checkout_api.payment_schemas import HoldBody, HoldSchema
from checkout_api.repository import accounts, entries, orders
from checkout_api.settlement import settle_attempts
from checkout_api.states import AttemptState, Operation, Purpose
from checkout_api.tables import PaymentAttemptTable

router = APIRouter(tags=["payment methods"])

# An unused hold is freed after this time; cards of people who did not come must not stay burdened.
HOLD_LIFETIME = timedelta(hours=24)
_STATES: dict[AttemptState, Literal["action_required", "held", "declined"]] = {
    AttemptState.ACTION_REQUIRED: "action_required",
    AttemptState.HELD: "held",
    AttemptState.DECLINED: "declined",
    AttemptState.CANCELED: "declined",
}


@router.post("/v1/me/holds", status_code=201)
def hold_money(context: ContextDep, person: PersonDep, body: HoldBody) -> HoldSchema:
    """Reserve what a visit may cost; while a hold is open, the same one is returned."""
    return_url = str(body.return_url) if body.return_url is not None else None
    return _shown(ensure_hold(context, person.account_id, return_url))


def ensure_hold(context: Context, account_id: str, return_url: str | None) -> PaymentAttemptTable:
    """Return the open hold of an account, made now when there is none.

    The shopper's bank sends them back to `return_url`; without one they cannot be asked anything.

    Raises:
        ConflictError: This store holds no money.
        PaymentDueError: There is no payment method.
    """
    if context.settings.hold_minor == 0:
        raise ConflictError("this store holds no money before a visit; nothing is to be done")
    with context.database.write() as session:
        found = next(iter(orders.open_holds(session, account_id)), None)
        attempt_id = found.id if found is not None else _plan(context, session, account_id, return_url)
    settle_attempts(context, [attempt_id])
    with context.database.read() as session:
        return session.get_one(PaymentAttemptTable, attempt_id)


def release_unused(context: Context) -> int:
    """Plan to free the holds of people who did not come, and return how many."""
    now = context.clock()
    released = 0
    with context.database.write() as session:
        for hold in orders.old_holds(session, now - HOLD_LIFETIME):
            is_inside = entries.open_visits(session, hold.account_id) > 0
            is_gone = hold.capture_before is not None and hold.capture_before <= now
            if not is_inside or is_gone:
                plan_release(context, session, hold, None)
                released += 1
    return released


def _plan(context: Context, session: Session, account_id: str, return_url: str | None) -> str:
    method = accounts.newest_payment_method(session, account_id)
    if method is None:
        raise PaymentDueError("the account has no payment method; link one")
    now: datetime = context.clock()
    attempt_id = context.new_id()
    session.add(
        PaymentAttemptTable(
            id=attempt_id,
            order_id=None,
            account_id=account_id,
            operation=Operation.HOLD,
            purpose=Purpose.ENTRY,
            n=1,
            amount_minor=context.settings.hold_minor,
            tax_minor=0,
            currency=context.settings.currency,
            payment_method_id=method.id,
            idempotency_key=f"hold:{attempt_id}",
            state=AttemptState.PLANNED,
            planned_at=now,
            next_try_at=now,
            tries=0,
            return_url=return_url,
        )
    )
    return attempt_id


def _shown(row: PaymentAttemptTable) -> HoldSchema:
    return HoldSchema(
        hold_id=row.id,
        state=_STATES.get(row.state, "pending"),
        amount_minor=row.amount_minor,
        currency=row.currency,
        action_url=row.action_url,
    )
