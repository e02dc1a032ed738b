"""Claims, audits of baskets without questions, and the labels that come of both."""

from dataclasses import replace
from datetime import UTC, datetime

from checkout_api.audit_sample import draw
from checkout_api.repository import audits
from checkout_api.tables import OrderTable
from checkout_api.visit_states import VisitKind
from tests.checkout_api.conftest import PRODUCTS, bearer
from tests.checkout_api.in_process import InProcessShop
from tests.checkout_api.test_authorization import write_audit
from tests.checkout_api.test_review import answer, questions


def claim(shop, item, staff):
    return shop.http.post(f"/v1/review/{item['reviewItemId']}/claim", headers=bearer(staff))


def test_a_claimed_question_is_one_persons_until_the_time_is_over(shop):
    (item,) = questions(shop, shop.buy(shop.shopper(), ("cola", 1, True)))
    first, second = shop.associate(), shop.associate()

    assert claim(shop, item, first).json()["claimedBy"] == first.account_id
    assert claim(shop, item, second).json()["code"] == "already_claimed"
    assert answer(shop, item, "charge", second).json()["code"] == "already_claimed"
    shop.clock.advance(seconds=shop.settings.review_claim_s)
    again = shop.again(second)
    assert claim(shop, item, again).json()["claimedBy"] == second.account_id
    assert answer(shop, item, "drop", again).status_code == 200


def test_a_released_question_is_anybodys(shop):
    (item,) = questions(shop, shop.buy(shop.shopper(), ("cola", 1, True)))
    first, second = shop.associate(), shop.associate()
    claim(shop, item, first)
    path = f"/v1/review/{item['reviewItemId']}/claim"

    assert shop.http.delete(path, headers=bearer(second)).status_code == 409
    assert shop.http.delete(path, headers=bearer(first)).status_code == 204
    assert answer(shop, item, "charge", second).status_code == 200


def test_what_an_audit_finds_too_much_is_given_back_and_once(shop):
    login = shop.shopper()
    receipt = shop.buy(login, ("milk", 3), ("cola", 1))
    audit_id = write_audit(shop, receipt.order_id)
    staff = bearer(shop.associate())
    body = {"taken": [{"sku": "milk", "quantity": 1}, {"sku": "cola", "quantity": 2}]}
    path = f"/v1/audits/{audit_id}/answer"
    (shown,) = [a for a in shop.http.get("/v1/audits", headers=staff).json() if a["auditId"] == audit_id]

    assert [line["quantity"] for line in shown["lines"]] == [3, 1]
    assert shop.http.post(path, json=body, headers=staff).json()["state"] == "answered"
    assert shop.http.post(path, json=body, headers=staff).status_code == 200
    assert shop.http.post(path, json={"taken": []}, headers=staff).json()["code"] == "review_closed"
    after = shop.client.receipt(login, receipt.receipt_id)
    assert (after.charged_minor, after.refunded_minor) == (3 * 129 + 219, 2 * 129)


def test_labels_say_what_was_right_and_how_likely_it_was_asked_about(shop):
    began = shop.clock()
    asked = shop.buy(shop.shopper(), ("cola", 1, True))
    (item,) = questions(shop, asked)
    answer(shop, item, "drop")
    sure = shop.buy(shop.shopper(), ("milk", 2))
    audit_id = write_audit(shop, sure.order_id)
    body = {"taken": [{"sku": "milk", "quantity": 2}, {"sku": "sample", "quantity": 1}]}
    shop.http.post(f"/v1/audits/{audit_id}/answer", json=body, headers=bearer(shop.associate()))
    query = {"after": began.isoformat()}
    labels = shop.http.get("/v1/review/labels", params=query, headers=shop.store_computer).json()["labels"]

    facts = [
        (
            label["source"],
            label["sku"],
            label["orderedQuantity"],
            label["actualQuantity"],
            label["probability"],
        )
        for label in labels
    ]
    assert facts == [
        ("question", "cola", 1, 0, 1.0),
        ("audit", "milk", 2, 2, 0.01),
        ("audit", "sample", 0, 1, 0.01),
    ]
    assert [label["confidence"] for label in labels] == [0.6, 0.99, None]
    last = {"after": labels[-1]["answeredAt"]}
    later = shop.http.get("/v1/review/labels", params=last, headers=shop.store_computer).json()
    assert later == {"labels": []}


def test_about_as_many_baskets_are_drawn_as_the_settings_say(parts):
    shop = InProcessShop(parts, PRODUCTS)
    order_id = shop.place_order(("milk", 1))
    drawn = 0
    settings = parts.settings.model_copy(update={"audit_probability": 0.015})
    with_chance = replace(parts, settings=settings)
    with parts.database.write() as session:
        order = session.get(OrderTable, order_id)
        for _ in range(2_000):
            draw(with_chance, session, order, VisitKind.SHOPPER)
            drawn += len(session.new)
            session.expunge_all()

    # 30 expected, with a standard deviation of 5.4; the random bytes are the same each time.
    assert 15 <= drawn <= 45


def test_an_order_is_drawn_when_it_is_placed_but_not_with_a_question(parts):
    shop = InProcessShop(
        replace(parts, settings=parts.settings.model_copy(update={"audit_probability": 1})), PRODUCTS
    )
    sure = shop.place_order(("milk", 1))
    shop.place_order(("milk", 1), needs_review=True)
    with parts.database.read() as session:
        drawn = audits.open_audits(session)

    assert [row.order_id for row in drawn] == [sure]
    assert drawn[0].expires_at > datetime(2026, 1, 1, tzinfo=UTC)
