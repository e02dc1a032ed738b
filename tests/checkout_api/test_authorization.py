"""Every route against every kind of caller: nobody reads or does what is not theirs."""

import pytest

from tests.checkout_api.conftest import bearer

STAFF = {"associate", "manager"}
DEVICES = {"gate", "store computer"}
SIGNED_IN = {"owner", "stranger"} | STAFF
# Route, and who gets past the check of who may. Whoever may not see that a thing exists gets 404.
ROUTES = [
    ("GET", "/v1/me", SIGNED_IN),
    ("POST", "/v1/me/payment-methods", SIGNED_IN),
    ("POST", "/v1/me/entry-codes", SIGNED_IN),
    ("GET", "/v1/me/receipts", SIGNED_IN),
    ("GET", "/v1/me/entry-codes/{entry_code_id}.svg", {"owner"}),
    ("POST", "/v1/staff", {"manager"}),
    ("POST", "/v1/identity/identity-keys", DEVICES),
    ("POST", "/v1/catalog/upload", {"manager", "store computer"}),
    ("PUT", "/v1/visits/{visit_id}/cart", {"store computer"}),
    ("GET", "/v1/visits/{visit_id}/cart", {"owner"} | STAFF | DEVICES),
    ("GET", "/v1/visits/{visit_id}/cart/events", {"owner"} | STAFF | DEVICES),
    ("POST", "/v1/order/purchases", {"store computer"}),
    ("POST", "/v1/orders/{order_id}/payments", {"owner"}),
    ("POST", "/v1/orders/{order_id}/refunds", STAFF),
    ("GET", "/v1/receipts/{receipt_id}", {"owner"} | STAFF),
    ("GET", "/v1/receipts/{receipt_id}.pdf", {"owner"} | STAFF),
    ("GET", "/v1/review", STAFF),
    ("POST", "/v1/review/expire", {"manager", "store computer"}),
    ("POST", "/v1/review/{review_item_id}/answer", STAFF),
    ("POST", "/v1/operations/settle", {"manager", "store computer"}),
]
PUBLIC = {"/v1/accounts", "/v1/tokens", "/healthz"}


@pytest.fixture(scope="module")
def scene(running_shop):
    """A finished visit with a code, an order and a question, and one caller of each kind."""
    shop = running_shop
    owner = shop.shopper()
    code = shop.client.mint_entry_codes(owner)
    receipt = shop.buy(owner, ("milk", 1), ("cola", 1, True))
    manager = shop.manager()
    items = shop.http.get("/v1/review", headers=bearer(manager)).json()
    ids = {
        "entry_code_id": code.entry_code_id,
        "visit_id": receipt.visit_id,
        "order_id": receipt.order_id,
        "receipt_id": receipt.receipt_id,
        "review_item_id": next(i["reviewItemId"] for i in items if i["orderId"] == receipt.order_id),
    }
    callers = {
        "nobody": {},
        "bad token": {"Authorization": "Bearer x.y.z"},
        "bad key": {"X-Device-Key": "unknown"},
        "owner": bearer(owner),
        "stranger": bearer(shop.shopper()),
        "associate": bearer(shop.associate()),
        "manager": bearer(manager),
        "gate": shop.gate,
        "store computer": shop.store_computer,
    }
    return ids, callers


@pytest.mark.parametrize(("method", "path", "allowed"), ROUTES, ids=[f"{m} {p}" for m, p, _ in ROUTES])
def test_only_these_callers_may(running_shop, scene, method, path, allowed):
    ids, callers = scene
    # Wrong for every route, so that no call changes anything.
    body = None if method == "GET" else {"wrong": 1}
    url = path.format(**ids)
    statuses = {
        name: running_shop.http.request(method, url, headers=headers, json=body).status_code
        for name, headers in callers.items()
    }

    for name in ("nobody", "bad token", "bad key"):
        assert statuses.pop(name) == 401, name
    for name, status in statuses.items():
        assert (status not in {401, 403, 404}) == (name in allowed), (name, status)


def test_every_route_is_in_this_table(running_shop):
    paths = running_shop.http.get("/openapi.json").json()["paths"]
    written = {
        (method.upper(), path) for path, methods in paths.items() for method in methods if path not in PUBLIC
    }

    assert written == {(method, path) for method, path, _ in ROUTES}
