"""A live store's gate and cameras beside a real checkout API: codes open, trips are charged once."""

import io
import json
import re
import tomllib
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from cart_tracker.observations import VisitId
from cart_tracker.store_map import store_map_from_toml
from cart_tracker.visits import CartChanged, CartLine, ClosedLine, Decision, VisitClosed
from checkout_api.client import CatalogProduct, CheckoutClient
from checkout_api.gateways.simulator import SimulatorGateway
from checkout_api.server import run_in_thread
from vision.clock import StoreClock
from vision.settings import read_settings
from walkout.cli import DEMO_RECORDING
from walkout.doctor import Verdict, examine
from walkout.errors import DeviceKeyError, GateLogError
from walkout.gate_command import connected_gate, run_gate
from walkout.gate_feed import GateFeed
from walkout.line_checkout import LineCheckout, connected_line, read_device_keys

DAY = timedelta(days=1)


class LiveStore:
    """A store.toml that names a gate log and a running API, with one shopper."""

    def __init__(self, folder, url, api_settings):
        text = (DEMO_RECORDING / "store.toml").read_text(encoding="utf-8")
        self.store_map = store_map_from_toml(tomllib.loads(text))
        self.path = folder / "store.toml"
        self.path.write_text(f'{text}\n[gate]\nlog = "gate.jsonl"\n[checkout]\nurl = "{url}"\n', "utf-8")
        self.settings = read_settings(self.path)
        key = api_settings.store_computer_key.get_secret_value()
        self.phone = CheckoutClient(url, key, store_id=self.store_map.store_id)
        self.phone.upload_catalog(
            [
                CatalogProduct(one.product_id, one.name, one.price_minor, self.store_map.currency, "0.07")
                for one in self.store_map.products
            ]
        )
        self.login = self.phone.sign_up("ada@example.org", "a long password of ada", "Ada")
        self.phone.link_payment_method(self.login, "pm_sim_visa")

    def code(self):
        return self.phone.mint_entry_codes(self.login).code

    def scans(self):
        return GateFeed(self.settings.gate_log, StoreClock()).new_events()


@pytest.fixture
def store(tmp_path, monkeypatch, api_settings):
    monkeypatch.setenv("WALKOUT_GATE_KEY", api_settings.gate_key.get_secret_value())
    monkeypatch.setenv("WALKOUT_STORE_COMPUTER_KEY", api_settings.store_computer_key.get_secret_value())
    with ExitStack() as stack:
        gateway = SimulatorGateway(api_settings.simulator_books)
        stack.callback(gateway.close)
        url = stack.enter_context(run_in_thread(api_settings, gateway))
        live = LiveStore(tmp_path, url, api_settings)
        stack.callback(live.phone.close)
        yield live


def closed(visit_id, product_id, quantity):
    now_s = datetime.now(UTC).timestamp()
    line = ClosedLine(product_id, quantity, 0.99, Decision.CHARGE, "")
    return VisitClosed(visit_id, now_s, now_s + 60.0, (line,), (), Decision.CHARGE, 0.99, "")


def test_a_code_opens_once_and_what_its_visit_took_is_charged(store):
    code, said = store.code(), io.StringIO()
    product = store.store_map.products[0]

    run_gate(store.path, "gate-1", [f"{code}\n", "\n", f"{code}\n", "nonsense\n"], Console(file=said))
    (scan,) = store.scans()
    with connected_line(store.settings.checkout_url, read_device_keys(), store.settings) as line:
        checkout = LineCheckout(line, receipt_timeout_s=10.0)
        visit_id = checkout.admit(scan)
        checkout.show_cart(CartChanged(visit_id, scan.at_s + 5, (CartLine(product.product_id, 2, 0.9),)))
        settled = checkout.settle(closed(visit_id, product.product_id, 2))

    opened, again, never = said.getvalue().splitlines()
    assert opened == f"open {visit_id}"
    assert again.startswith("shut ")
    assert never.startswith("shut ")
    assert (settled.charged_minor, settled.is_settled) == (2 * product.price_minor, True)
    (receipt,) = store.phone.receipts(store.login)
    assert receipt.visit_id == visit_id


def test_a_store_computer_that_starts_again_still_knows_by_which_code_somebody_came_in(store):
    product = store.store_map.products[0]
    with connected_gate(store.settings, "gate-1") as gate:
        gate.show(store.code())
    (scan,) = store.scans()
    with connected_line(store.settings.checkout_url, read_device_keys(), store.settings) as line:
        visit_id = LineCheckout(line).admit(scan)

    with connected_line(store.settings.checkout_url, read_device_keys(), store.settings) as line:
        checkout = LineCheckout(line, receipt_timeout_s=10.0)
        settled = checkout.settle(closed(visit_id, product.product_id, 1))
        again = checkout.settle(closed(visit_id, product.product_id, 1))

    assert settled.charged_minor == again.charged_minor == product.price_minor
    assert len(store.phone.receipts(store.login)) == 1


def test_a_receipt_that_is_not_there_yet_is_pending_and_holds_nobody_up(store):
    with connected_gate(store.settings, "gate-1") as gate:
        gate.show(store.code())
    (scan,) = store.scans()
    with connected_line("http://127.0.0.1:9", read_device_keys(), store.settings) as line:
        checkout = LineCheckout(line)
        settled = checkout.settle(closed(checkout.admit(scan), store.store_map.products[0].product_id, 1))
        unsent = checkout.unsent()
    with connected_line(store.settings.checkout_url, read_device_keys(), store.settings) as line:
        has_arrived = line.flush(10.0)

    assert (settled.is_pending, settled.is_settled, unsent) == (True, False, 1)
    assert has_arrived
    assert len(store.phone.receipts(store.login)) == 1


def test_whoever_came_in_without_a_visit_of_the_api_is_not_charged(store, caplog):
    log = {"at_s": datetime.now(UTC).timestamp(), "gate_id": "gate-1", "shopper": "anna"}
    store.settings.gate_log.write_text(json.dumps(log) + "\n", encoding="utf-8")
    (scan,) = store.scans()
    with connected_line(store.settings.checkout_url, read_device_keys(), store.settings) as line:
        checkout = LineCheckout(line)
        visit_id = checkout.admit(scan)
        checkout.show_cart(CartChanged(visit_id, scan.at_s, ()))
        settled = checkout.settle(closed(visit_id, store.store_map.products[0].product_id, 1))
        unsent = checkout.unsent()

    assert visit_id == VisitId("anna")
    assert "nobody will be charged" in caplog.text
    assert (settled.charged_minor, settled.is_pending, unsent) == (0, False, 0)


def test_the_doctor_says_whether_the_api_answers_and_knows_the_gate(store, monkeypatch):
    text = store.path.read_text(encoding="utf-8")
    store.path.write_text(re.sub(r"(?m)^video = .*", 'video = "rtsp://127.0.0.1:9/x"', text), "utf-8")

    well = {one.part: one for one in examine(store.path, 0.0)}
    monkeypatch.setenv("WALKOUT_GATE_KEY", "somebody else's")
    strange = {one.part: one for one in examine(store.path, 0.0)}

    assert well["checkout"].verdict is Verdict.GOOD
    assert strange["checkout"].verdict is Verdict.BAD


def test_missing_keys_are_named(store, monkeypatch):
    monkeypatch.delenv("WALKOUT_GATE_KEY")

    with pytest.raises(DeviceKeyError, match="WALKOUT_GATE_KEY must be set"):
        read_device_keys()


def test_a_gate_without_a_log_or_checkout_says_what_is_missing():
    with pytest.raises(GateLogError, match="needs both a"):
        run_gate(DEMO_RECORDING, "gate-1", [], Console(file=io.StringIO()))


def test_a_log_that_cannot_be_written_keeps_the_gate_shut(store):
    store.settings.gate_log.mkdir()

    with connected_gate(store.settings, "gate-1") as gate, pytest.raises(GateLogError, match="stays shut"):
        gate.show(store.code())
