"""The catalogue: all of an upload or nothing."""

import pytest

from checkout_api.client import CheckoutRefusedError

ITEM = {"sku": "tea", "name": "Tea", "priceMinor": 250, "currency": "EUR", "taxRate": "0.07"}


def upload(shop, *items, store_id="store-1"):
    body = {"storeId": store_id, "items": list(items)}
    return shop.http.post("/v1/catalog/upload", json=body, headers=shop.store_computer)


def test_a_product_is_added_and_then_changed(shop):
    assert upload(shop, ITEM).json() == {"uploaded": 1}
    assert upload(shop, ITEM | {"priceMinor": 275}).json() == {"uploaded": 1}
    shop.clock.advance(minutes=2)  # whoever came before it pays the price they saw

    assert shop.buy(shop.shopper(), ("tea", 2)).total_minor == 550


def test_an_order_keeps_the_price_it_was_sold_at(shop):
    upload(shop, ITEM | {"sku": "mate"})
    login = shop.shopper()
    receipt = shop.buy(login, ("mate", 1))
    upload(shop, ITEM | {"sku": "mate", "priceMinor": 999, "name": "Mate, now dear"})

    assert shop.client.receipt(login, receipt.receipt_id) == receipt


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"priceMinor": -1}, "priceMinor"),
        ({"priceMinor": 2.5}, "priceMinor"),
        ({"priceMinor": "250"}, "priceMinor"),
        ({"currency": "euro"}, "currency"),
        ({"currency": "USD"}, "this store sells in EUR"),
        ({"taxRate": "19"}, "taxRate"),
        ({"taxRate": "NaN"}, "taxRate"),
        ({"taxRate": "0.12345678"}, "taxRate"),
        ({"sku": ""}, "sku"),
        ({"sku": "x" * 256}, "sku"),
        ({"discount": 5}, "discount"),
    ],
)
def test_a_wrong_product_is_named(shop, change, message):
    answer = upload(shop, ITEM | change)

    assert answer.status_code == 422
    assert message in answer.json()["detail"]


def test_of_an_upload_with_a_fault_nothing_is_written(shop):
    good = ITEM | {"sku": "never"}

    assert upload(shop, good, ITEM | {"currency": "USD"}).status_code == 422
    assert upload(shop, good, good).json()["detail"].endswith("send each product once")
    assert upload(shop, good, store_id="store-2").status_code == 422
    with pytest.raises(CheckoutRefusedError, match="unknown_product"):
        shop.buy(shop.shopper(), ("never", 1))
