"""The tables of prices, promotions, disputes, contests, and of messages in and out."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from checkout_api.payments import EventKind, SetupState
from checkout_api.states import ContestKind, ContestState, DisputeState
from checkout_api.tables import Table


class PaymentSetupTable(Table):
    """A shopper who was sent to the provider's page to link a payment method, and what they agreed to."""

    __tablename__ = "payment_setups"
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    provider: Mapped[str]
    setup_id: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[SetupState]
    consent_text: Mapped[str] = mapped_column(String(2048))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    payment_method_id: Mapped[str | None] = mapped_column(ForeignKey("payment_methods.id"))


class ReceiptCounterTable(Table):
    """The last receipt number of a store; whoever places an order locks it, so no number is lost or twice."""

    __tablename__ = "receipt_counters"
    store_id: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class ProductPriceTable(Table):
    """What a product cost from one moment on; a markdown also says until when."""

    __tablename__ = "product_prices"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        Index("prices_of_product", "sku", "valid_from"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(ForeignKey("products.sku"))
    price_minor: Mapped[int]
    is_markdown: Mapped[bool]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]


class PromotionTable(Table):
    """One rule that makes things cheaper; see `promotions`."""

    __tablename__ = "promotions"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    members_only: Mapped[bool]
    needs_coupon: Mapped[bool]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]


class MembershipTable(Table):
    """An account that has joined the store's club, and gets its prices."""

    __tablename__ = "memberships"
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    joined_at: Mapped[datetime]


class CouponTable(Table):
    """A code that unlocks a promotion, so many times in all and so many times for one account."""

    __tablename__ = "coupons"
    code: Mapped[str] = mapped_column(primary_key=True)
    promotion_id: Mapped[str] = mapped_column(ForeignKey("promotions.id"))
    max_redemptions: Mapped[int]
    max_per_account: Mapped[int]


class CouponClaimTable(Table):
    """A coupon that an account keeps for its next visit."""

    __tablename__ = "coupon_claims"
    code: Mapped[str] = mapped_column(ForeignKey("coupons.code"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    claimed_at: Mapped[datetime]


class CouponRedemptionTable(Table):
    """One use of a coupon. Slots and uses are numbered, so that of racing orders only one can insert each."""

    __tablename__ = "coupon_redemptions"
    __table_args__ = (UniqueConstraint("code", "account_id", "use"), UniqueConstraint("code", "order_id"))
    code: Mapped[str] = mapped_column(ForeignKey("coupons.code"), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    use: Mapped[int]
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    redeemed_at: Mapped[datetime]


class LineDiscountTable(Table):
    """Why an order line costs less than its list price."""

    __tablename__ = "line_discounts"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="discount_positive"),)
    line_id: Mapped[str] = mapped_column(ForeignKey("order_lines.id"), primary_key=True)
    promotion_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    amount_minor: Mapped[int]


class DisputeTable(Table):
    """A complaint to a bank about one charge, by the provider's id of it."""

    __tablename__ = "disputes"
    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("payment_attempts.id"))
    amount_minor: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str]
    state: Mapped[DisputeState]
    evidence_due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class ContestTable(Table):
    """What a shopper says about their receipt, and what became of it."""

    __tablename__ = "contests"
    __table_args__ = (UniqueConstraint("order_id", "idempotency_key"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    idempotency_key: Mapped[str]
    kind: Mapped[ContestKind]
    line_id: Mapped[str | None] = mapped_column(ForeignKey("order_lines.id"))
    sku: Mapped[str | None] = mapped_column(ForeignKey("products.sku"))
    quantity: Mapped[int]
    note: Mapped[str] = mapped_column(String(1024))
    state: Mapped[ContestState] = mapped_column(index=True)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))


class InboxTable(Table):
    """A message that came in, once however often it is sent; only what to ask about is kept of it."""

    __tablename__ = "inbox"
    source: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[EventKind]
    object_id: Mapped[str]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None] = mapped_column(index=True)


class OutboxTable(Table):
    """Something that others want to hear of, written in the transaction in which it happened."""

    __tablename__ = "outbox"
    id: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str]
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    happened_at: Mapped[datetime]
    fanned_out_at: Mapped[datetime | None] = mapped_column(index=True)


class WebhookEndpointTable(Table):
    """Where an integrator listens, and the secret that signs what is sent there."""

    __tablename__ = "webhook_endpoints"
    id: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(2048))
    secret: Mapped[str]
    registered_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class DeliveryTable(Table):
    """One message of the outbox on its way to one listener: an endpoint's id, or `mail`."""

    __tablename__ = "deliveries"
    listener: Mapped[str] = mapped_column(primary_key=True)
    outbox_id: Mapped[str] = mapped_column(ForeignKey("outbox.id"), primary_key=True)
    tries: Mapped[int]
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    delivered_at: Mapped[datetime | None]
    last_answer: Mapped[str | None]


class FindingTable(Table):
    """A difference between our books and the provider's that a person has to look at."""

    __tablename__ = "reconciliation_findings"
    __table_args__ = (UniqueConstraint("charge_id", "kind"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    charge_id: Mapped[str]
    kind: Mapped[str]
    detail: Mapped[str] = mapped_column(String(1024))
    found_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
