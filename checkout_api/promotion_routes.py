"""Routes: managers write promotions and coupons; shoppers keep coupons and join the club."""

from fastapi import APIRouter

from checkout_api.basket import RULE
from checkout_api.dependencies import ContextDep, ManagerDep, PersonDep
from checkout_api.errors import NotFoundError
from checkout_api.payment_schemas import (
    Code,
    CouponBody,
    CouponClaim,
    CouponSchema,
    MembershipSchema,
    PromotionBody,
    PromotionSchema,
)
from checkout_api.payment_tables import CouponClaimTable, CouponTable, MembershipTable, PromotionTable
from checkout_api.repository import prices
from checkout_api.schemas import Identifier

router = APIRouter(tags=["promotions"])


@router.get("/v1/promotions")
def all_promotions(context: ContextDep, _manager: ManagerDep) -> list[PromotionSchema]:
    """Show every promotion, past ones too."""
    with context.database.read() as session:
        return [_shown(row) for row in prices.promotions(session)]


@router.put("/v1/promotions/{promotion_id}")
def write_promotion(
    context: ContextDep, _manager: ManagerDep, promotion_id: Identifier, body: PromotionBody
) -> PromotionSchema:
    """Write or replace a promotion; orders that had it keep what they had. End one by its `validUntil`."""
    row = PromotionTable(
        id=promotion_id,
        name=body.name,
        rule=RULE.dump_python(body.rule, mode="json"),
        members_only=body.members_only,
        needs_coupon=body.needs_coupon,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
    )
    with context.database.write() as session:
        session.merge(row)
    return _shown(row)


@router.put("/v1/coupons/{code}", status_code=204)
def write_coupon(context: ContextDep, _manager: ManagerDep, code: Code, body: CouponBody) -> None:
    """Write or change a coupon; what was redeemed stays redeemed."""
    with context.database.write() as session:
        if session.get(PromotionTable, body.promotion_id) is None:
            raise NotFoundError(f"there is no promotion {body.promotion_id!r}")
        session.merge(
            CouponTable(
                code=code,
                promotion_id=body.promotion_id,
                max_redemptions=body.max_redemptions,
                max_per_account=body.max_per_account,
            )
        )


@router.post("/v1/me/coupons", status_code=201)
def claim_coupon(context: ContextDep, person: PersonDep, body: CouponClaim) -> CouponSchema:
    """Keep a coupon; the next order that it makes cheaper redeems it."""
    with context.database.write() as session:
        coupon = prices.coupon(session, body.code)
        if coupon is None:
            raise NotFoundError(f"there is no coupon {body.code!r}")
        if session.get(CouponClaimTable, (body.code, person.account_id)) is None:
            session.add(
                CouponClaimTable(code=body.code, account_id=person.account_id, claimed_at=context.clock())
            )
        name = session.get_one(PromotionTable, coupon.promotion_id).name
    return CouponSchema(code=body.code, name=name)


@router.get("/v1/me/coupons")
def my_coupons(context: ContextDep, person: PersonDep) -> list[CouponSchema]:
    """Show the coupons that the account keeps and can still use."""
    with context.database.read() as session:
        return [
            CouponSchema(code=row.code, name=session.get_one(PromotionTable, row.promotion_id).name)
            for row in prices.claimed_coupons(session, person.account_id)
        ]


@router.get("/v1/me/membership")
def my_membership(context: ContextDep, person: PersonDep) -> MembershipSchema:
    """Tell whether the account has joined the club."""
    with context.database.read() as session:
        return MembershipSchema(is_member=prices.is_member(session, person.account_id))


@router.put("/v1/me/membership")
def join(context: ContextDep, person: PersonDep) -> MembershipSchema:
    """Join the club, whose members get its prices."""
    with context.database.write() as session:
        session.merge(MembershipTable(account_id=person.account_id, joined_at=context.clock()))
    return MembershipSchema(is_member=True)


@router.delete("/v1/me/membership")
def leave(context: ContextDep, person: PersonDep) -> MembershipSchema:
    """Leave the club."""
    with context.database.write() as session:
        row = session.get(MembershipTable, person.account_id)
        if row is not None:
            session.delete(row)
    return MembershipSchema(is_member=False)


def _shown(row: PromotionTable) -> PromotionSchema:
    return PromotionSchema(
        promotion_id=row.id,
        name=row.name,
        rule=RULE.validate_python(row.rule),
        members_only=row.members_only,
        needs_coupon=row.needs_coupon,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )
