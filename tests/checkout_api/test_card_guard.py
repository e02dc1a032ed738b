"""Card numbers never enter; barcodes and ids do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_api.card_guard import MAX_BODY_BYTES, holds_card_number
from tests.checkout_api.conftest import bearer


@pytest.mark.parametrize(
    "number",
    [
        "4242424242424242",
        "4242 4242 4242 4242",
        "5555-5555-5555-4444",
        "378282246310005",
        "3782 822463 10005",
        "2223003122003222",
        "6011111111111117",
        "3566002020360505",
    ],
)
def test_card_numbers_are_seen(number):
    assert holds_card_number(f'{{"token": "{number}"}}')


@pytest.mark.parametrize(
    "text",
    [
        "4006381333931",
        "04006381333931",
        "4242424242424241",
        "1732197600000000000",
        "pm_4242424242424242",
        "79927398713",
        '{"confidence": 0.4242424242424242}',
    ],
    ids=["EAN-13", "GTIN-14", "wrong check digit", "a time", "part of a token", "too short", "a share"],
)
def test_other_numbers_are_left_alone(text):
    assert not holds_card_number(f'{{"value": "{text}"}}')


@given(st.uuids())
def test_ids_are_left_alone(number):
    assert not holds_card_number(f'{{"requestId": "{number}"}}')


def test_a_body_with_a_card_number_is_refused(shop):
    login = shop.shopper(card=None)
    answer = shop.http.post(
        "/v1/me/payment-methods", json={"token": "4242 4242 4242 4242"}, headers=bearer(login)
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "card_number_refused")
    assert "4242" not in answer.text


def test_a_body_without_end_is_refused(shop):
    answer = shop.http.post("/v1/tokens", content=b"x" * (MAX_BODY_BYTES + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
