"""The prices of one visit's basket: what was on the shelf when each thing was taken, and what applies to it.

A line that a person still has to look at is priced with the others; when it is dropped, the others keep their
promotions, so an answer never makes anything dearer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from checkout_api.catalog import product_of
from checkout_api.context import Context
from checkout_api.errors import InvalidRequestError
from checkout_api.payment_tables import CouponTable, PromotionTable
from checkout_api.price_history import DatedPrice, lowest_price, price_at
from checkout_api.pricing import LinePrice, Position, Product, price_cart
from checkout_api.promotions import Promotion, Rule
from checkout_api.repository import prices
from checkout_api.schemas import CartItem, PurchaseRequest
from checkout_api.tables import OrderTable
from checkout_api.visits import known_products

RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
# A camera sees a hand some frames after the gate or the exit has counted the visit as begun or over.
_PICK_TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PricedItem:
    """One line of a basket with the product as it was priced, and the coupon behind each coupon's saving."""

    product: Product
    price: LinePrice
    coupons: tuple[str, ...]


def price_items(
    context: Context, session: Session, account_id: str, body: PurchaseRequest
) -> list[PricedItem]:
    """Price the lines of a finished trip, in their order.

    Raises:
        UnknownProductError: If the catalogue lacks a product.
        InvalidRequestError: If something was picked outside the trip.
    """
    items = body.cart_items
    rows = known_products(session, [item.id for item in items])
    history = prices.histories(session, rows)
    start, end = body.shopping_trip.start_time, body.shopping_trip.end_time
    positions = [
        Position(
            _at_its_price(product_of(rows[item.id]), history.get(item.id, []), item, start, end),
            item.quantity,
        )
        for item in items
    ]
    promotions, coupons = _promotions(session, account_id, end)
    priced = price_cart(positions, promotions, prices_include_tax=context.settings.prices_include_tax)
    return [
        PricedItem(position.product, price, _coupons_of(price, coupons))
        for position, price in zip(positions, priced, strict=True)
    ]


def redeem_coupons(session: Session, order: OrderTable, priced: Sequence[PricedItem], at: datetime) -> None:
    """Write down the one use of each coupon that took something off this order."""
    for code in sorted({code for item in priced for code in item.coupons}):
        session.add(prices.next_redemption(session, code, order.account_id, order.id, at))
        session.flush()


def promotion_of(row: PromotionTable) -> Promotion:
    """Return a promotion as pricing knows it."""
    return Promotion(row.id, row.name, RULE.validate_python(row.rule))


def _at_its_price(
    product: Product, history: Sequence[DatedPrice], item: CartItem, start: datetime, end: datetime
) -> Product:
    if item.picked_at is not None and not start - _PICK_TOLERANCE <= item.picked_at <= end + _PICK_TOLERANCE:
        raise InvalidRequestError(f"cartItems: {item.id} was picked at {item.picked_at}, outside the trip")
    if not history:
        return product
    if item.picked_at is not None:
        return replace(product, price_minor=price_at(history, item.picked_at))
    return replace(product, price_minor=lowest_price(history, start, end))


def _promotions(
    session: Session, account_id: str, at: datetime
) -> tuple[list[Promotion], dict[str, CouponTable]]:
    """Return what applies to an account, and its usable coupons by promotion; only what matters is asked."""
    rows = prices.promotions_in_force(session, at)
    coupons: dict[str, CouponTable] = {}
    if any(row.needs_coupon for row in rows):
        coupons = {coupon.promotion_id: coupon for coupon in prices.claimed_coupons(session, account_id)}
    is_member = any(row.members_only for row in rows) and prices.is_member(session, account_id)
    applying = [
        promotion_of(row)
        for row in rows
        if (is_member or not row.members_only) and (not row.needs_coupon or row.id in coupons)
    ]
    return applying, coupons


def _coupons_of(price: LinePrice, coupons: dict[str, CouponTable]) -> tuple[str, ...]:
    found = (coupons.get(saving.promotion.promotion_id) for saving in price.savings)
    return tuple(coupon.code for coupon in found if coupon is not None)
