"""An order is priced as the shelf was priced, with what the shopper's coupons and membership give."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from checkout_api.catalog import mark_down, upload_catalog
from checkout_api.errors import InvalidRequestError
from checkout_api.orders import place_order
from checkout_api.payment_schemas import CouponBody, CouponClaim, Markdown, PromotionBody
from checkout_api.promotion_routes import claim_coupon, join, my_coupons, write_coupon, write_promotion
from checkout_api.promotions import CartAmountOff, FixedPrice, PayFewer
from checkout_api.repository import prices
from checkout_api.schemas import CatalogItem, CatalogUpload
from checkout_api.states import Decision, LineState
from tests.checkout_api.conftest import PRODUCTS
from tests.checkout_api.in_process import InProcessShop


@pytest.fixture
def shop(both):
    return InProcessShop(both, PRODUCTS)


def reprice(context, price_minor):
    item = CatalogItem(
        sku="milk", name="Milk 1 l", price_minor=price_minor, currency="EUR", tax_rate="0.07", deposit_minor=8
    )
    upload_catalog(context, None, CatalogUpload(store_id="store-1", items=[item]))


def offer(context, rule, **changes):
    fields = {"name": "Offer", "rule": rule, "valid_from": context.clock() - timedelta(days=1)} | changes
    write_promotion(context, None, "offer", PromotionBody(**fields))


def total(shop, order_id):
    return sum(line.net_minor + line.tax_minor for line in shop.lines(order_id))


def test_a_price_that_rises_during_the_visit_is_not_paid_for_what_was_taken_before(both, shop):
    event = shop.enter()
    taken_at = both.clock()
    both.clock.advance(seconds=20)
    reprice(both, 500)

    order_id = place_order(both, shop.trip(event, ("milk", 1), picked_at=taken_at))
    assert total(shop, order_id) == 129 + 8


def test_what_was_taken_after_the_new_price_costs_the_new_price(both, shop):
    event = shop.enter()
    both.clock.advance(seconds=20)
    reprice(both, 500)

    order_id = place_order(both, shop.trip(event, ("milk", 1), picked_at=both.clock()))
    assert total(shop, order_id) == 508


def test_without_a_moment_the_lowest_price_of_the_visit_counts(both, shop):
    event = shop.enter()
    both.clock.advance(seconds=20)
    reprice(both, 500)

    assert total(shop, place_order(both, shop.trip(event, ("milk", 1)))) == 129 + 8


def test_a_markdown_holds_for_its_time(both, shop):
    event = shop.enter()
    now = both.clock()
    until = now + timedelta(seconds=30)
    mark_down(both, None, Markdown(sku="milk", price_minor=50, valid_from=now, valid_until=until))

    assert total(shop, place_order(both, shop.trip(event, ("milk", 1), picked_at=now))) == 50
    event = shop.enter()
    late = until + timedelta(seconds=1)
    assert total(shop, place_order(both, shop.trip(event, ("milk", 1), picked_at=late))) == 129


def test_nothing_is_taken_outside_of_the_visit(both, shop):
    with pytest.raises(InvalidRequestError, match="outside the trip"):
        place_order(both, shop.trip(shop.enter(), ("milk", 1), picked_at=both.clock() - timedelta(hours=1)))


def test_three_for_two_is_on_the_receipt(both, shop):
    offer(both, PayFewer(("milk",), 3, 2))
    order_id = shop.place_order(("milk", 3))
    (line,) = shop.lines(order_id)

    assert (line.list_minor, line.discount_minor, total(shop, order_id)) == (387, 129, 258)
    with both.database.read() as session:
        assert [row.name for row in prices.discounts(session, order_id)[line.id]] == ["Offer"]


def test_members_get_the_price_of_members(both, shop):
    offer(both, FixedPrice(("milk",), 100), members_only=True)
    assert total(shop, shop.place_order(("milk", 1))) == 129
    join(both, shop.person)

    assert total(shop, shop.place_order(("milk", 1))) == 100


def test_a_promotion_ends(both, shop):
    offer(both, FixedPrice(("milk",), 100), valid_until=both.clock())

    assert total(shop, shop.place_order(("milk", 1))) == 129


def test_a_coupon_is_redeemed_once_by_the_order_that_it_makes_cheaper(both, shop):
    offer(both, CartAmountOff(29, minimum_minor=100), needs_coupon=True)
    write_coupon(both, None, "HELLO", CouponBody(promotion_id="offer", max_redemptions=10))
    assert total(shop, shop.place_order(("milk", 1))) == 129
    claim_coupon(both, shop.person, CouponClaim(code="HELLO"))
    assert total(shop, shop.place_order()) == 0
    assert [coupon.code for coupon in my_coupons(both, shop.person)] == ["HELLO"]

    assert total(shop, shop.place_order(("milk", 1))) == 100
    assert my_coupons(both, shop.person) == []
    assert total(shop, shop.place_order(("milk", 1))) == 129


def test_the_last_use_of_a_coupon_goes_to_one_of_racing_orders(both):
    shops = [InProcessShop(both, PRODUCTS) for _ in range(4)]
    offer(both, CartAmountOff(29), needs_coupon=True)
    write_coupon(both, None, "LAST", CouponBody(promotion_id="offer", max_redemptions=1))
    for one in shops:
        claim_coupon(both, one.person, CouponClaim(code="LAST"))
    trips = [one.trip(one.enter(), ("milk", 1)) for one in shops]
    with ThreadPoolExecutor(4) as exits:
        order_ids = list(exits.map(lambda trip: place_order(both, trip), trips))

    assert sorted(total(one, order_id) for one, order_id in zip(shops, order_ids, strict=True)) == [
        100,
        129,
        129,
        129,
    ]


def test_a_line_that_review_drops_makes_no_other_line_dearer(both, shop):
    offer(both, PayFewer(("milk",), 3, 2))
    event = shop.enter()
    body = shop.trip(event, ("milk", 2), ("milk", 1))
    doubtful = body.cart_items[1].model_copy(update={"decision": Decision.REVIEW})
    order_id = place_order(both, body.model_copy(update={"cart_items": [body.cart_items[0], doubtful]}))
    sure, question = shop.lines(order_id)

    assert question.state is LineState.IN_REVIEW
    assert sure.net_minor + sure.tax_minor == 258 - 86
    assert shop.attempts(order_id)[0].amount_minor == 172
