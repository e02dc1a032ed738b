"""The gate: one code, one opening."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest

from checkout_api.client import CheckoutRefusedError, PurchaseLine, Trip
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
    answer = scan(shop, shop.client.mint_entry_codes(login).code).json()

    assert answer == {
        "visitorDetails": {"id": answer["visitId"], "type": "SHOPPER"},
        "visitId": answer["visitId"],
    }
    assert login.account_id not in str(answer)


def test_a_code_opens_once(shop):
    code = shop.client.mint_entry_codes(shop.shopper()).code

    assert scan(shop, code, request_id="r1").status_code == 200
    again = scan(shop, code, request_id="r2")

    assert (again.status_code, again.json()["code"]) == (403, "entry_code_used")


def test_of_eight_racing_gates_one_opens(shop):
    code = shop.client.mint_entry_codes(shop.shopper()).code

    with ThreadPoolExecutor(8) as gates:
        answers = list(gates.map(lambda n: scan(shop, code, request_id=f"race-{n}"), range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [403] * 7


def test_a_gate_whose_answer_was_lost_asks_again_and_gets_the_same(shop):
    code = shop.client.mint_entry_codes(shop.shopper()).code

    first = scan(shop, code, request_id="same")
    assert scan(shop, code, request_id="same").json() == first.json()
    assert scan(shop, code, request_id="same", headers=shop.store_computer).status_code == 403


def test_two_gates_that_are_shown_two_codes_of_one_pass_let_in_one(shop):
    codes = shop.client.mint_entry_codes(shop.shopper()).codes
    shop.clock.advance(seconds=shop.settings.entry_code_rotation_s)

    with ThreadPoolExecutor(2) as gates:
        answers = list(gates.map(lambda n: scan(shop, codes[n].code, request_id=f"twin-{n}"), range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 403]


def test_codes_follow_one_another_so_that_a_phone_needs_no_network(shop):
    codes = shop.client.mint_entry_codes(shop.shopper()).codes
    rotation = timedelta(seconds=shop.settings.entry_code_rotation_s)

    assert len(codes) == shop.settings.entry_codes_per_pass
    assert {after.valid_from - before.valid_from for before, after in pairwise(codes)} == {rotation}
    assert codes[1].valid_from < codes[0].expires_at
    assert scan(shop, codes[2].code).json()["code"] == "entry_code_expired"
    shop.clock.advance(seconds=60)
    assert scan(shop, codes[2].code).status_code == 200


def test_a_party_comes_in_on_a_code_each_and_is_one_visit(shop):
    login = shop.shopper()
    codes = shop.client.mint_entry_codes(login, party_size=3).codes
    events = [shop.event() for _ in range(3)]
    visits = {shop.client.scan(code.code, event) for code, event in zip(codes[:3], events, strict=True)}
    fourth = scan(shop, codes[3].code)
    now = shop.clock()
    lines = (PurchaseLine("milk", 3),)
    receipt = shop.client.purchase(Trip("party", now - timedelta(minutes=9), now, tuple(events), lines))

    assert len(visits) == 1
    assert fourth.json()["code"] in {"entry_code_used", "entry_code_expired"}
    assert (receipt.visit_id, receipt.total_minor) == (visits.pop(), 387)


def test_nobody_joins_a_party_that_has_left(shop):
    codes = shop.client.mint_entry_codes(shop.shopper(), party_size=2).codes
    event = shop.event()
    shop.client.scan(codes[0].code, event)
    shop.client.purchase(shop.trip(event, PurchaseLine("milk", 1)))

    assert scan(shop, codes[1].code).json()["code"] == "entry_code_used"


def test_staff_come_in_without_a_card_and_buy_nothing(shop):
    event = shop.event()
    code = shop.client.mint_entry_codes(shop.associate()).code
    answer = scan(shop, code, event_id=event.event_id).json()
    receipt = shop.client.purchase(shop.trip(event, PurchaseLine("milk", 5)))

    assert answer["visitorDetails"]["type"] == "ASSOCIATE"
    assert (receipt.status, receipt.total_minor, receipt.charge_ids) == ("no_purchase", 0, ())


def test_a_card_that_is_tapped_opens_and_pays_without_an_account(shop):
    event = shop.event()
    body = {
        "requestId": "tap",
        "cardToken": "pm_sim_visa",
        "storeId": "store-1",
        "authEvent": {"id": event.event_id, "timestamp": event.at.isoformat()},
    }
    first = shop.http.post("/v1/identity/card-taps", json=body, headers=shop.gate)
    again = shop.http.post("/v1/identity/card-taps", json=body, headers=shop.gate)
    receipt = shop.client.purchase(shop.trip(event, PurchaseLine("cola", 1)))

    assert first.json()["visitorDetails"]["type"] == "ANONYMOUS"
    assert again.json() == first.json()
    assert (receipt.status, receipt.charged_minor) == ("paid", 219)


def test_a_closed_account_is_sent_to_the_staff_and_opened_by_a_manager(shop):
    login = shop.shopper()
    code = shop.client.mint_entry_codes(login).code
    path, manager = f"/v1/accounts/{login.account_id}/block", bearer(shop.manager())

    assert shop.http.put(path, json={"reason": "stole"}, headers=manager).status_code == 204
    refused = scan(shop, code)
    assert (refused.status_code, refused.json()["code"]) == (403, "account_blocked")
    assert "staff" in refused.json()["detail"]
    assert "stole" not in refused.text
    with pytest.raises(CheckoutRefusedError, match="account_blocked"):
        shop.client.mint_entry_codes(login)
    assert shop.http.delete(path, headers=manager).status_code == 204
    assert scan(shop, code).status_code == 200


def test_a_debt_that_came_after_the_code_keeps_the_gate_shut(shop):
    login = shop.shopper("pm_sim_insufficient_funds")
    code = shop.client.mint_entry_codes(login).code
    shop.buy(login, ("milk", 1))

    assert scan(shop, code).json()["code"] == "payment_due"


def test_an_old_code_does_not_open(shop):
    code = shop.client.mint_entry_codes(shop.shopper()).code
    shop.clock.advance(seconds=shop.settings.entry_code_lifetime_s)

    assert scan(shop, code).json()["code"] == "entry_code_expired"


def test_a_made_up_code_does_not_open(shop):
    answer = scan(shop, "WALKOUT" * 20)

    assert (answer.status_code, answer.json()["code"]) == (403, "entry_code_invalid")


def test_two_entries_do_not_share_an_event_id(shop):
    first, second = (shop.client.mint_entry_codes(shop.shopper()).code for _ in range(2))

    assert scan(shop, first, event_id="twice").status_code == 200
    assert scan(shop, second, event_id="twice").status_code == 409
    assert scan(shop, second, event_id="fresh").status_code == 200


def test_without_a_payment_method_there_is_no_code(shop):
    with pytest.raises(CheckoutRefusedError, match="link a payment method"):
        shop.client.mint_entry_codes(shop.shopper(card=None))


def test_with_an_unpaid_order_there_is_no_code_until_it_is_paid(shop):
    login = shop.shopper("pm_sim_insufficient_funds")
    receipt = shop.buy(login, ("milk", 1))
    assert receipt.status == "payment_due"

    with pytest.raises(CheckoutRefusedError, match="payment_due"):
        shop.client.mint_entry_codes(login)
    shop.client.link_payment_method(login, "pm_sim_visa")
    paid = shop.http.post(f"/v1/orders/{receipt.order_id}/payments", headers=bearer(login))

    assert (paid.status_code, paid.json()["status"]) == (201, "paid")
    assert shop.client.mint_entry_codes(login)


def test_a_gate_decides_while_the_payment_provider_is_down(shop):
    login = shop.shopper()
    shop.gateway.inject(*(Fault(call, FaultKind.LOST_BEFORE, times=100) for call in Call))

    assert scan(shop, shop.client.mint_entry_codes(login).code).status_code == 200


def test_a_code_is_drawn_for_its_owner_only(shop):
    login = shop.shopper()
    code = shop.client.mint_entry_codes(login)
    path = f"/v1/me/entry-codes/{code.pass_id}/0.svg"
    drawn = shop.http.get(path, headers=bearer(login))

    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.text.startswith("<?xml")
    assert drawn.content == shop.client.entry_code_svg(login, code.pass_id)
    assert shop.http.get(path, headers=bearer(shop.shopper())).status_code == 404
