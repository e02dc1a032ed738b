"""Lines that the store is not sure of: asked, answered once, and dropped when nobody answers."""

import pytest

from checkout_api.gateways.simulator import Call, Fault, FaultKind
from tests.checkout_api.conftest import bearer


def questions(shop, receipt):
    found = shop.http.get("/v1/review", headers=bearer(shop.manager())).json()
    return [item for item in found if item["orderId"] == receipt.order_id]


def answer(shop, item, word, staff=None):
    path = f"/v1/review/{item['reviewItemId']}/answer"
    return shop.http.post(path, json={"answer": word}, headers=bearer(staff or shop.associate()))


def test_an_unsure_line_is_asked_about_and_not_charged(shop):
    receipt = shop.buy(shop.shopper(), ("milk", 1), ("cola", 2, True))
    (item,) = questions(shop, receipt)

    assert (receipt.status, receipt.total_minor, receipt.charged_minor) == ("paid", 129, 129)
    assert [line.state for line in receipt.lines] == ["billed", "in_review"]
    assert (item["sku"], item["quantity"], item["amountMinor"], item["confidence"]) == ("cola", 2, 438, 0.6)


def test_a_basket_of_doubts_is_in_review(shop):
    receipt = shop.buy(shop.shopper(), ("cola", 1, True))

    assert (receipt.status, receipt.total_minor, receipt.charge_ids) == ("in_review", 0, ())


def test_a_confirmed_line_is_charged_apart_and_only_once(shop):
    login = shop.shopper()
    receipt = shop.buy(login, ("milk", 1), ("cola", 2, True))
    (item,) = questions(shop, receipt)
    staff = shop.associate()

    assert answer(shop, item, "charge", staff).json()["state"] == "charged"
    assert answer(shop, item, "charge", staff).status_code == 200
    after = shop.client.receipt(login, receipt.receipt_id)

    assert (after.status, after.total_minor, after.charged_minor) == ("paid", 567, 567)
    assert [charge.amount.minor_units for charge in shop.charges_of(after)] == [129, 438]


def test_a_dropped_line_is_never_charged(shop):
    login = shop.shopper()
    receipt = shop.buy(login, ("cola", 1, True))
    (item,) = questions(shop, receipt)
    answer(shop, item, "drop")
    contradiction = answer(shop, item, "charge")

    assert (contradiction.status_code, contradiction.json()["code"]) == (409, "review_closed")
    after = shop.client.receipt(login, receipt.receipt_id)
    assert (after.status, after.lines[0].state, after.charge_ids) == ("no_purchase", "dropped", ())


def test_confirmed_lines_are_charged_together_after_the_last_answer(shop):
    login = shop.shopper()
    receipt = shop.buy(login, ("milk", 1, True), ("cola", 1, True), ("cola", 3, True))
    first, second, third = questions(shop, receipt)
    assert [item["quantity"] for item in (first, second, third)] == [1, 1, 3]

    answer(shop, first, "charge")
    assert shop.client.receipt(login, receipt.receipt_id).charged_minor == 0
    answer(shop, second, "charge")
    answer(shop, third, "drop")
    after = shop.client.receipt(login, receipt.receipt_id)

    assert [charge.amount.minor_units for charge in shop.charges_of(after)] == [129 + 219]


def test_silence_counts_for_the_shopper(shop):
    login = shop.shopper()
    receipt = shop.buy(login, ("milk", 1, True), ("cola", 1, True))
    first, second = questions(shop, receipt)
    answer(shop, first, "charge")
    shop.client.expire_reviews()
    assert questions(shop, receipt) == [second]

    shop.clock.advance(seconds=shop.settings.review_lifetime_s)
    assert answer(shop, second, "charge").json()["code"] == "review_closed"
    assert shop.client.expire_reviews() >= 1
    after = shop.client.receipt(shop.again(login), receipt.receipt_id)

    assert [line.state for line in after.lines] == ["billed", "dropped"]
    assert (after.status, after.charged_minor) == ("paid", 129)


def test_a_confirmed_line_survives_an_outage(shop):
    login = shop.shopper()
    receipt = shop.buy(login, ("cola", 1, True))
    shop.gateway.inject(Fault(Call.PREPARE, FaultKind.LOST_BEFORE, 100))
    (item,) = questions(shop, receipt)
    assert answer(shop, item, "charge").status_code == 200
    assert shop.client.receipt(login, receipt.receipt_id).status == "pending"

    shop.gateway.clear_faults()
    shop.client.settle()

    assert shop.client.receipt(login, receipt.receipt_id).charged_minor == 219


@pytest.mark.parametrize("word", ["maybe", "", None])
def test_other_answers_are_refused(shop, word):
    (item,) = questions(shop, shop.buy(shop.shopper(), ("cola", 1, True)))

    assert answer(shop, item, word).status_code == 422


def test_there_is_no_such_question(shop):
    assert answer(shop, {"reviewItemId": "nothing"}, "drop").status_code == 404
