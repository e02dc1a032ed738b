"""Starting and stopping."""

import shutil
import socket
import threading
from contextlib import closing

import httpx
import pytest

from checkout_api.client import CheckoutClient, PurchaseLine
from checkout_api.errors import CheckoutError, DatabaseUnavailableError, PortInUseError
from checkout_api.gateways.simulator import Call, Fault, FaultKind, SimulatorGateway
from checkout_api.server import run_in_thread, serve
from checkout_api.settings import Settings
from tests.checkout_api.conftest import PRODUCTS, MovableClock, Shop, quiet_settings


@pytest.fixture
def settings(tmp_path, empty_database):
    shutil.copy(empty_database, tmp_path / "walkout.db")
    return Settings(
        demo=True,
        port=0,
        database_url=f"sqlite:///{tmp_path / 'walkout.db'}",
        simulator_books=tmp_path / "provider.db",
        cart_poll_s=0.02,
        **quiet_settings(),
    )


@pytest.fixture
def gateway(settings):
    with closing(SimulatorGateway(settings.simulator_books)) as opened:
        yield opened


def with_port(settings, port):
    return settings.model_copy(update={"port": port})


def test_a_port_in_use_is_named(settings):
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(PortInUseError, match=f"port {port}: Address already in use; stop"):
            serve(with_port(settings, port))


def test_a_database_that_cannot_be_opened_stops_the_start(settings, gateway, tmp_path):
    wrong = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/missing/walkout.db"})

    with pytest.raises(DatabaseUnavailableError), run_in_thread(wrong, gateway):
        pass


def test_a_start_that_fails_is_told(settings, gateway):
    def broken_clock():
        raise CheckoutError("no time")

    with (
        pytest.raises(CheckoutError, match="did not start"),
        run_in_thread(settings, gateway, clock=broken_clock),
    ):
        pass


def test_after_the_stop_the_port_is_free_and_no_thread_is_left(settings, gateway):
    before = set(threading.enumerate())
    with run_in_thread(settings, gateway) as url:
        port = int(url.rpartition(":")[2])
        assert httpx.get(f"{url}/healthz").status_code == 200

    assert {thread for thread in threading.enumerate() if thread.name == "checkout"} <= before
    with run_in_thread(with_port(settings, port), gateway) as url:
        assert url == f"http://127.0.0.1:{port}"


def test_a_restart_settles_what_was_open_and_remembers_everything(settings, gateway):
    clock = MovableClock()
    with (
        run_in_thread(settings, gateway, clock=clock) as url,
        closing(Shop(settings, gateway, clock, url)) as shop,
    ):
        shop.client.upload_catalog(PRODUCTS)
        login = shop.shopper()
        gateway.inject(
            Fault(Call.CONFIRM, FaultKind.LOST_AFTER), Fault(Call.RETRIEVE, FaultKind.LOST_BEFORE, 9)
        )
        _, event = shop.enter(login)
        trip = shop.trip(event, PurchaseLine("milk", 1))
        assert shop.client.purchase(trip).status == "pending"
    gateway.clear_faults()

    with (
        run_in_thread(settings, gateway, clock=clock) as url,
        closing(Shop(settings, gateway, clock, url)) as shop,
    ):
        (receipt,) = shop.client.receipts(login)
        assert (receipt.status, receipt.charged_minor) == ("paid", 129)
        assert shop.client.purchase(trip).receipt_id == receipt.receipt_id
    assert gateway.captured_total_minor() == 129


def test_a_watched_cart_does_not_hold_up_the_stop(settings, gateway):
    clock = MovableClock()
    ended = threading.Event()
    started = threading.Event()

    def watch(url, visit_id):
        headers = {"X-Device-Key": settings.store_computer_key.get_secret_value()}
        with httpx.stream("GET", f"{url}/v1/visits/{visit_id}/cart/events", headers=headers) as stream:
            for _ in stream.iter_lines():
                started.set()
        ended.set()

    with (
        run_in_thread(settings, gateway, clock=clock) as url,
        closing(Shop(settings, gateway, clock, url)) as shop,
    ):
        visit_id, _ = shop.enter(shop.shopper())
        watcher = threading.Thread(target=watch, args=(url, visit_id))
        watcher.start()
        assert started.wait(5)
    watcher.join(5)

    assert ended.is_set()


def test_the_first_and_later_starts_serve_the_same_devices(settings, gateway):
    for _ in range(2):
        with (
            run_in_thread(settings, gateway) as url,
            CheckoutClient(url, settings.store_computer_key.get_secret_value()) as client,
        ):
            assert client.upload_catalog(PRODUCTS) == len(PRODUCTS)
