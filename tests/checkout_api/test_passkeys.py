"""Passkeys: added by who is signed in, and then enough to sign in with."""

import pytest

from tests.checkout_api.conftest import bearer
from tests.checkout_api.software_authenticator import SoftwareAuthenticator


def add(shop, login, device, name="Telephone"):
    options = shop.http.post("/v1/me/passkeys/options", headers=bearer(login)).json()
    body = {
        "challengeId": options["challengeId"],
        "name": name,
        "credential": device.create(options["publicKey"]),
    }
    return shop.http.post("/v1/me/passkeys", json=body, headers=bearer(login))


def ask(shop):
    return shop.http.post("/v1/tokens/passkey-options").json()


def sign_in(shop, options, credential):
    body = {"challengeId": options["challengeId"], "credential": credential}
    return shop.http.post("/v1/tokens/passkey", json=body)


def test_a_passkey_signs_its_owner_in_without_an_address(shop):
    login, device = shop.shopper(), SoftwareAuthenticator()
    added = add(shop, login, device)
    options = ask(shop)
    answer = sign_in(shop, options, device.get(options["publicKey"]))
    token = answer.json()["accessToken"]
    me = shop.http.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).json()
    (shown,) = shop.http.get("/v1/me/passkeys", headers=bearer(login)).json()

    assert (added.status_code, answer.status_code) == (201, 201)
    assert me["accountId"] == login.account_id
    assert (shown["name"], shown["usedAt"] is not None) == ("Telephone", True)


def test_a_challenge_is_answered_once_and_in_time(shop):
    device = SoftwareAuthenticator()
    add(shop, shop.shopper(), device)
    options = ask(shop)
    credential = device.get(options["publicKey"])

    assert sign_in(shop, options, credential).status_code == 201
    assert sign_in(shop, options, credential).status_code == 422
    late = ask(shop)
    shop.clock.advance(minutes=5)
    assert sign_in(shop, late, device.get(late["publicKey"])).status_code == 422


@pytest.mark.parametrize(
    "device", [SoftwareAuthenticator("https://phishing.example"), SoftwareAuthenticator(verifies_user=False)]
)
def test_a_passkey_of_another_page_or_without_its_user_is_not_added(shop, device):
    assert add(shop, shop.shopper(), device).status_code == 422


def test_a_signature_of_another_key_signs_nobody_in(shop):
    owner, thief = SoftwareAuthenticator(), SoftwareAuthenticator()
    add(shop, shop.shopper(), owner)
    thief.credential_id = owner.credential_id
    options = ask(shop)

    assert sign_in(shop, options, thief.get(options["publicKey"])).status_code == 401


def test_a_copied_passkey_is_noticed_by_its_counter(shop):
    device = SoftwareAuthenticator()
    add(shop, shop.shopper(), device)
    options = ask(shop)
    assert sign_in(shop, options, device.get(options["publicKey"])).status_code == 201
    device.sign_count = 0
    again = ask(shop)

    assert sign_in(shop, again, device.get(again["publicKey"])).status_code == 401


def test_a_passkey_that_was_removed_signs_nobody_in_and_only_its_owner_removes_it(shop):
    login, device = shop.shopper(), SoftwareAuthenticator()
    passkey_id = add(shop, login, device).json()["passkeyId"]
    path = f"/v1/me/passkeys/{passkey_id}"

    assert add(shop, login, device).status_code == 409
    assert shop.http.delete(path, headers=bearer(shop.shopper())).status_code == 404
    assert shop.http.delete(path, headers=bearer(login)).status_code == 204
    options = ask(shop)
    assert sign_in(shop, options, device.get(options["publicKey"])).status_code == 401


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": "x"},
        {"id": 7, "response": []},
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "response": {"clientDataJSON": "AA", "attestationObject": "/w"},
        },
    ],
)
def test_nonsense_is_refused(shop, credential):
    login = shop.shopper()
    options = shop.http.post("/v1/me/passkeys/options", headers=bearer(login)).json()
    body = {"challengeId": options["challengeId"], "name": "x", "credential": credential}

    assert shop.http.post("/v1/me/passkeys", json=body, headers=bearer(login)).status_code == 422
    assert sign_in(shop, ask(shop), credential).status_code == 401
