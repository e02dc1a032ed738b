"""Makes each payment attempt happen exactly once, whatever the network, the provider or a crash does.

An attempt is written and committed before the provider hears of it, every call carries the attempt's own
idempotency key, and where an answer is missing the provider is asked what happened before anything is
repeated. An unknown outcome is a state that waits for the next pass, not a failure.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from checkout_api import ledger
from checkout_api.context import Context
from checkout_api.errors import GatewayUnavailableError, RefundTooLargeError
from checkout_api.money import Money
from checkout_api.orders import derive_state
from checkout_api.payments import ChargeRequest, ChargeState, ProviderCharge, RefundRequest
from checkout_api.repository import orders
from checkout_api.states import FINAL_ATTEMPT_STATES, AttemptState, Operation
from checkout_api.tables import LedgerEntryTable, PaymentAttemptTable

logger = logging.getLogger(__name__)

# The call, and once more after asking what became of it; longer outages wait for the next pass.
_TRIES_PER_PASS = 2
# A provider that is down would keep every open attempt waiting for its time-out; the next pass starts with
# those that waited longest, so none is left out for good.
_SILENT_PER_PASS = 3
# Longer than any gateway's own timeouts: after this, a call under way belongs to a process that died.
_CALL_LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SettleResult:
    """How many open attempts a pass finished, and how many stay open."""

    finished: int
    unfinished: int


class _End(Enum):
    """How a pass left one attempt."""

    FINISHED = auto()
    SILENT = auto()
    TAKEN = auto()


@dataclass(frozen=True, slots=True)
class _Attempt:
    attempt_id: str
    operation: Operation
    amount: Money
    token: str
    idempotency_key: str
    charge_id: str | None


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: AttemptState
    decline_code: str | None = None


def settle_order(context: Context, order_id: str) -> SettleResult:
    """Settle the open attempts of one order; safe to call any number of times, from anywhere."""
    with context.database.read() as session:
        open_ids = orders.unfinished_attempts_of(session, order_id)
    return _settle(context, open_ids, after_restart=False)


def settle_open(context: Context, *, after_restart: bool = False) -> SettleResult:
    """Settle everything whose outcome is open.

    With `after_restart` no call can be under way, so those that a dead process left are taken up too.
    """
    with context.database.read() as session:
        open_ids = orders.unfinished_attempt_ids(session)
    return _settle(context, open_ids, after_restart=after_restart)


def _settle(context: Context, attempt_ids: Sequence[str], *, after_restart: bool) -> SettleResult:
    ends = Counter[_End]()
    for attempt_id in attempt_ids:
        ends[_settle_attempt(context, attempt_id, after_restart)] += 1
        if ends[_End.SILENT] == _SILENT_PER_PASS:
            break
    return SettleResult(ends[_End.FINISHED], len(attempt_ids) - ends[_End.FINISHED])


def _settle_attempt(context: Context, attempt_id: str, after_restart: bool) -> _End:
    was_sent = _claim(context, attempt_id, after_restart)
    if was_sent is None:
        return _End.TAKEN
    for _ in range(_TRIES_PER_PASS):
        attempt = _load(context, attempt_id)
        try:
            if attempt.operation is Operation.CHARGE:
                outcome = _charge(context, attempt, was_sent=was_sent)
            else:
                outcome = _refund(context, attempt, was_sent=was_sent)
        except GatewayUnavailableError as error:
            logger.info("payment attempt %s has no answer: %s", attempt_id, error)
            was_sent = True
        else:
            _finish(context, attempt_id, outcome)
            return _End.FINISHED
    _mark_unknown(context, attempt_id)
    return _End.SILENT


def _claim(context: Context, attempt_id: str, after_restart: bool) -> bool | None:
    """Take an attempt; return whether it may have been sent before, None if it is not to be had."""
    now = context.clock()
    with context.database.write() as session:
        row = orders.attempt(session, attempt_id)
        if row.state in FINAL_ATTEMPT_STATES:
            return None
        is_under_way = (
            row.state is AttemptState.SENT and row.sent_at is not None and now < row.sent_at + _CALL_LEASE
        )
        if is_under_way and not after_restart:
            return None
        was_sent = row.state is not AttemptState.PLANNED
        row.state = AttemptState.SENT
        row.sent_at = now
        return was_sent


def _load(context: Context, attempt_id: str) -> _Attempt:
    with context.database.read() as session:
        row = orders.attempt(session, attempt_id)
        method = orders.payment_method(session, row.payment_method_id)
        return _Attempt(
            attempt_id=row.id,
            operation=row.operation,
            amount=Money(row.amount_minor, row.currency),
            token=method.token,
            idempotency_key=row.idempotency_key,
            charge_id=row.charge_id,
        )


def _charge(context: Context, attempt: _Attempt, *, was_sent: bool) -> _Outcome:
    charge_id = attempt.charge_id or _prepare(context, attempt)
    if was_sent:
        charge = context.gateway.retrieve(charge_id)
        if charge.state is not ChargeState.READY:
            return _outcome(attempt, charge)
    return _outcome(attempt, context.gateway.confirm(charge_id, f"confirm:{attempt.attempt_id}"))


def _prepare(context: Context, attempt: _Attempt) -> str:
    request = ChargeRequest(attempt.amount, attempt.token, attempt.attempt_id, attempt.idempotency_key)
    charge_id = context.gateway.prepare(request)
    with context.database.write() as session:
        orders.attempt(session, attempt.attempt_id).charge_id = charge_id
    return charge_id


def _outcome(attempt: _Attempt, charge: ProviderCharge) -> _Outcome:
    if charge.state is ChargeState.DECLINED:
        return _Outcome(AttemptState.DECLINED, charge.decline_code)
    if charge.state is not ChargeState.CAPTURED or charge.amount != attempt.amount:
        logger.error(
            "charge %s should be %s, the provider's books say %s", charge.charge_id, attempt.amount, charge
        )
        raise GatewayUnavailableError(f"the provider's books disagree about charge {charge.charge_id}")
    return _Outcome(AttemptState.CAPTURED)


def _refund(context: Context, attempt: _Attempt, *, was_sent: bool) -> _Outcome:
    if attempt.charge_id is None:
        raise ValueError(f"refund attempt {attempt.attempt_id} names no charge")
    if was_sent:
        made = context.gateway.retrieve(attempt.charge_id).refunds
        if any(refund.reference == attempt.attempt_id for refund in made):
            return _Outcome(AttemptState.CAPTURED)
    request = RefundRequest(attempt.charge_id, attempt.amount, attempt.attempt_id, attempt.idempotency_key)
    try:
        context.gateway.refund(request)
    except RefundTooLargeError:
        return _Outcome(AttemptState.DECLINED, "refund_too_large")
    return _Outcome(AttemptState.CAPTURED)


def _finish(context: Context, attempt_id: str, outcome: _Outcome) -> None:
    now = context.clock()
    with context.database.write() as session:
        row = orders.attempt(session, attempt_id)
        if row.state in FINAL_ATTEMPT_STATES:
            return
        row.state = outcome.state
        row.decline_code = outcome.decline_code
        row.finished_at = now
        if outcome.state is AttemptState.CAPTURED:
            session.add_all(
                LedgerEntryTable(
                    attempt_id=attempt_id,
                    ledger_account=entry.account.value,
                    amount_minor=entry.amount_minor,
                    currency=row.currency,
                    posted_at=now,
                )
                for entry in _entries(row)
            )
        session.flush()
        order = orders.order(session, row.order_id, lock=True)
        if order is not None:
            order.state = derive_state(session, order.id)
    logger.info("payment attempt %s of order %s is %s", attempt_id, row.order_id, outcome.state)


def _entries(row: PaymentAttemptTable) -> list[ledger.Entry]:
    make = ledger.charge_entries if row.operation is Operation.CHARGE else ledger.refund_entries
    return make(row.amount_minor, row.tax_minor)


def _mark_unknown(context: Context, attempt_id: str) -> None:
    with context.database.write() as session:
        row = orders.attempt(session, attempt_id)
        if row.state not in FINAL_ATTEMPT_STATES:
            row.state = AttemptState.UNKNOWN
