"""The live cart: written by the store computer, watched by its owner."""

import json
from datetime import timedelta

import pytest

from checkout_api.client import CartLine, CheckoutRefusedError, PurchaseLine
from tests.checkout_api.conftest import bearer


def read_event(lines):
    """Read one server-sent event: its name and data."""
    fields = {}
    for line in lines:
        if line == "" and fields:
            return fields["event"], fields.get("data", "")
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
    raise EOFError("the stream has ended")


def test_a_cart_is_priced_by_the_server(shop):
    login = shop.shopper()
    visit_id, _ = shop.enter(login)
    shop.client.put_cart(visit_id, [CartLine("milk", 2, 0.9), CartLine("cola", 1, 0.5)], shop.clock())

    cart = shop.http.get(f"/v1/visits/{visit_id}/cart", headers=bearer(login)).json()

    assert (cart["version"], cart["totalMinor"], cart["currency"]) == (1, 477, "EUR")
    assert cart["lines"][0] == {
        "sku": "milk",
        "name": "Milk 1 l",
        "quantity": 2,
        "unitPriceMinor": 129,
        "amountMinor": 258,
        "confidence": 0.9,
    }


def test_a_later_cart_replaces_an_earlier_one_and_never_the_other_way(shop):
    visit_id, _ = shop.enter(shop.shopper())
    now = shop.clock()

    shop.client.put_cart(visit_id, [CartLine("milk", 2)], now)
    shop.client.put_cart(visit_id, [CartLine("cola", 1)], now - timedelta(seconds=1))
    assert shop.client.cart(visit_id) == (CartLine("milk", 2),)
    shop.client.put_cart(visit_id, [], now + timedelta(seconds=1))
    assert shop.client.cart(visit_id) == ()


def test_after_the_exit_the_cart_is_sealed(shop):
    visit_id, event = shop.enter(shop.shopper())
    shop.client.purchase(shop.trip(event, PurchaseLine("milk", 1)))

    with pytest.raises(CheckoutRefusedError, match="visit_closed"):
        shop.client.put_cart(visit_id, [], shop.clock())


@pytest.mark.parametrize(
    "line",
    [
        {"sku": "milk", "quantity": 0},
        {"sku": "milk", "quantity": -1},
        {"sku": "milk", "quantity": 1, "confidence": 1.5},
        {"sku": "milk", "quantity": 1, "priceMinor": 1},
        {"sku": "no such product", "quantity": 1},
    ],
)
def test_a_wrong_line_is_refused(shop, line):
    visit_id, event = shop.enter(shop.shopper())
    body = {"asOf": event.at.isoformat(), "lines": [line]}

    assert (
        shop.http.put(f"/v1/visits/{visit_id}/cart", json=body, headers=shop.store_computer).status_code
        == 422
    )


def test_the_owner_watches_the_cart_until_the_receipt(shop):
    login = shop.shopper()
    visit_id, event = shop.enter(login)

    with shop.http.stream("GET", f"/v1/visits/{visit_id}/cart/events", headers=bearer(login)) as stream:
        lines = stream.iter_lines()
        name, data = read_event(lines)
        assert (name, json.loads(data)["lines"]) == ("cart", [])
        shop.client.put_cart(visit_id, [CartLine("cola", 1, 0.8)], shop.clock())
        name, data = read_event(lines)
        assert (name, json.loads(data)["totalMinor"]) == ("cart", 219)
        receipt = shop.client.purchase(shop.trip(event, PurchaseLine("cola", 1)))
        assert read_event(lines) == ("receipt", receipt.receipt_id)
        with pytest.raises(EOFError):
            read_event(lines)
