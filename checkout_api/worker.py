"""What happens without anybody asking: settling, messages in and out, time-outs, reconciliation.

One thread beside the server; of several processes each may have one, since everything here can be done twice.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from checkout_api.audits import expire_audits
from checkout_api.charges import plan_dunning
from checkout_api.context import Context
from checkout_api.evidence import forget_expired
from checkout_api.holds import release_unused
from checkout_api.outbox import Postman, deliver_due, hand_out
from checkout_api.provider_events import handle_inbox
from checkout_api.receipt_mail import SmtpMailer
from checkout_api.reconciliation import reconcile
from checkout_api.review import expire_overdue
from checkout_api.settlement import settle_due
from checkout_api.webhook_sender import WebhookSender

logger = logging.getLogger(__name__)

# Time-outs of hours and days are looked for this often.
_SLOW_INTERVAL_S = 60.0


@dataclass(slots=True)
class _Duty:
    """Something to do again and again."""

    name: str
    do: Callable[[], object]
    every_s: float
    next_at_s: float


@contextmanager
def working(context: Context) -> Iterator[None]:
    """Work beside the caller until the end; with an interval of 0 do nothing."""
    if context.settings.background_interval_s == 0:
        yield
        return
    thread = threading.Thread(target=_work, args=(context,), name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        context.stopping.set()
        context.work_waits.set()
        thread.join()


def postman_of(context: Context) -> Postman:
    """Return what messages leave through, as the settings say.

    Raises:
        SettingsError: If the mail server's address cannot be used.
    """
    url = context.settings.smtp_url
    return Postman(WebhookSender(), SmtpMailer(url.get_secret_value()) if url is not None else None)


def _work(context: Context) -> None:
    duties = _duties(context, postman_of(context))
    while not context.stopping.is_set():
        context.work_waits.wait(context.settings.background_interval_s)
        context.work_waits.clear()
        now_s = time.monotonic()
        for duty in duties:
            if now_s >= duty.next_at_s and not context.stopping.is_set():
                duty.next_at_s = now_s + duty.every_s
                _try(context, duty)


def _duties(context: Context, postman: Postman) -> list[_Duty]:
    start_s = time.monotonic()
    duties = [
        _Duty("inbox", lambda: handle_inbox(context), 0, start_s),
        _Duty("settlement", lambda: settle_due(context), 0, start_s),
        _Duty("outbox", lambda: hand_out(context, postman), 0, start_s),
        _Duty("deliveries", lambda: deliver_due(context, postman), 0, start_s),
        _Duty("review", lambda: expire_overdue(context), _SLOW_INTERVAL_S, start_s),
        _Duty("audits", lambda: expire_audits(context), _SLOW_INTERVAL_S, start_s),
        _Duty("evidence", lambda: forget_expired(context), _SLOW_INTERVAL_S, start_s),
        _Duty("holds", lambda: release_unused(context), _SLOW_INTERVAL_S, start_s),
        _Duty("dunning", lambda: plan_dunning(context), _SLOW_INTERVAL_S, start_s),
    ]
    every_s = context.settings.reconcile_interval_s
    if every_s > 0:
        duties.append(_Duty("reconciliation", lambda: reconcile(context), every_s, start_s + every_s))
    return duties


def _try(context: Context, duty: _Duty) -> None:
    try:
        duty.do()
    except Exception:
        # The loop's edge: one duty that fails must not end the others, and is due again next time.
        logger.exception("background work failed: %s", duty.name)
        context.metrics.failed_duties.labels(duty.name).inc()
