"""The store sells on while its API dies again and again and answers get lost: one charge for every trip."""

import random
from contextlib import closing
from datetime import UTC, datetime

import httpx
import pytest

from checkout_api.client import AuthEvent, CartLine, CheckoutClient, PurchaseLine, Trip
from checkout_api.gateways.simulator import SimulatorGateway
from checkout_api.offline_gate import OfflineGate
from checkout_api.payments import ChargeState
from checkout_api.store_line import StoreLine
from tests.checkout_api.conftest import PASSWORD, PRODUCTS
from tests.checkout_api.test_kill import KilledServer, patiently, sell, settings

__all__ = ["settings"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]
N_TRIPS = 24
# Of every four trips one happens while the server is dead.
KILL_EVERY = 4
PENDING = {"pending", "paid"}


class BadLine(httpx.BaseTransport):
    """Loses a tenth of the requests and a fifth of the answers."""

    def __init__(self, rng):
        self._inner = httpx.HTTPTransport()
        self._rng = rng

    def handle_request(self, request):
        chance = self._rng.random()
        if chance < 0.1:
            raise httpx.ConnectTimeout("lost on the way")
        answer = self._inner.handle_request(request)
        if chance < 0.3:
            answer.read()
            raise httpx.ReadTimeout("the answer is lost")
        return answer

    def close(self):
        self._inner.close()


def test_every_trip_is_charged_once_although_the_server_dies_and_answers_are_lost(settings, tmp_path):
    server = KilledServer(settings)
    rng = random.Random(5)  # noqa: S311  # the same losses each time
    key, gate_key = (
        settings.store_computer_key.get_secret_value(),
        settings.gate_key.get_secret_value(),
    )
    with CheckoutClient(server.url, key) as phone:
        patiently(phone.upload_catalog, PRODUCTS)
        login = patiently(phone.sign_up, "ada@example.org", PASSWORD, "Ada")
        patiently(phone.link_payment_method, login, "pm_sim_visa")
        # Gates let in alone whom the store knows.
        sell(phone, login, N_TRIPS)
        trips = []
        with (
            CheckoutClient(server.url, key, tries=1, timeout_s=5, transport=BadLine(rng)) as for_line,
            CheckoutClient(server.url, gate_key, tries=1, timeout_s=2, transport=BadLine(rng)) as at_gate,
            StoreLine(tmp_path / "line.db", for_line) as line,
        ):
            gate = OfflineGate(at_gate, line, lambda: datetime.now(UTC))
            while not gate.learn_keys():
                pass
            for n in range(N_TRIPS):
                code = patiently(phone.mint_entry_codes, login).code
                is_dead = n % KILL_EVERY == KILL_EVERY - 1
                if is_dead:
                    server.kill()
                event = AuthEvent(f"entry-{n}", datetime.now(UTC))
                visit_id = gate.open(code, event)
                line.send_cart(visit_id, [CartLine("milk", 1)], datetime.now(UTC))
                now = datetime.now(UTC)
                trips.append(Trip(f"trip-{n}", now, now, (event,), (PurchaseLine("milk", 1 + n % 3),)))
                line.send_trip(visit_id, trips[-1])
                if is_dead:
                    server.start()
                assert line.flush(120)
            receipts = [line.receipt(trip.trip_id) for trip in trips]
            refused = line.refused()
        patiently(phone.settle)
    server.close()

    assert refused == ()
    assert {receipt.status for receipt in receipts} <= PENDING
    expected = sorted(129 * (1 + n % 3) for n in range(N_TRIPS + 1))
    with closing(SimulatorGateway(settings.simulator_books)) as books:
        captured = [c.amount.minor_units for c in books.charges() if c.state is ChargeState.CAPTURED]
    assert sorted(captured) == expected
