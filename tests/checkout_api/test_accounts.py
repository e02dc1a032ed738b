"""Accounts, sign-in and linked payment methods."""

import pytest

from checkout_api.client import CheckoutRefusedError
from tests.checkout_api.conftest import PASSWORD, bearer


def test_an_address_has_one_account_whatever_its_letters(shop):
    body = {"email": "Alan@Example.org", "password": PASSWORD, "displayName": "Alan"}

    assert shop.http.post("/v1/accounts", json=body).status_code == 201
    again = shop.http.post("/v1/accounts", json=body | {"email": "alan@example.ORG"})

    assert (again.status_code, again.json()["code"]) == (409, "email_taken")


@pytest.mark.parametrize("email", ["alan@nowhere.example", "manager@store.example"])
def test_a_wrong_password_and_a_missing_account_look_the_same(shop, email):
    answer = shop.http.post("/v1/tokens", json={"email": email, "password": "not the password"})

    assert (answer.status_code, answer.json()["detail"]) == (
        401,
        "the e-mail address or the password is wrong",
    )


def test_a_token_expires(shop):
    login = shop.shopper()
    shop.clock.advance(seconds=shop.settings.token_lifetime_s)

    answer = shop.http.get("/v1/me", headers=bearer(login))

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_token_of_another_shop_is_refused(shop):
    login = shop.shopper()
    head, claims, signature = login.token.split(".")

    answer = shop.http.get("/v1/me", headers={"Authorization": f"Bearer {head}.{claims}.{signature[::-1]}"})

    assert answer.json()["code"] == "not_signed_in"


def test_nobody_signs_up_as_staff(shop):
    body = {"email": "eve@example.org", "password": PASSWORD, "displayName": "Eve", "role": "manager"}

    assert shop.http.post("/v1/accounts", json=body).status_code == 422
    assert shop.http.post("/v1/staff", json=body, headers=bearer(shop.shopper())).status_code == 403


def test_a_token_that_the_provider_does_not_know_is_refused(shop):
    with pytest.raises(CheckoutRefusedError, match="payment_token_refused"):
        shop.client.link_payment_method(shop.shopper(card=None), "pm_unknown")


def test_linking_the_same_payment_method_again_links_nothing_new(shop):
    login = shop.shopper(card=None)
    first = shop.client.link_payment_method(login, "pm_sim_visa")

    assert shop.client.link_payment_method(login, "pm_sim_visa") == first
    assert shop.client.link_payment_method(login, "pm_sim_amex") != first
    assert shop.client.link_payment_method(login, "pm_sim_visa") != first


def test_only_brand_and_last_digits_of_a_card_come_back(shop):
    login = shop.shopper(card=None)
    answer = shop.http.post(
        "/v1/me/payment-methods", json={"token": "pm_sim_visa"}, headers=bearer(login)
    ).json()

    del answer["paymentMethodId"]
    assert answer == {
        "provider": "simulator",
        "brand": "visa",
        "last4": "4242",
        "expMonth": 12,
        "expYear": 2034,
    }
