"""The store computer's line: nothing is lost, nothing happens twice, order is kept within a visit."""

import itertools
from contextlib import closing
from datetime import timedelta

import httpx
import pytest

from checkout_api.client import CartLine, CheckoutClient, PurchaseLine
from checkout_api.errors import StoreLineError
from checkout_api.store_line import StoreLine
from tests.checkout_api.conftest import bearer


class CutLine(httpx.BaseTransport):
    """A line that can be cut: before the request arrives, or before the answer comes back."""

    def __init__(self):
        self._inner = httpx.HTTPTransport()
        self.is_cut, self.loses_answers = False, False
        self.paths = []

    def handle_request(self, request):
        self.paths.append(request.url.path)
        if self.is_cut:
            raise httpx.ConnectError("the line is cut")
        answer = self._inner.handle_request(request)
        if self.loses_answers:
            answer.read()
            raise httpx.ReadError("the answer is lost")
        return answer

    def close(self):
        self._inner.close()


@pytest.fixture
def cut():
    return CutLine()


@pytest.fixture
def connect(shop, cut, tmp_path):
    """Open the line again and again, as a store computer that restarts does; each look takes an hour."""
    opened = []

    def make():
        key = shop.settings.store_computer_key.get_secret_value()
        client = CheckoutClient(shop.url, key, tries=1, transport=cut)
        ticks = itertools.count(0, 3_600)
        line = StoreLine(tmp_path / "line.db", client, monotonic=lambda: float(next(ticks)))
        opened.append((line, client))
        return line

    yield make
    for line, client in opened:
        line.close()
        client.close()


def test_what_was_said_during_an_outage_and_a_restart_arrives_once_and_in_order(shop, cut, connect):
    login = shop.shopper()
    visit_id, event = shop.enter(login)
    cut.is_cut = True
    line = connect()
    trip = shop.trip(event, PurchaseLine("milk", 2))
    line.send_cart(visit_id, [CartLine("milk", 1)], shop.clock())
    line.send_cart(visit_id, [CartLine("milk", 2)], shop.clock())
    line.send_trip(visit_id, trip)
    line.deliver()
    assert (line.waiting(), line.receipt(trip.trip_id)) == (2, None)

    cut.is_cut = False
    cut.paths.clear()
    again = connect()
    assert again.deliver() == 2
    receipt = again.receipt(trip.trip_id)

    assert cut.paths == [f"/v1/visits/{visit_id}/cart", "/v1/order/purchases"]
    assert (receipt.status, receipt.charged_minor, again.waiting()) == ("paid", 258, 0)
    assert len(shop.client.receipts(login)) == 1


def test_a_lost_answer_makes_no_second_charge(shop, cut, connect):
    login = shop.shopper()
    visit_id, event = shop.enter(login)
    line = connect()
    trip = shop.trip(event, PurchaseLine("cola", 1))
    cut.loses_answers = True
    line.send_trip(visit_id, trip)
    line.send_trip(visit_id, trip)
    line.deliver()
    assert line.receipt(trip.trip_id) is None
    cut.loses_answers = False
    line.deliver()

    assert line.receipt(trip.trip_id).charged_minor == 219
    assert len(shop.charges_of(line.receipt(trip.trip_id))) == 1
    assert len(shop.client.receipts(login)) == 1


def test_what_is_refused_for_good_is_told_and_holds_up_nobody(shop, connect):
    first, event = shop.enter(shop.shopper())
    second, other_event = shop.enter(shop.shopper())
    line = connect()
    line.send_trip(first, shop.trip(event, PurchaseLine("no such product", 1)))
    trip = shop.trip(other_event, PurchaseLine("milk", 1))
    line.send_trip(second, trip)
    line.deliver()
    (refused,) = line.refused()

    assert (refused.visit_id, refused.kind) == (first, "trip")
    assert "unknown_product" in refused.reason
    assert line.receipt(trip.trip_id).status == "paid"


def test_a_cart_that_comes_after_its_receipt_is_no_fault(shop, connect):
    visit_id, event = shop.enter(shop.shopper())
    shop.client.purchase(shop.trip(event, PurchaseLine("milk", 1)))
    line = connect()
    line.send_cart(visit_id, [CartLine("milk", 1)], shop.clock())
    line.deliver()

    assert (line.waiting(), line.refused()) == (0, ())


def test_a_wrong_key_is_not_the_messages_fault(shop, tmp_path):
    visit_id, event = shop.enter(shop.shopper())
    with (
        CheckoutClient(shop.url, "a wrong key", tries=1) as client,
        closing(StoreLine(tmp_path / "line.db", client)) as line,
    ):
        line.send_trip(visit_id, shop.trip(event, PurchaseLine("milk", 1)))
        line.deliver()
        assert (line.waiting(), line.refused()) == (1, ())


def test_a_page_of_a_proxy_is_not_taken_for_the_api(shop, tmp_path):
    transport = httpx.MockTransport(lambda _: httpx.Response(404, content=b"<html>no such host</html>"))
    visit_id, event = shop.enter(shop.shopper())
    with (
        CheckoutClient(shop.url, "key", tries=1, transport=transport) as client,
        closing(StoreLine(tmp_path / "line.db", client)) as line,
    ):
        line.send_trip(visit_id, shop.trip(event, PurchaseLine("milk", 1)))
        line.deliver()
        assert (line.waiting(), line.refused()) == (1, ())


def test_in_the_background_a_receipt_comes_by_itself(shop, tmp_path):
    login = shop.shopper()
    visit_id, event = shop.enter(login)
    key = shop.settings.store_computer_key.get_secret_value()
    trip = shop.trip(event, PurchaseLine("milk", 1))
    with CheckoutClient(shop.url, key, tries=1) as client, StoreLine(tmp_path / "line.db", client) as line:
        line.send_cart(visit_id, [CartLine("milk", 1, 0.9)], shop.clock() - timedelta(seconds=1))
        line.send_trip(visit_id, trip)
        receipt = line.receipt(trip.trip_id, timeout_s=30)
        assert line.flush(30)

    assert (receipt.status, receipt.charged_minor) == ("paid", 129)
    assert shop.http.get(f"/v1/visits/{visit_id}/cart", headers=bearer(login)).json()["state"] == "exited"


def test_a_file_that_cannot_be_used_is_named(shop, tmp_path):
    with pytest.raises(StoreLineError, match="check that its folder exists"):
        StoreLine(tmp_path / "missing" / "line.db", shop.client)
