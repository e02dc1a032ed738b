"""The server is killed again and again while trips are sold; afterwards every book says the same."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import func, select

from checkout_api.client import AuthEvent, CheckoutClient, PurchaseLine, Trip
from checkout_api.database import open_database
from checkout_api.errors import CheckoutUnreachableError
from checkout_api.gateways.simulator import SimulatorGateway
from checkout_api.payments import ChargeState
from checkout_api.settings import Settings
from checkout_api.states import OrderState
from checkout_api.tables import LedgerEntryTable, OrderTable
from tests.checkout_api.conftest import PRODUCTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]

SERVE = "from checkout_api import server, settings; server.serve(settings.read_settings())"
N_KILLS = 8
# The longest time between an answer to anything and the kill.
LONGEST_LIFE_S = 0.6
# A loaded machine needs a while to start Python.
PATIENCE_S = 120


class KilledServer:
    """A server in its own process that dies without warning and starts again."""

    def __init__(self, settings):
        self._environment = os.environ | {
            "WALKOUT_DEMO": "1",
            "WALKOUT_PORT": str(settings.port),
            "WALKOUT_ENTRY_CODE_LIFETIME_S": "3600",
            # One shopper comes in more often here than anybody does.
            "WALKOUT_ACCOUNT_LIMIT": "1000000 per second",
            "WALKOUT_ADDRESS_LIMIT": "1000000 per second",
            "WALKOUT_DATABASE_URL": settings.database_url,
            "WALKOUT_SIMULATOR_BOOKS": str(settings.simulator_books),
        }
        self.url = f"http://127.0.0.1:{settings.port}"
        self._probe = httpx.Client(base_url=self.url)
        self.start()

    def start(self):
        command = [sys.executable, "-c", SERVE]
        self._process = subprocess.Popen(command, env=self._environment)  # noqa: S603  # this very Python
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                self._probe.get("/healthz")
            except httpx.TransportError:
                assert self._process.poll() is None, "the server did not start"
                time.sleep(0.05)
            else:
                return

    def close(self):
        self._probe.close()
        self.kill()

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def settings(tmp_path):
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Settings(
        demo=True,
        port=port,
        database_url=f"sqlite:///{tmp_path / 'walkout.db'}",
        simulator_books=tmp_path / "provider.db",
    )


def patiently(function, *arguments):
    """Call until there is an answer, as the store computer's outbox does."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return function(*arguments)
        except CheckoutUnreachableError:
            assert time.monotonic() < deadline


def sell(client, login, n):
    """Let one trip happen."""
    event = AuthEvent(f"entry-{n}", datetime.now(UTC))
    code = patiently(client.mint_entry_codes, login).code
    patiently(client.scan, code, event)
    now = datetime.now(UTC)
    trip = Trip(f"trip-{n}", now, now, (event,), (PurchaseLine("milk", 1 + n % 3),))
    return patiently(client.purchase, trip)


def test_after_many_kills_every_trip_is_charged_once(settings):
    server = KilledServer(settings)
    rng = random.Random(3)  # noqa: S311  # the same delays each time
    is_over = threading.Event()
    sold = []

    def shop():
        with CheckoutClient(server.url, settings.store_computer_key.get_secret_value()) as client:
            patiently(client.upload_catalog, PRODUCTS)
            login = patiently(client.sign_up, "ada@example.org", "a long enough password", "Ada")
            patiently(client.link_payment_method, login, "pm_sim_visa")
            while not is_over.is_set():
                sold.append(sell(client, login, len(sold)))

    shopping = threading.Thread(target=shop)
    shopping.start()
    for _ in range(N_KILLS):
        time.sleep(rng.uniform(0, LONGEST_LIFE_S))
        server.kill()
        server.start()
    is_over.set()
    shopping.join(PATIENCE_S)
    with CheckoutClient(server.url, settings.store_computer_key.get_secret_value()) as client:
        assert client.settle().unfinished == 0
    server.close()

    assert len(sold) > N_KILLS
    expected = [129 * (1 + n % 3) for n in range(len(sold))]
    with closing(SimulatorGateway(settings.simulator_books)) as books:
        captured = [charge for charge in books.charges() if charge.state is ChargeState.CAPTURED]
        assert sorted(charge.amount.minor_units for charge in captured) == sorted(expected)
    with closing(open_database(settings.database_url)) as database, database.read() as session:
        assert set(session.scalars(select(OrderTable.state))) == {OrderState.PAID}
        cleared = select(func.sum(LedgerEntryTable.amount_minor))
        in_clearing = LedgerEntryTable.ledger_account == "provider_clearing"
        assert session.scalar(cleared) == 0
        assert session.scalar(cleared.where(in_clearing)) == sum(expected)
