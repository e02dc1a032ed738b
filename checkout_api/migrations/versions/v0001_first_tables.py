"""The first tables."""

import sqlalchemy as sa
from alembic import op

_TEXT = sa.String(255)
_STATE = sa.String(32)
_WHOLE = sa.BigInteger()
_TIME = sa.DateTime(timezone=True)
_ONE_CAPTURE = sa.text("state = 'captured' AND operation = 'charge'")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "accounts",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("email", _TEXT, nullable=False),
        sa.Column("display_name", _TEXT, nullable=False),
        sa.Column("password_hash", _TEXT, nullable=False),
        sa.Column("role", _STATE, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "devices",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("kind", _STATE, nullable=False),
        sa.Column("key_sha256", _TEXT, nullable=False),
        sa.Column("registered_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key_sha256"),
    )
    op.create_table(
        "products",
        sa.Column("sku", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("price_minor", _WHOLE, nullable=False),
        sa.Column("currency", _TEXT, nullable=False),
        sa.Column("tax_ppm", _WHOLE, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.CheckConstraint("price_minor >= 0"),
        sa.CheckConstraint("tax_ppm >= 0"),
        sa.PrimaryKeyConstraint("sku"),
    )
    op.create_table(
        "entry_codes",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("account_id", _TEXT, nullable=False),
        sa.Column("key_id", _WHOLE, nullable=False),
        sa.Column("issued_at", _TIME, nullable=False),
        sa.Column("lifetime_s", _WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_entry_codes_account_id"), "entry_codes", ["account_id"], unique=False)
    op.create_table(
        "payment_methods",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("account_id", _TEXT, nullable=False),
        sa.Column("provider", _TEXT, nullable=False),
        sa.Column("token", _TEXT, nullable=False),
        sa.Column("brand", _TEXT, nullable=False),
        sa.Column("last4", _TEXT, nullable=False),
        sa.Column("exp_month", _WHOLE, nullable=False),
        sa.Column("exp_year", _WHOLE, nullable=False),
        sa.Column("linked_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_payment_methods_account_id"), "payment_methods", ["account_id"], unique=False)
    op.create_table(
        "visits",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("account_id", _TEXT, nullable=False),
        sa.Column("store_id", _TEXT, nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("entered_at", _TIME, nullable=False),
        sa.Column("exited_at", _TIME, nullable=True),
        sa.Column("cart_version", _WHOLE, nullable=False),
        sa.Column("cart_as_of", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_visits_account_id"), "visits", ["account_id"], unique=False)
    op.create_table(
        "auth_events",
        sa.Column("store_id", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("visit_id", _TEXT, nullable=False),
        sa.Column("happened_at", _TIME, nullable=False),
        sa.Column("location", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"]),
        sa.PrimaryKeyConstraint("store_id", "id"),
    )
    op.create_index(op.f("ix_auth_events_visit_id"), "auth_events", ["visit_id"], unique=False)
    op.create_table(
        "cart_lines",
        sa.Column("visit_id", _TEXT, nullable=False),
        sa.Column("n", _WHOLE, nullable=False),
        sa.Column("sku", _TEXT, nullable=False),
        sa.Column("quantity", _WHOLE, nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.CheckConstraint("quantity > 0"),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"]),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"]),
        sa.PrimaryKeyConstraint("visit_id", "n"),
    )
    op.create_table(
        "orders",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("visit_id", _TEXT, nullable=False),
        sa.Column("trip_id", _TEXT, nullable=False),
        sa.Column("body_sha256", _TEXT, nullable=False),
        sa.Column("account_id", _TEXT, nullable=False),
        sa.Column("store_id", _TEXT, nullable=False),
        sa.Column("receipt_id", _TEXT, nullable=False),
        sa.Column("receipt_number", _WHOLE, nullable=False),
        sa.Column("currency", _TEXT, nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=False),
        sa.Column("placed_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("receipt_id"),
        sa.UniqueConstraint("store_id", "receipt_number"),
        sa.UniqueConstraint("trip_id"),
        sa.UniqueConstraint("visit_id"),
    )
    op.create_index(op.f("ix_orders_account_id"), "orders", ["account_id"], unique=False)
    op.create_index(op.f("ix_orders_state"), "orders", ["state"], unique=False)
    op.create_table(
        "used_entry_codes",
        sa.Column("nonce", _TEXT, nullable=False),
        sa.Column("visit_id", _TEXT, nullable=False),
        sa.Column("device_id", _TEXT, nullable=False),
        sa.Column("request_id", _TEXT, nullable=False),
        sa.Column("used_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"]),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"]),
        sa.PrimaryKeyConstraint("nonce"),
    )
    op.create_table(
        "order_lines",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.Column("n", _WHOLE, nullable=False),
        sa.Column("sku", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("quantity", _WHOLE, nullable=False),
        sa.Column("unit_price_minor", _WHOLE, nullable=False),
        sa.Column("tax_ppm", _WHOLE, nullable=False),
        sa.Column("net_minor", _WHOLE, nullable=False),
        sa.Column("tax_minor", _WHOLE, nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("purpose", _STATE, nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.CheckConstraint("quantity > 0"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("order_id", "n"),
    )
    op.create_table(
        "refunds",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.Column("idempotency_key", _TEXT, nullable=False),
        sa.Column("body_sha256", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("requested_by", _TEXT, nullable=False),
        sa.Column("requested_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.ForeignKeyConstraint(["requested_by"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("order_id", "idempotency_key"),
    )
    op.create_table(
        "payment_attempts",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.Column("operation", _STATE, nullable=False),
        sa.Column("purpose", _STATE, nullable=False),
        sa.Column("n", _WHOLE, nullable=False),
        sa.Column("amount_minor", _WHOLE, nullable=False),
        sa.Column("tax_minor", _WHOLE, nullable=False),
        sa.Column("currency", _TEXT, nullable=False),
        sa.Column("payment_method_id", _TEXT, nullable=False),
        sa.Column("idempotency_key", _TEXT, nullable=False),
        sa.Column("charge_id", _TEXT, nullable=True),
        sa.Column("refund_id", _TEXT, nullable=True),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("decline_code", _TEXT, nullable=True),
        sa.Column("planned_at", _TIME, nullable=False),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.CheckConstraint("amount_minor > 0"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.ForeignKeyConstraint(["payment_method_id"], ["payment_methods.id"]),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("idempotency_key"),
        sa.UniqueConstraint("order_id", "purpose", "n"),
    )
    op.create_index(op.f("ix_payment_attempts_order_id"), "payment_attempts", ["order_id"], unique=False)
    op.create_index(op.f("ix_payment_attempts_state"), "payment_attempts", ["state"], unique=False)
    op.create_index(
        "one_capture_per_purpose",
        "payment_attempts",
        ["order_id", "purpose"],
        unique=True,
        sqlite_where=_ONE_CAPTURE,
        postgresql_where=_ONE_CAPTURE,
    )
    op.create_table(
        "refund_lines",
        sa.Column("refund_id", _TEXT, nullable=False),
        sa.Column("line_id", _TEXT, nullable=False),
        sa.Column("quantity", _WHOLE, nullable=False),
        sa.CheckConstraint("quantity > 0"),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"]),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"]),
        sa.PrimaryKeyConstraint("refund_id", "line_id"),
    )
    op.create_table(
        "review_items",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.Column("line_id", _TEXT, nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("answered_by", _TEXT, nullable=True),
        sa.Column("answered_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("line_id"),
    )
    op.create_index(op.f("ix_review_items_order_id"), "review_items", ["order_id"], unique=False)
    op.create_index(op.f("ix_review_items_state"), "review_items", ["state"], unique=False)
    op.create_table(
        "ledger_entries",
        sa.Column("attempt_id", _TEXT, nullable=False),
        sa.Column("ledger_account", _TEXT, nullable=False),
        sa.Column("amount_minor", _WHOLE, nullable=False),
        sa.Column("currency", _TEXT, nullable=False),
        sa.Column("posted_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempts.id"]),
        sa.PrimaryKeyConstraint("attempt_id", "ledger_account"),
    )


def downgrade() -> None:
    """Undo."""
    for table in (
        "ledger_entries",
        "review_items",
        "refund_lines",
        "payment_attempts",
        "refunds",
        "order_lines",
        "used_entry_codes",
        "orders",
        "cart_lines",
        "auth_events",
        "visits",
        "payment_methods",
        "entry_codes",
        "products",
        "devices",
        "accounts",
    ):
        op.drop_table(table)
