"""A trip becomes one purchase, priced here and charged once."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from checkout_api.client import CheckoutRefusedError, PurchaseLine
from tests.checkout_api.conftest import bearer


def body_of(event, *items, **changes):
    return {
        "requestId": str(uuid.uuid4()),
        "idempotentShoppingTripId": str(uuid.uuid4()),
        "storeId": "store-1",
        "shoppingTrip": {
            "startTime": "2026-01-05T10:00:00Z",
            "endTime": "2026-01-05T10:05:00Z",
            "authEvents": [{"id": event.event_id, "timestamp": event.at.isoformat(), "location": "gate"}],
        },
        "cartItems": list(items),
    } | changes


def purchase(shop, body, headers=None):
    waiting = {"Prefer": "wait=10"} | (headers or shop.store_computer)
    return shop.http.post("/v1/order/purchases", json=body, headers=waiting)


def test_twenty_parallel_duplicates_are_one_purchase_and_one_charge(shop):
    login = shop.shopper()
    _, event = shop.enter(login)
    body = body_of(event, {"id": "milk", "type": "SKU", "quantity": 3})
    before = len(shop.gateway.charges())

    with ThreadPoolExecutor(20) as senders:
        answers = list(senders.map(lambda n: purchase(shop, body | {"requestId": f"try-{n}"}), range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["purchaseId"] for answer in answers}) == 1
    (receipt,) = shop.client.receipts(login)
    assert (receipt.status, receipt.charged_minor) == ("paid", 387)
    assert len(shop.gateway.charges()) == before + 1


def test_who_does_not_wait_is_answered_at_once_and_the_payment_follows(shop):
    login = shop.shopper()
    _, event = shop.enter(login)
    body = body_of(event, {"id": "milk", "quantity": 1})
    answer = shop.http.post("/v1/order/purchases", json=body, headers=shop.store_computer)
    assert (answer.status_code, answer.json()["receipt"]["status"]) == (201, "pending")

    shop.client.settle()

    assert shop.client.receipt(login, answer.json()["receipt"]["receiptId"]).status == "paid"


def test_the_same_trip_with_another_content_is_refused(shop):
    _, event = shop.enter(shop.shopper())
    body = body_of(event, {"id": "milk", "quantity": 1})
    first = purchase(shop, body)

    answer = purchase(shop, body | {"cartItems": [{"id": "milk", "quantity": 2}]})

    assert (answer.status_code, answer.json()["code"]) == (409, "trip_conflict")
    assert purchase(shop, body).json() == first.json()


def test_a_visit_is_not_purchased_under_a_second_trip_id(shop):
    _, event = shop.enter(shop.shopper())
    trip = shop.trip(event, PurchaseLine("milk", 1))
    shop.client.purchase(trip)

    with pytest.raises(CheckoutRefusedError, match="visit_closed"):
        shop.client.purchase(replace(trip, trip_id="another"))


def test_an_empty_cart_is_not_charged(shop):
    login = shop.shopper()
    receipt = shop.buy(login)

    assert (receipt.status, receipt.lines, receipt.total_minor) == ("no_purchase", (), 0)
    assert receipt.charge_ids == ()
    assert shop.client.receipt_pdf(login, receipt.receipt_id).startswith(b"%PDF-")


def test_a_free_product_is_on_the_receipt_and_not_charged(shop):
    receipt = shop.buy(shop.shopper(), ("sample", 1))

    assert (receipt.status, len(receipt.lines), receipt.charge_ids) == ("paid", 1, ())


def test_a_declined_card_leaves_the_order_due(shop):
    receipt = shop.buy(shop.shopper("pm_sim_declined"), ("milk", 1))

    assert (receipt.status, receipt.total_minor, receipt.charged_minor) == ("payment_due", 129, 0)


def test_a_paid_order_is_not_paid_again(shop):
    login = shop.shopper()
    receipt = shop.buy(login, ("milk", 1))

    answer = shop.http.post(f"/v1/orders/{receipt.order_id}/payments", headers=bearer(login))

    assert (answer.status_code, len(shop.charges_of(receipt))) == (409, 1)


def test_a_group_with_several_entries_is_one_purchase_only_of_one_visit(shop):
    _, first = shop.enter(shop.shopper())
    _, second = shop.enter(shop.shopper())
    trip = replace(shop.trip(first), auth_events=(first, second))

    with pytest.raises(CheckoutRefusedError, match="belong to different visits"):
        shop.client.purchase(trip)


def test_the_device_sees_no_card(shop):
    _, event = shop.enter(shop.shopper())

    assert purchase(shop, body_of(event, {"id": "milk", "quantity": 1})).json()["receipt"]["card"] is None


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"idempotentShoppingTripId": ""}, "idempotentShoppingTripId"),
        ({"idempotentShoppingTripId": "x" * 256}, "idempotentShoppingTripId"),
        ({"requestId": None}, "requestId"),
        ({"storeId": "store-2"}, "storeId"),
        ({"cartItems": [{"id": "milk", "quantity": 0}]}, "cartItems.0.quantity"),
        ({"cartItems": [{"id": "milk", "quantity": 1.5}]}, "cartItems.0.quantity"),
        ({"cartItems": [{"id": "milk", "quantity": 1, "type": "WEIGHT"}]}, "cartItems.0.type"),
        ({"cartItems": [{"id": "milk", "quantity": 1, "price": 1}]}, "cartItems.0.price"),
        ({"cartItems": [{"id": "milk", "quantity": 1, "decision": "maybe"}]}, "cartItems.0.decision"),
        ({"cartItems": [{"id": "milk", "quantity": 1, "confidence": -0.1}]}, "cartItems.0.confidence"),
        ({"cartItems": [{"id": "gold", "quantity": 1}]}, "gold"),
        ({"cartItems": None}, "cartItems"),
        ({"total": 1}, "total"),
    ],
)
def test_a_wrong_body_is_refused_with_its_place_and_leaves_the_visit_open(shop, change, where):
    visit_id, event = shop.enter(shop.shopper())
    answer = purchase(shop, body_of(event, {"id": "milk", "quantity": 1}) | change)

    assert answer.status_code == 422
    assert where in answer.json()["detail"]
    assert (
        shop.http.get(f"/v1/visits/{visit_id}/cart", headers=shop.store_computer).json()["state"] == "inside"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"endTime": "2026-01-05T09:59:59Z"}, "endTime is before startTime"),
        ({"endTime": "2026-01-05T10:05:00"}, "endTime"),
        ({"endTime": "yesterday"}, "endTime"),
        ({"authEvents": []}, "authEvents"),
        ({"authEvents": [{"id": "unheard of", "timestamp": "2026-01-05T10:00:00Z"}]}, "unheard of"),
    ],
)
def test_a_wrong_trip_is_refused(shop, change, message):
    body = body_of(shop.event())
    body["shoppingTrip"] |= change
    answer = purchase(shop, body)

    assert answer.status_code == 422
    assert message in answer.json()["detail"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"requestId": 1e999}'])
def test_what_is_not_a_purchase_at_all_is_refused(shop, content):
    headers = shop.store_computer | {"content-type": "application/json"}

    assert shop.http.post("/v1/order/purchases", content=content, headers=headers).status_code in {400, 422}


def test_times_of_another_zone_are_the_same_moment(shop):
    login = shop.shopper()
    _, event = shop.enter(login)
    body = body_of(event, {"id": "milk", "quantity": 1})
    body["shoppingTrip"]["endTime"] = "2026-01-05T11:05:00+01:00"

    assert purchase(shop, body).json()["receipt"]["endTime"] == "2026-01-05T10:05:00Z"


def test_a_trip_may_be_reported_late(shop):
    _, event = shop.enter(shop.shopper())
    trip = shop.trip(event, PurchaseLine("milk", 1))
    shop.clock.advance(days=2)

    assert shop.client.purchase(trip).status == "paid"
    assert trip.ended_at < shop.clock() - timedelta(days=1)
