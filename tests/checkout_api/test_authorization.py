"""Every route against every kind of caller: nobody reads or does what is not theirs."""

from contextlib import closing
from datetime import timedelta

import pytest

from checkout_api.database import open_database
from checkout_api.visit_states import AuditState
from checkout_api.visit_tables import AuditTable
from tests.checkout_api.conftest import bearer

STAFF = {"associate", "manager"}
DEVICES = {"gate", "store computer"}
SIGNED_IN = {"owner", "stranger", "auditor"} | STAFF
# Where there is nothing of that name.
NOBODY: set[str] = set()
WATCHERS = {"manager", "auditor", "store computer", "monitor"}
# Route, and who gets past the check of who may. Whoever may not see that a thing exists gets 404.
ROUTES = [
    ("GET", "/v1/me", SIGNED_IN),
    ("POST", "/v1/me/payment-methods", SIGNED_IN),
    ("POST", "/v1/me/entry-codes", SIGNED_IN),
    ("GET", "/v1/me/receipts", SIGNED_IN),
    ("GET", "/v1/me/entry-codes/{entry_pass_id}/{n}.svg", {"owner"}),
    ("POST", "/v1/me/passkeys/options", SIGNED_IN),
    ("POST", "/v1/me/passkeys", SIGNED_IN),
    ("GET", "/v1/me/passkeys", SIGNED_IN),
    ("DELETE", "/v1/me/passkeys/{passkey_id}", NOBODY),
    ("GET", "/v1/me/consents", SIGNED_IN),
    ("POST", "/v1/me/consents", SIGNED_IN),
    ("GET", "/v1/me/export", SIGNED_IN),
    ("POST", "/v1/me/erase", SIGNED_IN),
    ("POST", "/v1/staff", {"manager"}),
    ("PUT", "/v1/accounts/{account_id}/block", {"manager"}),
    ("DELETE", "/v1/accounts/{account_id}/block", {"manager"}),
    ("POST", "/v1/devices", {"manager"}),
    ("GET", "/v1/devices", {"manager"}),
    ("DELETE", "/v1/devices/{device_id}", {"manager"}),
    ("POST", "/v1/identity/identity-keys", DEVICES),
    ("POST", "/v1/identity/card-taps", DEVICES),
    ("GET", "/v1/identity/signing-keys", DEVICES),
    ("POST", "/v1/identity/offline-entries", DEVICES),
    ("POST", "/v1/catalog/upload", {"manager", "store computer"}),
    ("PUT", "/v1/visits/{visit_id}/cart", {"store computer"}),
    ("GET", "/v1/visits/{visit_id}/cart", {"owner"} | STAFF | DEVICES),
    ("GET", "/v1/visits/{visit_id}/cart/events", {"owner"} | STAFF | DEVICES),
    ("PUT", "/v1/visits/{visit_id}/evidence/{evidence_id}", {"store computer"}),
    ("GET", "/v1/visits/{visit_id}/evidence", {"owner"} | STAFF),
    ("GET", "/v1/evidence/{evidence_id}", {"owner"} | STAFF),
    ("GET", "/v1/visits/{visit_id}/evidence-accesses", {"owner", "manager", "auditor"}),
    ("POST", "/v1/order/purchases", {"store computer"}),
    ("POST", "/v1/orders/{order_id}/payments", {"owner"}),
    ("POST", "/v1/orders/{order_id}/refunds", STAFF),
    ("GET", "/v1/receipts/{receipt_id}", {"owner"} | STAFF),
    ("GET", "/v1/receipts/{receipt_id}.pdf", {"owner"} | STAFF),
    ("GET", "/v1/review", STAFF),
    ("GET", "/v1/review/labels", WATCHERS),
    ("POST", "/v1/review/expire", {"manager", "store computer"}),
    ("POST", "/v1/review/{review_item_id}/claim", STAFF),
    ("DELETE", "/v1/review/{review_item_id}/claim", STAFF),
    ("POST", "/v1/review/{review_item_id}/answer", STAFF),
    ("GET", "/v1/audits", STAFF),
    ("POST", "/v1/audits/{audit_id}/claim", STAFF),
    ("DELETE", "/v1/audits/{audit_id}/claim", STAFF),
    ("POST", "/v1/audits/{audit_id}/answer", STAFF),
    ("POST", "/v1/operations/settle", {"manager", "store computer"}),
    ("GET", "/metrics", WATCHERS),
    ("POST", "/v1/me/payment-methods/setups", SIGNED_IN),
    ("GET", "/v1/me/payment-methods/setups/{setup_id}", NOBODY),
    ("POST", "/v1/me/holds", SIGNED_IN),
    ("POST", "/v1/me/coupons", SIGNED_IN),
    ("GET", "/v1/me/coupons", SIGNED_IN),
    ("GET", "/v1/me/membership", SIGNED_IN),
    ("PUT", "/v1/me/membership", SIGNED_IN),
    ("DELETE", "/v1/me/membership", SIGNED_IN),
    ("POST", "/v1/catalog/markdowns", {"manager", "store computer"}),
    ("GET", "/v1/promotions", {"manager"}),
    ("PUT", "/v1/promotions/{promotion_id}", {"manager"}),
    ("PUT", "/v1/coupons/{code}", {"manager"}),
    ("POST", "/v1/orders/{order_id}/contests", {"owner"}),
    ("GET", "/v1/orders/{order_id}/contests", {"owner"} | STAFF),
    ("GET", "/v1/contests", STAFF),
    ("POST", "/v1/contests/{contest_id}/answer", STAFF),
    ("GET", "/v1/disputes", {"manager"}),
    ("GET", "/v1/disputes/{dispute_id}/evidence", NOBODY),
    ("POST", "/v1/disputes/{dispute_id}/evidence", NOBODY),
    ("GET", "/v1/webhook-endpoints", {"manager"}),
    ("POST", "/v1/webhook-endpoints", {"manager"}),
    ("DELETE", "/v1/webhook-endpoints/{endpoint_id}", NOBODY),
    ("POST", "/v1/operations/reconcile", {"manager"}),
]
PUBLIC = {
    "/v1/accounts",
    "/v1/tokens",
    "/v1/tokens/passkey-options",
    "/v1/tokens/passkey",
    # The provider signs what it sends here.
    "/v1/webhooks/{provider}",
    "/healthz",
    "/readyz",
}

# Where the owner is looked for only once the body is right.
BODIES = {
    "/v1/orders/{order_id}/payments": {},
    "/v1/orders/{order_id}/contests": {"kind": "missing", "sku": "milk"},
}


@pytest.fixture(scope="module")
def scene(running_shop):
    """A finished visit with codes, evidence, a question and an audit, and one caller of each kind."""
    shop = running_shop
    owner = shop.shopper()
    entry_pass = shop.client.mint_entry_codes(owner)
    receipt = shop.buy(owner, ("milk", 1), ("cola", 1, True))
    manager = shop.manager()
    items = shop.http.get("/v1/review", headers=bearer(manager)).json()
    shop.client.put_evidence(
        receipt.visit_id,
        "scene-evidence",
        b"\xff\xd8\xff a picture",
        media_type="image/jpeg",
        camera_id="camera-1",
        happened_at=shop.clock(),
    )
    ids = {
        "entry_pass_id": entry_pass.pass_id,
        "n": 0,
        "account_id": shop.shopper().account_id,
        "visit_id": receipt.visit_id,
        "evidence_id": "scene-evidence",
        "order_id": receipt.order_id,
        "receipt_id": receipt.receipt_id,
        "review_item_id": next(i["reviewItemId"] for i in items if i["orderId"] == receipt.order_id),
        "audit_id": write_audit(shop, receipt.order_id),
        "device_id": device(shop, manager, "gate")["device"]["deviceId"],
        "contest_id": contest(shop, owner, receipt),
    } | dict.fromkeys(
        ("passkey_id", "setup_id", "promotion_id", "code", "dispute_id", "endpoint_id"), "nothing"
    )
    callers = {
        "nobody": {},
        "bad token": {"Authorization": "Bearer x.y.z"},
        "bad key": {"X-Device-Key": "unknown"},
        "owner": bearer(owner),
        "stranger": bearer(shop.shopper()),
        "associate": bearer(shop.associate()),
        "auditor": bearer(shop.staff("auditor")),
        "manager": bearer(manager),
        "gate": shop.gate,
        "store computer": shop.store_computer,
        "monitor": {"X-Device-Key": device(shop, manager, "monitor")["key"]},
    }
    return ids, callers


def device(shop, manager, kind):
    body = {"kind": kind, "name": f"a {kind}"}
    return shop.http.post("/v1/devices", json=body, headers=bearer(manager)).json()


def contest(shop, owner, receipt):
    body = {"kind": "not_taken", "lineId": receipt.lines[0].line_id, "quantity": 1}
    headers = bearer(owner) | {"Idempotency-Key": "scene"}
    answer = shop.http.post(f"/v1/orders/{receipt.order_id}/contests", json=body, headers=headers)
    return answer.json()["contestId"]


def write_audit(shop, order_id):
    """Choose an order for an audit, which otherwise chance does."""
    now = shop.clock()
    audit = AuditTable(
        id=f"audit of {order_id}",
        order_id=order_id,
        probability=0.01,
        state=AuditState.OPEN,
        opened_at=now,
        expires_at=now + timedelta(days=1),
    )
    with closing(open_database(shop.settings.database_url)) as database, database.write() as session:
        session.add(audit)
    return audit.id


@pytest.mark.parametrize(("method", "path", "allowed"), ROUTES, ids=[f"{m} {p}" for m, p, _ in ROUTES])
def test_only_these_callers_may(running_shop, scene, method, path, allowed):
    ids, callers = scene
    # Wrong for nearly every route, so that no call changes anything.
    body = None if method == "GET" else BODIES.get(path, {"wrong": 1})
    url = path.format(**ids)
    key = {"Idempotency-Key": "scene"}
    statuses = {
        name: running_shop.http.request(method, url, headers=headers | key, json=body).status_code
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
