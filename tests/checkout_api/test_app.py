"""The main path, over real HTTP: from sign-up to the receipt as PDF."""

import re

import pytest

from checkout_api.client import CartLine, PurchaseLine
from checkout_api.errors import PROBLEMS


def test_a_shopping_trip_from_sign_up_to_pdf(shop):
    login = shop.client.sign_up("grace@example.org", "a long enough password", "Grace")
    card = shop.client.link_payment_method(login, "pm_sim_mastercard")
    code = shop.client.mint_entry_codes(login)
    event = shop.event()
    visit_id = shop.client.scan(code.code, event)
    shop.client.put_cart(visit_id, [CartLine("milk", 2, 0.97)], shop.clock())
    lines = (PurchaseLine("milk", 2, 0.99), PurchaseLine("cola", 1, 0.98))
    receipt = shop.client.purchase(shop.trip(event, *lines))
    pdf = shop.client.receipt_pdf(login, receipt.receipt_id)

    assert (card.brand, card.last4) == ("mastercard", "4444")
    assert (receipt.status, receipt.visit_id) == ("paid", visit_id)
    assert receipt.total_minor == receipt.charged_minor == 2 * 129 + 219
    assert [(line.name, line.amount_minor) for line in receipt.lines] == [
        ("Milk 1 l", 258),
        ("Cola 0.5 l", 219),
    ]
    assert shop.client.receipts(login) == (receipt,)
    assert shop.client.receipt(login, receipt.receipt_id) == receipt
    assert pdf.startswith(b"%PDF-")
    (charge,) = shop.charges_of(receipt)
    assert (charge.amount.minor_units, charge.amount.currency) == (477, "EUR")


def test_the_openapi_page_names_every_route(shop):
    paths = shop.http.get("/openapi.json").json()["paths"]

    assert {"/v1/order/purchases", "/v1/identity/identity-keys", "/v1/catalog/upload"} <= set(paths)


def test_the_page_about_the_api_needs_no_other_network(shop):
    page = shop.http.get("/docs").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert len(addresses) >= 2
    assert all(shop.http.get(address).status_code == 200 for address in addresses)
    assert not [address for address in addresses if "//" in address]


def test_the_service_says_that_it_is_well(shop):
    assert shop.http.get("/healthz").json() == {"status": "ok"}


def test_a_refusal_is_a_problem_document_that_repeats_nothing_secret(shop):
    answer = shop.http.post("/v1/accounts", json={"email": "x", "password": "hunter2", "displayName": "X"})
    problem = answer.json()

    assert answer.status_code == problem["status"] == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == "invalid_request"
    assert problem["detail"].startswith("body.email: ")
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "code"), [("GET", "/v2", "not_found"), ("PUT", "/v1/me", "method_not_allowed")]
)
def test_an_unknown_route_is_a_problem_document_too(shop, method, path, code):
    answer = shop.http.request(method, path)

    assert (answer.headers["content-type"], answer.json()["code"]) == ("application/problem+json", code)


def test_every_refusal_has_its_own_code():
    codes = [problem.code for problem in PROBLEMS.values()]

    assert len(set(codes)) == len(codes)
