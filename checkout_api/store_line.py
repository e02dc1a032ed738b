"""The store computer's line to the API: what has to arrive is written down first, and sent until it has.

Carts, trips and offline entries are kept in a file (SQLite, write-ahead log, full synchronisation), so that
neither a dead network nor a power cut loses one. Messages of one visit leave in their order; visits do not
wait for one another. Every message may be sent twice and has one effect, which the API sees to. What the API
refuses for good is set aside and told, never dropped.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter

from checkout_api.client import CheckoutClient
from checkout_api.client_types import CartLine, OfflineEntry, OfflineEntryResult, Receipt, Trip
from checkout_api.errors import CheckoutRefusedError, CheckoutUnreachableError
from checkout_api.line_book import Kind, LineBook, Message, State

logger = logging.getLogger(__name__)

# From a hiccup to a provider's bad hour: doubled after each try, and never longer than a shopper's patience.
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 30.0
# The API says no to us, not to the message: a wrong key, too many requests, or a proxy that answers for it.
_OUR_FAULT = {401, 403, 408, 425, 429}
_NOT_THE_API = "unknown"


@dataclass(frozen=True, slots=True)
class _Cart:
    lines: tuple[CartLine, ...]
    as_of: datetime


_CART, _TRIP = TypeAdapter(_Cart), TypeAdapter(Trip)
_ENTRY, _RECEIPT = TypeAdapter(OfflineEntry), TypeAdapter(Receipt)


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """Something that the API will never take; a person has to look."""

    visit_id: str
    kind: str
    reason: str


class StoreLine:
    """Sends what is in its file, in the background or when asked; made for one store computer."""

    def __init__(
        self,
        path: Path,
        client: CheckoutClient,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        """Open the file, with whatever an earlier process left in it.

        Args:
            path: Of the file; made if missing.
            client: With the store computer's key; it should try once and give up soon, retrying is done here.
            monotonic: Seconds that only grow.
            rng: Spreads retries, so that a chain of stores does not come back all at once.

        Raises:
            StoreLineError: If the file cannot be used.
        """
        self.book = LineBook(path)
        self._client = client
        self._monotonic = monotonic
        self._rng = rng or random.Random()  # noqa: S311  # spreads retries, guards nothing
        self._changed = threading.Condition()
        self._delivering = threading.Lock()
        self._stopping = False
        self._failures = 0
        self._quiet_until_s = 0.0
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start to send in the background."""
        self._thread = threading.Thread(target=self._run, name="store-line", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; what is not sent stays in the file for the next time."""
        self.close()

    def close(self) -> None:
        """Stop; what is not sent stays in the file for the next time."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        self.book.close()

    def send_cart(self, visit_id: str, lines: Sequence[CartLine], as_of: datetime) -> None:
        """Queue what a visit holds; an earlier cart that still waits is not sent any more."""
        body = _CART.dump_json(_Cart(tuple(lines), as_of))
        self._queue(Kind.CART, visit_id, f"{visit_id}:{as_of.isoformat()}", body)

    def send_trip(self, visit_id: str, trip: Trip) -> None:
        """Queue a finished trip; once this returns it will be charged, exactly once."""
        self._queue(Kind.TRIP, visit_id, trip.trip_id, _TRIP.dump_json(trip))

    def send_offline_entry(self, visit_id: str, entry: OfflineEntry) -> None:
        """Queue an opening that the gate decided on its own; `visit_id` is a name until the API gives one."""
        self._queue(Kind.ENTRY, visit_id, entry.event.event_id, _ENTRY.dump_json(entry))

    def receipt(self, trip_id: str, timeout_s: float = 0.0) -> Receipt | None:
        """Return the receipt that answered a trip, as it stood then.

        Args:
            trip_id: Of a trip that was sent.
            timeout_s: How long to wait for it.

        Returns:
            None while there is no answer: the trip is pending, not failed.
        """
        deadline_s = self._monotonic() + timeout_s
        with self._changed:
            while (message := self.book.find(Kind.TRIP, trip_id)) is not None:
                if message.state is State.DELIVERED and message.answer is not None:
                    return _RECEIPT.validate_json(message.answer)
                left_s = deadline_s - self._monotonic()
                if left_s <= 0 or message.state is State.REFUSED:
                    return None
                self._changed.wait(left_s)
        return None

    def waiting(self) -> int:
        """Count what has not arrived yet."""
        return self.book.count(State.WAITING)

    def refused(self) -> tuple[RefusedMessage, ...]:
        """Return what the API will never take, oldest first."""
        return tuple(
            RefusedMessage(message.visit_id, message.kind.value, message.answer or "")
            for message in self.book.refused()
        )

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything has arrived or been refused; tell whether it has."""
        deadline_s = self._monotonic() + timeout_s
        while self.waiting() > 0:
            if self._monotonic() >= deadline_s:
                return False
            if self._thread is None:
                self.deliver()
            with self._changed:
                self._changed.wait(min(0.05, max(0.0, deadline_s - self._monotonic())))
        return True

    def deliver(self) -> int:
        """Send what waits, visit by visit, and return how much arrived; stops when the API is silent."""
        arrived = 0
        with self._delivering:
            if self._monotonic() < self._quiet_until_s:
                return 0
            while (messages := self.book.heads()) and not self._stopping:
                for message in messages:
                    if not self._send(message):
                        return arrived
                    arrived += 1
        return arrived

    def _queue(self, kind: Kind, visit_id: str, key: str, body: bytes) -> None:
        self.book.add(kind, visit_id, key, body.decode())
        with self._changed:
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            self.deliver()
            with self._changed:
                if self._stopping:
                    return
                pause_s = max(0.0, self._quiet_until_s - self._monotonic())
                if self.book.count(State.WAITING) == 0:
                    self._changed.wait(_LONGEST_PAUSE_S)
                elif pause_s > 0:
                    self._changed.wait(pause_s)

    def _send(self, message: Message) -> bool:
        """Send one; False means that nothing goes through now."""
        try:
            answer = self._call(message)
        except CheckoutUnreachableError as error:
            return self._wait(str(error))
        except CheckoutRefusedError as error:
            if error.status in _OUR_FAULT or error.code == _NOT_THE_API:
                return self._wait(str(error))
            self._refused(message, error)
        else:
            self.book.delivered(message, answer)
        self._failures = 0
        with self._changed:
            self._changed.notify_all()
        return True

    def _wait(self, reason: str) -> bool:
        pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(self._failures, 16))
        self._failures += 1
        # Half to all of it: full jitter would at times not wait at all.
        self._quiet_until_s = self._monotonic() + pause_s * self._rng.uniform(0.5, 1.0)
        level = logging.WARNING if self._failures == 1 else logging.INFO
        logger.log(level, "%d messages wait for the checkout API: %s", self.waiting(), reason)
        return False

    def _refused(self, message: Message, error: CheckoutRefusedError) -> None:
        if message.kind is Kind.CART and error.code == "visit_closed":
            # The trip overtook it; its receipt says more than this cart.
            self.book.delivered(message, None)
            return
        logger.error("%s of visit %s was refused: %s", message.kind.value, message.visit_id, error)
        self.book.refuse(message, str(error))

    def _call(self, message: Message) -> str | None:
        match message.kind:
            case Kind.CART:
                cart = _CART.validate_json(message.body)
                self._client.put_cart(self.book.name_of(message.visit_id), cart.lines, cart.as_of)
                return None
            case Kind.TRIP:
                receipt = self._client.purchase(_TRIP.validate_json(message.body))
                return _RECEIPT.dump_json(receipt).decode()
            case Kind.ENTRY:
                entry = _ENTRY.validate_json(message.body)
                return self._admitted(message, self._client.report_offline_entry(entry))

    def _admitted(self, message: Message, result: OfflineEntryResult) -> str | None:
        if result.visit_id is None:
            raise CheckoutRefusedError(403, str(result.refusal), "the code was never good")
        if result.flag is not None:
            logger.warning("visit %s began offline and is flagged: %s", result.visit_id, result.flag)
        self.book.set_name(message.visit_id, result.visit_id)
        return result.flag
