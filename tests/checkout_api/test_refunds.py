"""Money back: never more than was charged, once for each key."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from checkout_api.gateways.simulator import Call, Fault, FaultKind
from tests.checkout_api.conftest import bearer


@pytest.fixture
def refund(shop):
    staff = shop.associate()

    def ask(receipt, key=None, **body):
        return shop.http.post(
            f"/v1/orders/{receipt.order_id}/refunds",
            json={"reason": "spoiled"} | body,
            headers=bearer(staff) | {"Idempotency-Key": key or str(uuid.uuid4())},
        )

    return ask


def refunded(shop, receipt):
    (charge,) = shop.charges_of(receipt)
    return [refund.amount.minor_units for refund in charge.refunds]


def test_an_amount_is_given_back(shop, refund):
    login = shop.shopper()
    receipt = shop.buy(login, ("milk", 2))
    answer = refund(receipt, amountMinor=100)

    assert (answer.status_code, answer.json()["status"], answer.json()["amountMinor"]) == (
        201,
        "succeeded",
        100,
    )
    after = shop.client.receipt(login, receipt.receipt_id)
    assert (after.status, after.charged_minor, after.refunded_minor) == ("partly_refunded", 258, 100)
    assert refunded(shop, receipt) == [100]


def test_units_of_lines_are_given_back_until_none_is_left(shop, refund):
    login = shop.shopper()
    receipt = shop.buy(login, ("milk", 2), ("cola", 1))
    milk, cola = receipt.lines

    one = refund(receipt, lines=[{"lineId": milk.line_id, "quantity": 1}])
    rest = refund(
        receipt, lines=[{"lineId": milk.line_id, "quantity": 1}, {"lineId": cola.line_id, "quantity": 1}]
    )
    more = refund(receipt, lines=[{"lineId": milk.line_id, "quantity": 1}])

    assert [one.json()["amountMinor"], rest.json()["amountMinor"]] == [129, 129 + 219]
    assert (more.status_code, more.json()["code"]) == (422, "refund_too_large")
    assert shop.client.receipt(login, receipt.receipt_id).status == "refunded"
    assert refunded(shop, receipt) == [129, 348]


def test_the_same_key_is_one_refund(shop, refund):
    receipt = shop.buy(shop.shopper(), ("milk", 2))
    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(lambda _: refund(receipt, "key-1", amountMinor=50), range(8)))

    assert len({answer.json()["refundId"] for answer in answers}) == 1
    assert refunded(shop, receipt) == [50]
    assert refund(receipt, "key-1", amountMinor=51).status_code == 409


def test_two_equal_refunds_with_their_own_keys_are_two(shop, refund):
    receipt = shop.buy(shop.shopper(), ("milk", 2))
    refund(receipt, amountMinor=50)
    refund(receipt, amountMinor=50)

    assert refunded(shop, receipt) == [50, 50]


def test_of_many_refunds_at_once_only_those_that_fit_are_made(shop, refund):
    receipt = shop.buy(shop.shopper(), ("milk", 2))
    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(lambda _: refund(receipt, amountMinor=100), range(8)))

    assert sorted(answer.status_code for answer in answers) == [201, 201] + [422] * 6
    assert refunded(shop, receipt) == [100, 100]


def test_an_order_that_moved_no_money_has_nothing_to_refund(shop, refund):
    receipt = shop.buy(shop.shopper())

    assert refund(receipt, amountMinor=1).json()["code"] == "refund_too_large"


@pytest.mark.parametrize("kind", [FaultKind.LOST_BEFORE, FaultKind.LOST_AFTER])
def test_a_refund_during_an_outage_is_pending_and_made_once(shop, refund, kind):
    login = shop.shopper()
    receipt = shop.buy(login, ("milk", 2))
    shop.gateway.inject(Fault(Call.REFUND, kind), Fault(Call.RETRIEVE, FaultKind.LOST_BEFORE, 100))
    assert refund(receipt, amountMinor=100).json()["status"] == "pending"
    assert refund(receipt, amountMinor=200).json()["code"] == "refund_too_large"

    shop.gateway.clear_faults()
    shop.gateway.forget_idempotency_keys()
    shop.client.settle()

    assert refunded(shop, receipt) == [100]
    assert shop.client.receipt(login, receipt.receipt_id).refunded_minor == 100


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"amountMinor": 0},
        {"amountMinor": 1.5},
        {"amountMinor": 10, "lines": [{"lineId": "x", "quantity": 1}]},
        {"lines": []},
        {"lines": [{"lineId": "x", "quantity": 1}]},
        {"lines": [{"lineId": "x", "quantity": 1}, {"lineId": "x", "quantity": 1}]},
        {"amountMinor": 10, "reason": ""},
    ],
)
def test_a_wrong_body_is_refused(shop, refund, body):
    receipt = shop.buy(shop.shopper(), ("milk", 1))

    assert refund(receipt, **body).status_code == 422
    assert refunded(shop, receipt) == []


def test_without_a_key_there_is_no_refund(shop):
    receipt = shop.buy(shop.shopper(), ("milk", 1))
    path = f"/v1/orders/{receipt.order_id}/refunds"
    answer = shop.http.post(path, json={"amountMinor": 1, "reason": "x"}, headers=bearer(shop.manager()))

    assert (answer.status_code, "idempotency-key" in answer.json()["detail"]) == (422, True)
