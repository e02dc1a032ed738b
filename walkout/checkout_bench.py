"""How fast the checkout charges: exits a second, the wait for an answer, and until a receipt says paid.

The API runs as a process of its own with the database it is given and the payment simulator, as in a small
store; exits come over real HTTP from threads of this one, which take their share of the machine.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import numpy as np
from sqlalchemy import make_url

from checkout_api.client import (
    AuthEvent,
    CatalogProduct,
    CheckoutClient,
    PurchaseLine,
    Receipt,
    ShopperLogin,
    Trip,
)
from checkout_api.settings import Settings
from walkout.errors import EvaluationError

SENDERS = 8  # store computers at once
PACED_PER_S = 20.0  # a busy chain; waiting times say something only while nobody queues
PACED_S = 15.0
_RECEIPTS = 40
_START_TIMEOUT_S, _RECEIPT_TIMEOUT_S = 60.0, 30.0
_POLL_S = 0.02
_SERVE = """
from checkout_api.server import serve
from checkout_api.settings import read_settings
serve(read_settings())
"""
_NEVER = "1000000 per second"


@dataclass(frozen=True, slots=True)
class CheckoutCost:
    """What was measured.

    Attributes:
        database: Its kind.
        exits: How many trips were sent as fast as they were taken.
        exits_per_s: Of them.
        answer_s: `(n,)` from sending a trip to its answer, at `PACED_PER_S`.
        receipt_s: `(m,)` from sending a trip until the shopper's receipt says paid.
    """

    database: str
    exits: int
    exits_per_s: float
    answer_s: tuple[float, ...]
    receipt_s: tuple[float, ...]


def measure_checkout(exits: int, database_url: str | None = None) -> CheckoutCost:
    """Let shoppers in, then let them all leave.

    Args:
        exits: Sent as fast as they are taken; some hundred more are sent slowly.
        database_url: An empty database; a fresh SQLite file by default.

    Raises:
        EvaluationError: If the API does not start.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        address = database_url or f"sqlite:///{folder / 'walkout.db'}"
        with _serving(folder, address) as url, _Shop(url) as shop:
            paced = round(PACED_PER_S * PACED_S)
            trips = [shop.enter() for _ in range(exits + paced + _RECEIPTS)]
            began_s = time.perf_counter()
            with ThreadPoolExecutor(SENDERS) as senders:
                list(senders.map(shop.leave, trips[:exits]))
            exits_per_s = exits / (time.perf_counter() - began_s)
            answer_s = _paced(shop, trips[exits : exits + paced])
            receipt_s = [shop.until_paid(trip) for trip in trips[exits + paced :]]
        return CheckoutCost(
            make_url(address).get_backend_name(), exits, exits_per_s, tuple(answer_s), tuple(receipt_s)
        )


def describe_checkout(cost: CheckoutCost) -> str:
    """Spell the cost as a small table."""
    answer, receipt = np.array(cost.answer_s), np.array(cost.receipt_s)
    rows = (
        (f"{cost.exits} exits by {SENDERS} senders", f"{cost.exits_per_s:8.0f} exits/s"),
        (
            f"one exit's answer, at {PACED_PER_S:.0f} exits/s",
            f"{1000 * np.median(answer):8.0f} ms median, {1000 * np.percentile(answer, 95):.0f} ms p95",
        ),
        (
            "until the shopper's receipt says paid",
            f"{1000 * np.median(receipt):8.0f} ms median, {1000 * np.percentile(receipt, 95):.0f} ms p95",
        ),
    )
    lines = [f"Checkout on {cost.database}, payment simulator:"]
    return "\n".join([*lines, *(f"  {what:<42}{figure}" for what, figure in rows)])


class _Shop:
    """A catalogue, a shopper with a card, and a client for every thread."""

    def __init__(self, url: str) -> None:
        settings = Settings(demo=True)
        self._client = CheckoutClient(url, settings.store_computer_key.get_secret_value())
        self._login: ShopperLogin

    def __enter__(self) -> _Shop:
        products = [CatalogProduct("milk", "Milk 1 l", 129, "EUR", Decimal("0.07"))]
        self._client.upload_catalog(products)
        self._login = self._client.sign_up("ada@shopper.example", "a password of ada", "Ada")
        self._client.link_payment_method(self._login, "pm_sim_visa")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def enter(self) -> Trip:
        """Show a code to the gate, and return what will be sent at the exit."""
        event = AuthEvent(f"event-{uuid.uuid4()}", datetime.now(UTC))
        self._client.scan(self._client.mint_entry_codes(self._login).code, event)
        now = datetime.now(UTC)
        line = PurchaseLine("milk", 2)
        return Trip(str(uuid.uuid4()), now - timedelta(minutes=1), now, (event,), (line,))

    def leave(self, trip: Trip) -> Receipt:
        """Send a finished trip."""
        return self._client.purchase(trip)

    def until_paid(self, trip: Trip) -> float:
        """Send a trip and return after how many seconds the shopper sees its receipt paid."""
        began_s = time.perf_counter()
        receipt = self.leave(trip)
        while self._client.receipt(self._login, receipt.receipt_id).status != "paid":
            if time.perf_counter() - began_s > _RECEIPT_TIMEOUT_S:
                raise EvaluationError("a receipt is not paid after 30 s; look at the API's log")
            time.sleep(_POLL_S)
        return time.perf_counter() - began_s


def _paced(shop: _Shop, trips: Sequence[Trip]) -> list[float]:
    began_s = time.perf_counter()

    def leave(number: int) -> float:
        time.sleep(max(0.0, began_s + number / PACED_PER_S - time.perf_counter()))
        started_s = time.perf_counter()
        shop.leave(trips[number])
        return time.perf_counter() - started_s

    with ThreadPoolExecutor(SENDERS) as senders:
        return list(senders.map(leave, range(len(trips))))


@contextmanager
def _serving(folder: Path, database_url: str) -> Iterator[str]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "WALKOUT_DEMO": "1",
        "WALKOUT_PORT": str(port),
        "WALKOUT_DATABASE_URL": database_url,
        "WALKOUT_SIMULATOR_BOOKS": str(folder / "provider-books.db"),
        "WALKOUT_ENTRY_CODE_LIFETIME_S": "3600",
        "WALKOUT_AUDIT_PROBABILITY": "0",
        "WALKOUT_OPEN_VISITS_LIMIT": "1000000",
        **{f"WALKOUT_{name}_LIMIT": _NEVER for name in ("ADDRESS", "SIGN_IN", "ACCOUNT", "DEVICE")},
    }
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603  # this very Python
            [sys.executable, "-c", _SERVE], env=os.environ | environment, stderr=log, stdout=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline_s = time.monotonic() + _START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline_s:
        try:
            if httpx.get(f"{url}/readyz").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    last = log.read_text(encoding="utf-8").strip().splitlines()[-1:]
    raise EvaluationError(f"the checkout API did not start: {' '.join(last) or 'no answer in 60 s'}")
