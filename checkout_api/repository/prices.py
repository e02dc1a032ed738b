"""Queries about prices over time, promotions, memberships and coupons."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from checkout_api.payment_tables import (
    CouponClaimTable,
    CouponRedemptionTable,
    CouponTable,
    LineDiscountTable,
    MembershipTable,
    ProductPriceTable,
    PromotionTable,
)
from checkout_api.price_history import DatedPrice
from checkout_api.tables import OrderLineTable


def histories(session: Session, skus: Iterable[str]) -> dict[str, list[DatedPrice]]:
    """Return the prices that these products have had, oldest first."""
    found: dict[str, list[DatedPrice]] = {}
    rows = session.scalars(
        select(ProductPriceTable)
        .where(ProductPriceTable.sku.in_(set(skus)))
        .order_by(ProductPriceTable.valid_from)
    )
    for row in rows:
        price = DatedPrice(row.price_minor, row.is_markdown, row.valid_from, row.valid_until)
        found.setdefault(row.sku, []).append(price)
    return found


def is_member(session: Session, account_id: str) -> bool:
    """Tell whether an account has joined the club."""
    return session.get(MembershipTable, account_id) is not None


def promotions(session: Session) -> Sequence[PromotionTable]:
    """Return all promotions, by id."""
    return session.scalars(select(PromotionTable).order_by(PromotionTable.id)).all()


def promotions_in_force(session: Session, at: datetime) -> Sequence[PromotionTable]:
    """Return the promotions of a moment, by id."""
    return session.scalars(
        select(PromotionTable)
        .where(
            PromotionTable.valid_from <= at,
            or_(PromotionTable.valid_until.is_(None), PromotionTable.valid_until > at),
        )
        .order_by(PromotionTable.id)
    ).all()


def coupon(session: Session, code: str) -> CouponTable | None:
    """Find a coupon."""
    return session.get(CouponTable, code)


def claimed_coupons(session: Session, account_id: str) -> Sequence[CouponTable]:
    """Return the coupons that an account keeps and may still use, by code.

    They are locked for this transaction, so that the last use of a coupon goes to one order.
    """
    session.execute(
        select(CouponTable.code)
        .join(CouponClaimTable, CouponClaimTable.code == CouponTable.code)
        .where(CouponClaimTable.account_id == account_id)
        .order_by(CouponTable.code)
        .with_for_update(of=CouponTable)
    )
    # Counted in a statement of its own: the one that waited for the lock sees the time before its waiting.
    in_all = select(func.count()).where(CouponRedemptionTable.code == CouponTable.code).scalar_subquery()
    by_account = (
        select(func.count())
        .where(CouponRedemptionTable.code == CouponTable.code, CouponRedemptionTable.account_id == account_id)
        .scalar_subquery()
    )
    return session.scalars(
        select(CouponTable)
        .join(CouponClaimTable, CouponClaimTable.code == CouponTable.code)
        .where(
            CouponClaimTable.account_id == account_id,
            in_all < CouponTable.max_redemptions,
            by_account < CouponTable.max_per_account,
        )
        .order_by(CouponTable.code)
    ).all()


def next_redemption(
    session: Session, code: str, account_id: str, order_id: str, at: datetime
) -> CouponRedemptionTable:
    """Return the next use of a coupon, not yet written; of racing orders one can write it."""
    slots = session.scalar(
        select(func.max(CouponRedemptionTable.slot)).where(CouponRedemptionTable.code == code)
    )
    uses = session.scalar(
        select(func.max(CouponRedemptionTable.use)).where(
            CouponRedemptionTable.code == code, CouponRedemptionTable.account_id == account_id
        )
    )
    return CouponRedemptionTable(
        code=code,
        slot=(slots or 0) + 1,
        account_id=account_id,
        use=(uses or 0) + 1,
        order_id=order_id,
        redeemed_at=at,
    )


def discounts(session: Session, order_id: str) -> dict[str, list[LineDiscountTable]]:
    """Return why the lines of an order cost less than their list price, by line id."""
    found: dict[str, list[LineDiscountTable]] = {}
    rows = session.scalars(
        select(LineDiscountTable)
        .join(OrderLineTable, OrderLineTable.id == LineDiscountTable.line_id)
        .where(OrderLineTable.order_id == order_id)
        .order_by(LineDiscountTable.promotion_id)
    )
    for row in rows:
        found.setdefault(row.line_id, []).append(row)
    return found
