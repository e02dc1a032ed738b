"""Makes each payment attempt happen exactly once, whatever the network, the provider or a crash does.

An attempt is written and committed before the provider hears of it, every call carries the attempt's own
idempotency key, and where an answer is missing the provider is asked what happened before anything is
repeated. An unknown outcome is a state that waits for a later pass, not a failure. Attempts are taken in
batches: three transactions a batch, and the calls of a batch beside each other, outside any transaction.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from checkout_api import ledger, provider_calls
from checkout_api.charges import follow_up
from checkout_api.context import Context
from checkout_api.money import Money
from checkout_api.provider_calls import HOLD_EXPIRED, Job, Outcome
from checkout_api.repository import orders
from checkout_api.states import FINAL_ATTEMPT_STATES, AttemptState, Operation
from checkout_api.tables import PaymentAttemptTable

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

# The call, and once more after asking what became of it; longer outages wait for a later pass.
_TRIES_PER_PASS = 2
# A pass starts with few, which find out whether the provider answers at all.
_FIRST_BATCH = 3
_BATCH = 32
# Calls at the same time; a small store's share of what providers allow (Stripe: 100 a second).
_CALLS_AT_ONCE = 8
# Longer than any gateway's own timeouts: after this, a call under way belongs to a process that died.
_CALL_LEASE = timedelta(seconds=60)
# Waiting doubles from one second to an hour; fifty tries are two days, then a person has to look.
_LONGEST_WAIT = timedelta(hours=1)
MAX_TRIES = 50
# How long a shopper may stay at their bank's page; banks themselves give up after about ten minutes.
ACTION_LIFETIME = timedelta(minutes=30)
_ACTION_POLL = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class SettleResult:
    """How many open attempts a pass finished, and how many stay open."""

    finished: int
    unfinished: int


def settle_order(context: Context, order_id: str) -> SettleResult:
    """Settle the open attempts of one order; safe to call any number of times, from anywhere."""
    with context.database.read() as session:
        open_ids = orders.unfinished_attempts_of(session, order_id)
    return settle_attempts(context, open_ids)


def settle_due(context: Context) -> SettleResult:
    """Settle what is due now: new attempts, and silent ones whose waiting time is over."""
    with context.database.read() as session:
        due_ids = orders.due_attempt_ids(session, context.clock(), MAX_TRIES)
    return settle_attempts(context, due_ids)


def settle_open(context: Context, *, after_restart: bool = False) -> SettleResult:
    """Settle everything whose outcome is open, due or not.

    With `after_restart` no call can be under way, so those that a dead process left are taken up too.
    """
    with context.database.read() as session:
        open_ids = orders.unfinished_attempt_ids(session)
    return settle_attempts(context, open_ids, after_restart=after_restart)


def settle_attempts(
    context: Context, attempt_ids: Sequence[str], *, after_restart: bool = False
) -> SettleResult:
    """Settle these attempts, batch by batch, until all had their turn or the provider is silent."""
    finished = 0
    start = 0
    while start < len(attempt_ids):
        batch = attempt_ids[start : start + (_BATCH if start else _FIRST_BATCH)]
        start += len(batch)
        jobs = _claim(context, batch, after_restart)
        ended = _run(context, jobs)
        finished += ended
        if jobs and ended == 0 and len(jobs) == len(batch) >= _FIRST_BATCH:
            break
    return SettleResult(finished, len(attempt_ids) - finished)


def _claim(context: Context, attempt_ids: Sequence[str], after_restart: bool) -> list[Job]:
    """Take attempts that nobody else is at; the others are left out."""
    now = context.clock()
    jobs = []
    with context.database.write() as session:
        for row in orders.locked_attempts(session, attempt_ids):
            is_under_way = (
                row.state is AttemptState.SENT and row.sent_at is not None and now < row.sent_at + _CALL_LEASE
            )
            if row.state in FINAL_ATTEMPT_STATES or (is_under_way and not after_restart):
                continue
            jobs.append(_job(session, row, now))
            row.state = AttemptState.SENT
            row.sent_at = now
    return jobs


def _job(session: Session, row: PaymentAttemptTable, now: datetime) -> Job:
    method = orders.payment_method(session, row.payment_method_id)
    return Job(
        attempt_id=row.id,
        operation=row.operation,
        amount=Money(row.amount_minor, row.currency),
        token=method.token,
        customer=method.customer,
        idempotency_key=row.idempotency_key,
        charge_id=row.charge_id,
        return_url=row.return_url,
        was_sent=row.state is not AttemptState.PLANNED,
        is_abandoned=now >= row.planned_at + ACTION_LIFETIME,
    )


def _run(context: Context, jobs: Sequence[Job]) -> int:
    """Do the jobs of one batch, write down what became of them, and return how many are finished."""
    finished = 0
    for is_last in [False] * (_TRIES_PER_PASS - 1) + [True]:
        if not jobs:
            break
        outcomes = _ask(context, jobs)
        ended = {key: value for key, value in outcomes.items() if value.state is not AttemptState.UNKNOWN}
        if is_last:
            ended = outcomes
        _finish(context, ended)
        finished += sum(outcome.state in FINAL_ATTEMPT_STATES for outcome in ended.values())
        jobs = [replace(job, was_sent=True) for job in jobs if job.attempt_id not in ended]
        jobs = _with_charge_ids(context, jobs)
    return finished


def _ask(context: Context, jobs: Sequence[Job]) -> dict[str, Outcome]:
    """Prepare what has no charge yet, write the ids down, then act."""
    unprepared = [job for job in jobs if job.charge_id is None]
    prepared = _each(lambda job: provider_calls.prepare(context.gateway, job), unprepared)
    charge_ids = {key: value for key, value in prepared.items() if isinstance(value, str)}
    outcomes = {key: value for key, value in prepared.items() if isinstance(value, Outcome)}
    if charge_ids:
        with context.database.write() as session:
            for row in orders.locked_attempts(session, list(charge_ids)):
                row.charge_id = charge_ids[row.id]
    ready = [
        replace(job, charge_id=charge_ids.get(job.attempt_id, job.charge_id))
        for job in jobs
        if job.attempt_id not in outcomes
    ]
    return outcomes | _each(lambda job: provider_calls.act(context.gateway, job, job.charge_id or ""), ready)


def _each(call: Callable[[Job], Answer], jobs: Sequence[Job]) -> dict[str, Answer]:
    if len(jobs) < 2:
        return {job.attempt_id: call(job) for job in jobs}
    with ThreadPoolExecutor(_CALLS_AT_ONCE, thread_name_prefix="provider") as callers:
        return dict(zip((job.attempt_id for job in jobs), callers.map(call, jobs), strict=True))


def _with_charge_ids(context: Context, jobs: Sequence[Job]) -> list[Job]:
    if not jobs:
        return []
    with context.database.read() as session:
        known = orders.charge_ids(session, [job.attempt_id for job in jobs])
    return [replace(job, charge_id=known.get(job.attempt_id)) for job in jobs]


def _finish(context: Context, outcomes: dict[str, Outcome]) -> None:
    if not outcomes:
        return
    try:
        _write(context, outcomes)
    except IntegrityError:
        # One attempt that contradicts the books must not keep the others of its batch open.
        for attempt_id, outcome in outcomes.items():
            try:
                _write(context, {attempt_id: outcome})
            except IntegrityError:
                logger.exception(
                    "payment attempt %s contradicts what is written; a person has to look", attempt_id
                )


def _write(context: Context, outcomes: dict[str, Outcome]) -> None:
    now = context.clock()
    expired = {key for key, outcome in outcomes.items() if outcome.decline_code == HOLD_EXPIRED}
    with context.database.write() as session:
        order_ids = set()
        for row in orders.locked_attempts(session, list(outcomes)):
            if row.state in FINAL_ATTEMPT_STATES:
                continue
            _record(session, row, outcomes[row.id], now)
            if row.order_id is not None:
                order_ids.add(row.order_id)
        session.flush()
        for order_id in sorted(order_ids):
            order = orders.order(session, order_id, lock=True)
            if order is not None:
                follow_up(context, session, order, expired)


def _record(session: Session, row: PaymentAttemptTable, outcome: Outcome, now: datetime) -> None:
    row.state = outcome.state
    row.decline_code = outcome.decline_code
    row.action_url = outcome.action_url
    row.capture_before = outcome.capture_before
    if outcome.state is AttemptState.UNKNOWN:
        row.tries += 1
        row.next_try_at = now + min(timedelta(seconds=2 ** min(row.tries - 1, 12)), _LONGEST_WAIT)
    elif outcome.state is AttemptState.ACTION_REQUIRED:
        row.next_try_at = now + _ACTION_POLL
    else:
        row.finished_at = now
    if outcome.state is AttemptState.CAPTURED and row.order_id is not None:
        make = ledger.refund_entries if row.operation is Operation.REFUND else ledger.charge_entries
        orders.post(session, row.id, row.order_id, row.currency, make(row.amount_minor, row.tax_minor), now)
    if outcome.state in FINAL_ATTEMPT_STATES:
        logger.info(
            "payment attempt %s (%s) of order %s is %s", row.id, row.operation, row.order_id, row.state
        )
