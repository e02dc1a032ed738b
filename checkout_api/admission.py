"""The gate's decision: local checks and unique inserts, never a call to the payment provider.

Of racing gates one inserts the code, and a pass has no more places than its party. What a gate decided while
the network was down has happened, so it always becomes a visit, flagged where it should not have opened.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from checkout_api import entry_codes, risk
from checkout_api.context import Context
from checkout_api.dependencies import Device
from checkout_api.entry_codes import EntryCode
from checkout_api.entry_keys import public_keys
from checkout_api.errors import (
    ConflictError,
    EntryCodeInvalidError,
    EntryCodeUsedError,
    EntryRefusedError,
    PaymentDueError,
)
from checkout_api.repository import accounts, entries, visits
from checkout_api.schemas import AuthEvent
from checkout_api.states import VisitState
from checkout_api.tables import AuthEventTable, VisitTable
from checkout_api.visit_states import VisitFlag, VisitKind
from checkout_api.visit_tables import EntryPassTable, EntryTable

# Gates keep time by the network; without it for a day they are well within this (checkout design, test 5).
_OFFLINE_CLOCK_TOLERANCE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of a gate, as the gate tells it."""

    device: Device
    request_id: str
    event: AuthEvent


def admit(context: Context, opening: Opening, code_text: str) -> VisitTable:
    """Let somebody in who is at the gate now; the same request gives the same visit again.

    Raises:
        EntryRefusedError: The code is not good, was used, or the account is closed.
        PaymentDueError: An order is not paid.
        ConflictError: The gate's event id stands for another entry.
    """
    code = entry_codes.verify(code_text, public_keys(context.settings), context.clock())
    try:
        with context.database.write() as session:
            return _admit(context, session, opening, code)
    except IntegrityError:
        raise _used() from None


def record_offline(context: Context, opening: Opening, code_text: str) -> VisitTable:
    """Write down whom a gate let in on its own; the same event gives the same visit again.

    Raises:
        EntryRefusedError: The code was never good, so that no account answers for it.
    """
    event = opening.event
    code = entry_codes.verify(
        code_text,
        public_keys(context.settings),
        event.timestamp,
        early=_OFFLINE_CLOCK_TOLERANCE,
        late=_OFFLINE_CLOCK_TOLERANCE,
    )
    with context.database.write() as session:
        known = visits.auth_event(session, context.settings.store_id, event.id)
        if known is not None:
            return session.get_one(VisitTable, known.visit_id)
        entry_pass = _pass_of(session, code)
        flag = _doubt(session, entry_pass, code)
        if flag is VisitFlag.CODE_USED:
            visit = new_visit(context, entry_pass.account_id, entry_pass.kind, event.timestamp)
            visit.flag = flag
            session.add(visit)
            session.flush()
        else:
            visit = _take_place(context, session, opening, entry_pass, code.n, is_offline=True)
            visit.flag = visit.flag or flag
        session.add(_auth_event(context, event, visit))
        return visit


def new_visit(context: Context, account_id: str, kind: VisitKind, at: datetime) -> VisitTable:
    """Return a visit that begins, not yet written."""
    return VisitTable(
        id=context.new_id(),
        account_id=account_id,
        store_id=context.settings.store_id,
        kind=kind,
        flag=None,
        state=VisitState.INSIDE,
        entered_at=at,
        exited_at=None,
        cart_version=0,
        cart_as_of=None,
    )


def claim_event(context: Context, session: Session, event: AuthEvent, visit: VisitTable) -> None:
    """Bind the gate's event to its visit.

    Raises:
        ConflictError: If it stands for another entry.
    """
    if visits.auth_event(session, context.settings.store_id, event.id) is not None:
        raise ConflictError(f"authEvent.id {event.id!r} was used for another entry; use a fresh id")
    session.add(_auth_event(context, event, visit))


def _admit(context: Context, session: Session, opening: Opening, code: EntryCode) -> VisitTable:
    entry_pass = _pass_of(session, code)
    used = entries.entry(session, entry_pass.id, code.n)
    if used is not None:
        # The gate asks again because the first answer was lost.
        if (used.request_id, used.device_id) == (opening.request_id, opening.device.device_id):
            return session.get_one(VisitTable, used.visit_id)
        raise _used()
    risk.check_at_gate(session, accounts.existing(session, entry_pass.account_id))
    if not _has_place(session, entry_pass):
        raise _used()
    visit = _take_place(context, session, opening, entry_pass, code.n, is_offline=False)
    claim_event(context, session, opening.event, visit)
    return visit


def _pass_of(session: Session, code: EntryCode) -> EntryPassTable:
    entry_pass = entries.entry_pass(session, code.pass_id, lock=True)
    if entry_pass is None:
        raise EntryCodeInvalidError("this is not a valid entry code of this store")
    return entry_pass


def _has_place(session: Session, entry_pass: EntryPassTable) -> bool:
    """Whether one more may come in: not when all are inside, nor when the party has left already."""
    if entries.places_taken(session, entry_pass.id) >= entry_pass.party_size:
        return False
    if entry_pass.visit_id is None:
        return True
    return session.get_one(VisitTable, entry_pass.visit_id, with_for_update=True).state is VisitState.INSIDE


def _doubt(session: Session, entry_pass: EntryPassTable, code: EntryCode) -> VisitFlag | None:
    is_used = entries.entry(session, entry_pass.id, code.n) is not None
    if is_used or not _has_place(session, entry_pass):
        return VisitFlag.CODE_USED
    try:
        risk.check_at_gate(session, accounts.existing(session, entry_pass.account_id))
    except (PaymentDueError, EntryRefusedError):
        return VisitFlag.DEBT
    return None


def _take_place(
    context: Context,
    session: Session,
    opening: Opening,
    entry_pass: EntryPassTable,
    code_n: int,
    *,
    is_offline: bool,
) -> VisitTable:
    at = opening.event.timestamp
    if entry_pass.visit_id is None:
        visit = new_visit(context, entry_pass.account_id, entry_pass.kind, at)
        session.add(visit)
        session.flush()
        entry_pass.visit_id = visit.id
    else:
        visit = session.get_one(VisitTable, entry_pass.visit_id)
    session.add(
        EntryTable(
            pass_id=entry_pass.id,
            code_n=code_n,
            place=entries.places_taken(session, entry_pass.id),
            visit_id=visit.id,
            device_id=opening.device.device_id,
            request_id=opening.request_id,
            is_offline=is_offline,
            entered_at=at,
        )
    )
    session.flush()
    return visit


def _auth_event(context: Context, event: AuthEvent, visit: VisitTable) -> AuthEventTable:
    return AuthEventTable(
        store_id=context.settings.store_id,
        id=event.id,
        visit_id=visit.id,
        happened_at=event.timestamp,
        location=event.location,
    )


def _used() -> EntryCodeUsedError:
    return EntryCodeUsedError("somebody has entered with this code; ask the shopper to show a fresh one")
