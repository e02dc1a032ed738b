"""The gate: one code, one opening."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from checkout_api.client import CheckoutRefusedError
from checkout_api.gateways.simulator import Call, Fault, FaultKind
from tests.checkout_api.conftest import bearer


def scan(shop, code, *, request_id="r1", event_id=None, headers=None):
    event = shop.event()
    body = {
        "requestId": request_id,
        "identityKey": code,
        "storeId": "store-1",
        "authEvent": {
            "id": event_id or event.event_id,
            "timestamp": event.at.isoformat(),
            "location": "gate",
        },
        "keyChannel": "OPTICAL",
    }
    return shop.http.post("/v1/identity/identity-keys", json=body, headers=headers or shop.gate)


def test_a_gate_learns_who_comes_in_and_nothing_about_the_account(shop):
    login = shop.shopper()
    answer = scan(shop, shop.client.issue_entry_code(login).code).json()

    assert answer == {
        "visitorDetails": {"id": answer["visitId"], "type": "SHOPPER"},
        "visitId": answer["visitId"],
    }
    assert login.account_id not in str(answer)


def test_a_code_opens_once(shop):
    code = shop.client.issue_entry_code(shop.shopper()).code

    assert scan(shop, code, request_id="r1").status_code == 200
    again = scan(shop, code, request_id="r2")

    assert (again.status_code, again.json()["code"]) == (403, "entry_code_used")


def test_of_eight_racing_gates_one_opens(shop):
    code = shop.client.issue_entry_code(shop.shopper()).code

    with ThreadPoolExecutor(8) as gates:
        answers = list(gates.map(lambda n: scan(shop, code, request_id=f"race-{n}"), range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [403] * 7


def test_a_gate_whose_answer_was_lost_asks_again_and_gets_the_same(shop):
    code = shop.client.issue_entry_code(shop.shopper()).code

    first = scan(shop, code, request_id="same")
    assert scan(shop, code, request_id="same").json() == first.json()
    assert scan(shop, code, request_id="same", headers=shop.store_computer).status_code == 403


def test_an_old_code_does_not_open(shop):
    code = shop.client.issue_entry_code(shop.shopper()).code
    shop.clock.advance(seconds=shop.settings.entry_code_lifetime_s)

    assert scan(shop, code).json()["code"] == "entry_code_expired"


def test_a_made_up_code_does_not_open(shop):
    answer = scan(shop, "WALKOUT" * 20)

    assert (answer.status_code, answer.json()["code"]) == (403, "entry_code_invalid")


def test_two_entries_do_not_share_an_event_id(shop):
    first, second = (shop.client.issue_entry_code(shop.shopper()).code for _ in range(2))

    assert scan(shop, first, event_id="twice").status_code == 200
    assert scan(shop, second, event_id="twice").status_code == 409
    assert scan(shop, second, event_id="fresh").status_code == 200


def test_without_a_payment_method_there_is_no_code(shop):
    with pytest.raises(CheckoutRefusedError, match="link a payment method"):
        shop.client.issue_entry_code(shop.shopper(card=None))


def test_with_an_unpaid_order_there_is_no_code_until_it_is_paid(shop):
    login = shop.shopper("pm_sim_insufficient_funds")
    receipt = shop.buy(login, ("milk", 1))
    assert receipt.status == "payment_due"

    with pytest.raises(CheckoutRefusedError, match="payment_due"):
        shop.client.issue_entry_code(login)
    shop.client.link_payment_method(login, "pm_sim_visa")
    paid = shop.http.post(f"/v1/orders/{receipt.order_id}/payments", headers=bearer(login))

    assert (paid.status_code, paid.json()["status"]) == (201, "paid")
    assert shop.client.issue_entry_code(login)


def test_a_gate_decides_while_the_payment_provider_is_down(shop):
    login = shop.shopper()
    shop.gateway.inject(*(Fault(call, FaultKind.LOST_BEFORE, times=100) for call in Call))

    assert scan(shop, shop.client.issue_entry_code(login).code).status_code == 200


def test_a_code_is_drawn_for_its_owner_only(shop):
    login = shop.shopper()
    code = shop.client.issue_entry_code(login)
    path = f"/v1/me/entry-codes/{code.entry_code_id}.svg"
    drawn = shop.http.get(path, headers=bearer(login))

    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.text.startswith("<?xml")
    assert drawn.content == shop.client.entry_code_svg(login, code.entry_code_id)
    assert shop.http.get(path, headers=bearer(shop.shopper())).status_code == 404
