"""The tables. Amounts are whole minor units, times are aware UTC, ids are text.

Enumerations are stored as their text. What must never happen twice is a unique constraint here, not a check
in code.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from checkout_api.states import (
    AttemptState,
    DeviceKind,
    LineState,
    Operation,
    OrderState,
    Purpose,
    ReviewState,
    Role,
    VisitState,
)
from checkout_api.visit_states import VisitFlag, VisitKind


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, also in SQLite, which stores no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone, expected an aware time")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return an aware time."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Table(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads this class attribute
        datetime: UtcDateTime(),
        str: String(255),
        int: BigInteger(),
        # Stored as their text, so that adding a state needs no migration.
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            create_constraint=False,
            length=32,
            values_callable=lambda e: [m.value for m in e],
        ),
    }


class AccountTable(Table):
    """A person who can sign in, or, without an address, whoever tapped a card at the gate.

    An erased account keeps its id, so that the orders which tax law wants keep theirs, and nothing else.
    """

    __tablename__ = "accounts"
    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str | None]
    role: Mapped[Role]
    created_at: Mapped[datetime]
    blocked_reason: Mapped[str | None]
    erased_at: Mapped[datetime | None]


class PaymentMethodTable(Table):
    """A payment method as the provider's token; the newest of an account is charged."""

    __tablename__ = "payment_methods"
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    provider: Mapped[str]
    token: Mapped[str]
    brand: Mapped[str]
    last4: Mapped[str]
    exp_month: Mapped[int]
    exp_year: Mapped[int]
    linked_at: Mapped[datetime]
    customer: Mapped[str | None]


class DeviceTable(Table):
    """A gate or the store computer, known by the digest of its key."""

    __tablename__ = "devices"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[DeviceKind]
    name: Mapped[str]
    key_sha256: Mapped[str] = mapped_column(unique=True)
    registered_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ProductTable(Table):
    """What a product costs from now on; what it cost when it was taken is in `product_prices`."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("price_minor >= 0"),
        CheckConstraint("tax_ppm >= 0"),
    )
    sku: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    price_minor: Mapped[int]
    currency: Mapped[str]
    tax_ppm: Mapped[int]
    updated_at: Mapped[datetime]
    deposit_minor: Mapped[int] = mapped_column(default=0, server_default="0")


class VisitTable(Table):
    """From gate to exit, of one account and its party."""

    __tablename__ = "visits"
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    store_id: Mapped[str]
    kind: Mapped[VisitKind]
    flag: Mapped[VisitFlag | None]
    state: Mapped[VisitState]
    entered_at: Mapped[datetime]
    exited_at: Mapped[datetime | None]
    cart_version: Mapped[int]
    cart_as_of: Mapped[datetime | None]


class AuthEventTable(Table):
    """One opening of a gate, by the gate's own id of it; trips are matched to visits through these."""

    __tablename__ = "auth_events"
    store_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), index=True)
    happened_at: Mapped[datetime]
    location: Mapped[str]


class CartLineTable(Table):
    """One line of what a visit holds now."""

    __tablename__ = "cart_lines"
    __table_args__ = (CheckConstraint("quantity > 0"),)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(ForeignKey("products.sku"))
    quantity: Mapped[int]
    confidence: Mapped[float]


class OrderTable(Table):
    """A sealed, priced cart: one per visit and one per trip id, whatever arrives."""

    __tablename__ = "orders"
    __table_args__ = (UniqueConstraint("store_id", "receipt_number"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), unique=True)
    trip_id: Mapped[str] = mapped_column(unique=True)
    body_sha256: Mapped[str]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    store_id: Mapped[str]
    receipt_id: Mapped[str] = mapped_column(unique=True)
    receipt_number: Mapped[int]
    currency: Mapped[str]
    state: Mapped[OrderState] = mapped_column(index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    placed_at: Mapped[datetime]


class OrderLineTable(Table):
    """One line of an order with the price it had; net plus tax is what the shopper pays for it."""

    __tablename__ = "order_lines"
    __table_args__ = (UniqueConstraint("order_id", "n"), CheckConstraint("quantity > 0"))
    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    n: Mapped[int]
    sku: Mapped[str]
    name: Mapped[str]
    quantity: Mapped[int]
    unit_price_minor: Mapped[int]
    tax_ppm: Mapped[int]
    net_minor: Mapped[int]
    tax_minor: Mapped[int]
    confidence: Mapped[float]
    purpose: Mapped[Purpose]
    state: Mapped[LineState]
    list_minor: Mapped[int]
    discount_minor: Mapped[int]
    deposit_minor: Mapped[int]
    picked_at: Mapped[datetime | None]


class ReviewItemTable(Table):
    """A question to a person: was this line really taken?"""

    __tablename__ = "review_items"
    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    line_id: Mapped[str] = mapped_column(ForeignKey("order_lines.id"), unique=True)
    state: Mapped[ReviewState] = mapped_column(index=True)
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    claimed_until: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    answered_at: Mapped[datetime | None]


class PaymentAttemptTable(Table):
    """One intent to hold or move money, written before the provider hears of it.

    A hold belongs to no order until a capture or a cancel, which name it, end it.
    """

    __tablename__ = "payment_attempts"
    __table_args__ = (
        UniqueConstraint("order_id", "purpose", "n"),
        # At most one success per order and purpose, whatever the code above believes.
        Index(
            "one_capture_per_purpose",
            "order_id",
            "purpose",
            unique=True,
            sqlite_where=text("state = 'captured' AND operation IN ('charge', 'capture')"),
            postgresql_where=text("state = 'captured' AND operation IN ('charge', 'capture')"),
        ),
        # A hold is captured or freed, by one order.
        Index(
            "one_end_per_hold",
            "hold_id",
            unique=True,
            sqlite_where=text("state != 'declined'"),
            postgresql_where=text("state != 'declined'"),
        ),
        CheckConstraint("amount_minor > 0"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    hold_id: Mapped[str | None] = mapped_column(ForeignKey("payment_attempts.id"))
    operation: Mapped[Operation]
    purpose: Mapped[Purpose]
    n: Mapped[int]
    amount_minor: Mapped[int]
    tax_minor: Mapped[int]
    currency: Mapped[str]
    payment_method_id: Mapped[str] = mapped_column(ForeignKey("payment_methods.id"))
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    charge_id: Mapped[str | None]
    refund_id: Mapped[str | None] = mapped_column(ForeignKey("refunds.id"))
    state: Mapped[AttemptState] = mapped_column(index=True)
    decline_code: Mapped[str | None]
    planned_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime]
    tries: Mapped[int]
    return_url: Mapped[str | None] = mapped_column(String(2048))
    action_url: Mapped[str | None] = mapped_column(String(2048))
    capture_before: Mapped[datetime | None]


class RefundTable(Table):
    """Who gave money back and why; the money moves in the payment attempts that name it."""

    __tablename__ = "refunds"
    __table_args__ = (UniqueConstraint("order_id", "idempotency_key"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    idempotency_key: Mapped[str]
    body_sha256: Mapped[str]
    reason: Mapped[str]
    requested_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    requested_at: Mapped[datetime]


class RefundLineTable(Table):
    """How many units of an order line a refund gives back."""

    __tablename__ = "refund_lines"
    __table_args__ = (CheckConstraint("quantity > 0"),)
    refund_id: Mapped[str] = mapped_column(ForeignKey("refunds.id"), primary_key=True)
    line_id: Mapped[str] = mapped_column(ForeignKey("order_lines.id"), primary_key=True)
    quantity: Mapped[int]


class LedgerEntryTable(Table):
    """One side of a movement of money; the sides of one transaction add up to zero. Written once.

    The transaction is the id of the payment attempt, or of the dispute with what became of it.
    """

    __tablename__ = "ledger_entries"
    transaction_id: Mapped[str] = mapped_column(primary_key=True)
    ledger_account: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    amount_minor: Mapped[int]
    currency: Mapped[str]
    posted_at: Mapped[datetime]
