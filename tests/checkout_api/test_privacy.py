"""What is stored about somebody: agreed to, given out, forgotten."""

import pytest

from checkout_api.client import CheckoutRefusedError, PurchaseLine
from tests.checkout_api.conftest import PASSWORD, bearer


def test_consents_are_a_log_that_only_grows(shop):
    headers = bearer(shop.shopper())
    for is_granted in (True, False):
        body = {"purpose": "training_footage", "documentVersion": "2026-01 ar", "isGranted": is_granted}
        assert shop.http.post("/v1/me/consents", json=body, headers=headers).status_code == 201
    log = shop.http.get("/v1/me/consents", headers=headers).json()

    assert [(line["isGranted"], line["documentVersion"]) for line in log] == [
        (True, "2026-01 ar"),
        (False, "2026-01 ar"),
    ]


def test_an_export_holds_everything_and_nothing_of_others(shop):
    login, other = shop.shopper(), shop.shopper()
    receipt = shop.buy(login, ("milk", 2))
    shop.buy(other, ("cola", 1))
    found = shop.http.get("/v1/me/export", headers=bearer(login)).json()

    assert found["account"]["accountId"] == login.account_id
    assert [visit["visitId"] for visit in found["visits"]] == [receipt.visit_id]
    assert [shown["receiptId"] for shown in found["receipts"]] == [receipt.receipt_id]
    assert [method["last4"] for method in found["paymentMethods"]] == ["4242"]
    assert other.account_id not in str(found)


def test_an_erased_account_leads_to_nobody_and_its_orders_stay(shop):
    login = shop.shopper()
    email = shop.email_of(login)
    receipt = shop.buy(login, ("milk", 1))
    headers = bearer(login)

    assert shop.http.post("/v1/me/erase", json={"confirm": "no"}, headers=headers).status_code == 422
    assert shop.http.post("/v1/me/erase", json={"confirm": "erase"}, headers=headers).status_code == 204
    with pytest.raises(CheckoutRefusedError, match="not_signed_in"):
        shop.client.sign_in(email, PASSWORD)
    with pytest.raises(CheckoutRefusedError):
        shop.client.mint_entry_codes(login)
    assert shop.http.get("/v1/me/export", headers=headers).status_code == 404
    kept = shop.http.get(f"/v1/receipts/{receipt.receipt_id}", headers=bearer(shop.manager()))
    assert (kept.status_code, kept.json()["chargedMinor"]) == (200, 129)
    assert email not in kept.text
    assert shop.client.sign_up(email, PASSWORD, "New").account_id != login.account_id


def test_nobody_is_erased_while_inside_or_in_debt(shop):
    inside = shop.shopper()
    _, event = shop.enter(inside)
    debtor = shop.shopper("pm_sim_insufficient_funds")
    shop.buy(debtor, ("milk", 1))
    answers = [
        shop.http.post("/v1/me/erase", json={"confirm": "erase"}, headers=bearer(login))
        for login in (inside, debtor)
    ]
    shop.client.purchase(shop.trip(event, PurchaseLine("milk", 1)))

    assert [answer.json()["code"] for answer in answers] == ["account_in_use", "account_in_use"]


def test_a_devices_key_is_shown_once_and_can_be_taken_back(shop):
    manager = bearer(shop.manager())
    made = shop.http.post("/v1/devices", json={"kind": "gate", "name": "North door"}, headers=manager).json()
    key = {"X-Device-Key": made["key"]}
    path = f"/v1/devices/{made['device']['deviceId']}"
    listed = shop.http.get("/v1/devices", headers=manager)

    assert made["key"] not in listed.text
    assert "North door" in listed.text
    assert shop.http.get("/v1/identity/signing-keys", headers=key).status_code == 200
    assert shop.http.delete(path, headers=manager).status_code == 204
    assert shop.http.get("/v1/identity/signing-keys", headers=key).status_code == 401
