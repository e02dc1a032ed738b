"""Holds, prices over time, promotions, disputes, contests, and messages in and out.

Lines of older orders had no discount and no deposit, and were picked when their visit ended.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

_TEXT = sa.String(255)
_LONG = sa.String(2048)
_NOTE = sa.String(1024)
_STATE = sa.String(32)
_WHOLE = sa.BigInteger()
_TIME = sa.DateTime(timezone=True)
_OLD_CAPTURE = sa.text("state = 'captured' AND operation = 'charge'")
_ONE_CAPTURE = sa.text("state = 'captured' AND operation IN ('charge', 'capture')")
_ONE_END = sa.text("state != 'declined'")

# In the order in which they can be dropped.
_NEW_TABLES = (
    "reconciliation_findings",
    "deliveries",
    "webhook_endpoints",
    "outbox",
    "inbox",
    "contests",
    "disputes",
    "line_discounts",
    "coupon_redemptions",
    "coupon_claims",
    "coupons",
    "memberships",
    "promotions",
    "product_prices",
    "payment_setups",
    "receipt_counters",
)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("payment_methods", sa.Column("customer", _TEXT, nullable=True))
    op.add_column("products", sa.Column("deposit_minor", _WHOLE, nullable=False, server_default="0"))
    _change_lines()
    _change_attempts()
    _change_ledger()
    _make_price_tables()
    _make_promotion_tables()
    _make_complaint_tables()
    _make_message_tables()


def downgrade() -> None:
    """Undo; holds that no order used are forgotten here, and run out by themselves at the provider."""
    for table in _NEW_TABLES:
        op.drop_table(table)
    op.create_table(
        "old_ledger_entries",
        sa.Column("attempt_id", _TEXT, nullable=False),
        sa.Column("ledger_account", _TEXT, nullable=False),
        sa.Column("amount_minor", _WHOLE, nullable=False),
        sa.Column("currency", _TEXT, nullable=False),
        sa.Column("posted_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempts.id"]),
        sa.PrimaryKeyConstraint("attempt_id", "ledger_account"),
    )
    op.execute(
        "INSERT INTO old_ledger_entries SELECT transaction_id, ledger_account, amount_minor, currency,"
        " posted_at FROM ledger_entries WHERE transaction_id IN (SELECT id FROM payment_attempts)"
    )
    op.drop_table("ledger_entries")
    op.rename_table("old_ledger_entries", "ledger_entries")
    op.drop_index("one_capture_per_purpose", "payment_attempts")
    op.drop_index("one_end_per_hold", "payment_attempts")
    op.execute("UPDATE payment_attempts SET operation = 'charge', hold_id = NULL WHERE operation = 'capture'")
    op.execute("DELETE FROM payment_attempts WHERE operation = 'cancel'")
    op.execute("DELETE FROM payment_attempts WHERE order_id IS NULL")
    with _changed_attempts() as attempts:
        attempts.drop_index(op.f("ix_payment_attempts_account_id"))
        attempts.drop_constraint("fk_payment_attempts_account", type_="foreignkey")
        attempts.drop_constraint("fk_payment_attempts_hold", type_="foreignkey")
        for column in (
            "capture_before",
            "action_url",
            "return_url",
            "tries",
            "next_try_at",
            "hold_id",
            "account_id",
        ):
            attempts.drop_column(column)
        attempts.alter_column("order_id", existing_type=_TEXT, nullable=False)
    _one_capture(_OLD_CAPTURE)
    for column in ("picked_at", "deposit_minor", "discount_minor", "list_minor"):
        op.drop_column("order_lines", column)
    op.drop_column("products", "deposit_minor")
    op.drop_column("payment_methods", "customer")


def _one_capture(where: sa.TextClause) -> None:
    op.create_index(
        "one_capture_per_purpose",
        "payment_attempts",
        ["order_id", "purpose"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


@contextmanager
def _changed_attempts() -> Iterator[BatchOperations]:
    """Change columns of the attempts; SQLite copies the table, and has to be told of its check."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Unnamed CHECK constraint", category=UserWarning)
        with op.batch_alter_table(
            "payment_attempts", table_args=(sa.CheckConstraint("amount_minor > 0"),)
        ) as attempts:
            yield attempts


def _change_lines() -> None:
    for column in ("list_minor", "discount_minor", "deposit_minor"):
        op.add_column("order_lines", sa.Column(column, _WHOLE, nullable=False, server_default="0"))
    op.add_column("order_lines", sa.Column("picked_at", _TIME, nullable=True))
    op.execute(
        "UPDATE order_lines SET list_minor = unit_price_minor * quantity, picked_at ="
        " (SELECT ended_at FROM orders WHERE orders.id = order_lines.order_id)"
    )


def _change_attempts() -> None:
    op.drop_index("one_capture_per_purpose", "payment_attempts")
    for column in (
        sa.Column("account_id", _TEXT, nullable=True),
        sa.Column("hold_id", _TEXT, nullable=True),
        sa.Column("next_try_at", _TIME, nullable=True),
        sa.Column("tries", _WHOLE, nullable=False, server_default="0"),
        sa.Column("return_url", _LONG, nullable=True),
        sa.Column("action_url", _LONG, nullable=True),
        sa.Column("capture_before", _TIME, nullable=True),
    ):
        op.add_column("payment_attempts", column)
    op.execute(
        "UPDATE payment_attempts SET next_try_at = planned_at, account_id ="
        " (SELECT account_id FROM orders WHERE orders.id = payment_attempts.order_id)"
    )
    with _changed_attempts() as attempts:
        attempts.alter_column("order_id", existing_type=_TEXT, nullable=True)
        attempts.alter_column("account_id", existing_type=_TEXT, nullable=False)
        attempts.alter_column("next_try_at", existing_type=_TIME, nullable=False)
        attempts.create_foreign_key("fk_payment_attempts_account", "accounts", ["account_id"], ["id"])
        attempts.create_foreign_key("fk_payment_attempts_hold", "payment_attempts", ["hold_id"], ["id"])
        attempts.create_index(op.f("ix_payment_attempts_account_id"), ["account_id"])
    _one_capture(_ONE_CAPTURE)
    op.create_index(
        "one_end_per_hold",
        "payment_attempts",
        ["hold_id"],
        unique=True,
        sqlite_where=_ONE_END,
        postgresql_where=_ONE_END,
    )


def _change_ledger() -> None:
    op.create_table(
        "new_ledger_entries",
        sa.Column("transaction_id", _TEXT, nullable=False),
        sa.Column("ledger_account", _TEXT, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.Column("amount_minor", _WHOLE, nullable=False),
        sa.Column("currency", _TEXT, nullable=False),
        sa.Column("posted_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.PrimaryKeyConstraint("transaction_id", "ledger_account"),
    )
    op.execute(
        "INSERT INTO new_ledger_entries SELECT attempt_id, ledger_account, order_id,"
        " ledger_entries.amount_minor, ledger_entries.currency, posted_at FROM ledger_entries"
        " JOIN payment_attempts ON payment_attempts.id = attempt_id"
    )
    op.drop_table("ledger_entries")
    op.rename_table("new_ledger_entries", "ledger_entries")
    op.create_index(op.f("ix_ledger_entries_order_id"), "ledger_entries", ["order_id"])


def _make_price_tables() -> None:
    op.create_table(
        "receipt_counters",
        sa.Column("store_id", _TEXT, nullable=False),
        sa.Column("last", _WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("store_id"),
    )
    op.execute(
        "INSERT INTO receipt_counters SELECT store_id, max(receipt_number) FROM orders GROUP BY store_id"
    )
    op.create_table(
        "payment_setups",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("account_id", _TEXT, nullable=False),
        sa.Column("provider", _TEXT, nullable=False),
        sa.Column("setup_id", _TEXT, nullable=True),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("consent_text", _LONG, nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.Column("payment_method_id", _TEXT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["payment_method_id"], ["payment_methods.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("setup_id"),
    )
    op.create_index(op.f("ix_payment_setups_account_id"), "payment_setups", ["account_id"])
    op.create_table(
        "product_prices",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("sku", _TEXT, nullable=False),
        sa.Column("price_minor", _WHOLE, nullable=False),
        sa.Column("is_markdown", sa.Boolean(), nullable=False),
        sa.Column("valid_from", _TIME, nullable=False),
        sa.Column("valid_until", _TIME, nullable=True),
        sa.CheckConstraint("price_minor >= 0", name="price_not_negative"),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("prices_of_product", "product_prices", ["sku", "valid_from"])
    op.execute(
        "INSERT INTO product_prices SELECT sku, sku, price_minor, FALSE, updated_at, NULL FROM products"
    )


def _make_promotion_tables() -> None:
    op.create_table(
        "promotions",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("members_only", sa.Boolean(), nullable=False),
        sa.Column("needs_coupon", sa.Boolean(), nullable=False),
        sa.Column("valid_from", _TIME, nullable=False),
        sa.Column("valid_until", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "memberships",
        sa.Column("account_id", _TEXT, nullable=False),
        sa.Column("joined_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "coupons",
        sa.Column("code", _TEXT, nullable=False),
        sa.Column("promotion_id", _TEXT, nullable=False),
        sa.Column("max_redemptions", _WHOLE, nullable=False),
        sa.Column("max_per_account", _WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["promotion_id"], ["promotions.id"]),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "coupon_claims",
        sa.Column("code", _TEXT, nullable=False),
        sa.Column("account_id", _TEXT, nullable=False),
        sa.Column("claimed_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["code"], ["coupons.code"]),
        sa.PrimaryKeyConstraint("code", "account_id"),
    )
    op.create_table(
        "coupon_redemptions",
        sa.Column("code", _TEXT, nullable=False),
        sa.Column("slot", _WHOLE, nullable=False),
        sa.Column("account_id", _TEXT, nullable=False),
        sa.Column("use", _WHOLE, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.Column("redeemed_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["code"], ["coupons.code"]),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.PrimaryKeyConstraint("code", "slot"),
        sa.UniqueConstraint("code", "account_id", "use"),
        sa.UniqueConstraint("code", "order_id"),
    )
    op.create_table(
        "line_discounts",
        sa.Column("line_id", _TEXT, nullable=False),
        sa.Column("promotion_id", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("amount_minor", _WHOLE, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="discount_positive"),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"]),
        sa.PrimaryKeyConstraint("line_id", "promotion_id"),
    )


def _make_complaint_tables() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.Column("attempt_id", _TEXT, nullable=False),
        sa.Column("amount_minor", _WHOLE, nullable=False),
        sa.Column("currency", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("evidence_due_at", _TIME, nullable=True),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempts.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_disputes_order_id"), "disputes", ["order_id"])
    op.create_table(
        "contests",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.Column("idempotency_key", _TEXT, nullable=False),
        sa.Column("kind", _STATE, nullable=False),
        sa.Column("line_id", _TEXT, nullable=True),
        sa.Column("sku", _TEXT, nullable=True),
        sa.Column("quantity", _WHOLE, nullable=False),
        sa.Column("note", _NOTE, nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("closed_by", _TEXT, nullable=True),
        sa.ForeignKeyConstraint(["closed_by"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.ForeignKeyConstraint(["sku"], ["products.sku"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("order_id", "idempotency_key"),
    )
    op.create_index(op.f("ix_contests_order_id"), "contests", ["order_id"])
    op.create_index(op.f("ix_contests_state"), "contests", ["state"])


def _make_message_tables() -> None:
    op.create_table(
        "inbox",
        sa.Column("source", _TEXT, nullable=False),
        sa.Column("event_id", _TEXT, nullable=False),
        sa.Column("kind", _STATE, nullable=False),
        sa.Column("object_id", _TEXT, nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("handled_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("source", "event_id"),
    )
    op.create_index(op.f("ix_inbox_handled_at"), "inbox", ["handled_at"])
    op.create_table(
        "outbox",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("topic", _TEXT, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.Column("happened_at", _TIME, nullable=False),
        sa.Column("fanned_out_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_outbox_fanned_out_at"), "outbox", ["fanned_out_at"])
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("url", _LONG, nullable=False),
        sa.Column("secret", _TEXT, nullable=False),
        sa.Column("registered_at", _TIME, nullable=False),
        sa.Column("removed_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "deliveries",
        sa.Column("listener", _TEXT, nullable=False),
        sa.Column("outbox_id", _TEXT, nullable=False),
        sa.Column("tries", _WHOLE, nullable=False),
        sa.Column("next_try_at", _TIME, nullable=True),
        sa.Column("delivered_at", _TIME, nullable=True),
        sa.Column("last_answer", _TEXT, nullable=True),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"]),
        sa.PrimaryKeyConstraint("listener", "outbox_id"),
    )
    op.create_index(op.f("ix_deliveries_next_try_at"), "deliveries", ["next_try_at"])
    op.create_table(
        "reconciliation_findings",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("charge_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("detail", _NOTE, nullable=False),
        sa.Column("found_at", _TIME, nullable=False),
        sa.Column("resolved_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("charge_id", "kind"),
    )
