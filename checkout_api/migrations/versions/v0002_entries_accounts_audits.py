"""Entry passes in place of single codes; passkeys, consents, evidence and audits.

Codes live for a minute, so those of the first tables are dropped; visits and gate events stay.
"""

import sqlalchemy as sa
from alembic import op

_TEXT = sa.String(255)
_STATE = sa.String(32)
_WHOLE = sa.BigInteger()
_TIME = sa.DateTime(timezone=True)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.drop_table("used_entry_codes")
    op.drop_table("entry_codes")
    _change_tables()
    _make_account_tables()
    _make_entry_tables()
    _make_evidence_tables()
    _make_audit_tables()


def downgrade() -> None:
    """Undo; accounts without address or password get ones that nobody can sign in with."""
    for table in (
        "audit_findings",
        "audits",
        "evidence_accesses",
        "evidence",
        "entries",
        "entry_passes",
        "consents",
        "passkey_challenges",
        "passkeys",
    ):
        op.drop_table(table)
    op.execute("UPDATE accounts SET email = id || '@account.invalid' WHERE email IS NULL")
    op.execute("UPDATE accounts SET password_hash = '' WHERE password_hash IS NULL")
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_column("erased_at")
        accounts.drop_column("blocked_reason")
        accounts.alter_column("password_hash", existing_type=_TEXT, nullable=False)
        accounts.alter_column("email", existing_type=_TEXT, nullable=False)
    for table, columns in {
        "devices": ("revoked_at", "name"),
        "visits": ("flag", "kind"),
    }.items():
        for column in columns:
            op.drop_column(table, column)
    with op.batch_alter_table("review_items") as review_items:
        review_items.drop_constraint("fk_review_items_claimed_by", type_="foreignkey")
        review_items.drop_column("claimed_until")
        review_items.drop_column("claimed_by")
    _make_first_code_tables()


def _change_tables() -> None:
    with op.batch_alter_table("accounts") as accounts:
        accounts.alter_column("email", existing_type=_TEXT, nullable=True)
        accounts.alter_column("password_hash", existing_type=_TEXT, nullable=True)
        accounts.add_column(sa.Column("blocked_reason", _TEXT, nullable=True))
        accounts.add_column(sa.Column("erased_at", _TIME, nullable=True))
    op.add_column("devices", sa.Column("name", _TEXT, nullable=False, server_default="device"))
    op.add_column("devices", sa.Column("revoked_at", _TIME, nullable=True))
    op.add_column("visits", sa.Column("kind", _STATE, nullable=False, server_default="shopper"))
    op.add_column("visits", sa.Column("flag", _STATE, nullable=True))
    with op.batch_alter_table("review_items") as review_items:
        review_items.add_column(sa.Column("claimed_by", _TEXT, nullable=True))
        review_items.add_column(sa.Column("claimed_until", _TIME, nullable=True))
        review_items.create_foreign_key("fk_review_items_claimed_by", "accounts", ["claimed_by"], ["id"])


def _make_account_tables() -> None:
    op.create_table(
        "passkeys",
        sa.Column("credential_id", sa.String(1364), nullable=False),
        sa.Column("account_id", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", _WHOLE, nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("credential_id"),
    )
    op.create_index(op.f("ix_passkeys_account_id"), "passkeys", ["account_id"])
    op.create_table(
        "passkey_challenges",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", _TEXT, nullable=True),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_passkey_challenges_account_id"), "passkey_challenges", ["account_id"])
    op.create_index(op.f("ix_passkey_challenges_expires_at"), "passkey_challenges", ["expires_at"])
    op.create_table(
        "consents",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("account_id", _TEXT, nullable=False),
        sa.Column("purpose", _STATE, nullable=False),
        sa.Column("document_version", _TEXT, nullable=False),
        sa.Column("is_granted", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_consents_account_id"), "consents", ["account_id"])


def _make_entry_tables() -> None:
    op.create_table(
        "entry_passes",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("account_id", _TEXT, nullable=False),
        sa.Column("kind", _STATE, nullable=False),
        sa.Column("party_size", _WHOLE, nullable=False),
        sa.Column("valid_from", _TIME, nullable=False),
        sa.Column("rotation_s", _WHOLE, nullable=False),
        sa.Column("lifetime_s", _WHOLE, nullable=False),
        sa.Column("n_codes", _WHOLE, nullable=False),
        sa.Column("is_good_offline", sa.Boolean(), nullable=False),
        sa.Column("visit_id", _TEXT, nullable=True),
        sa.CheckConstraint("party_size > 0"),
        sa.CheckConstraint("n_codes > 0"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_entry_passes_account_id"), "entry_passes", ["account_id"])
    op.create_table(
        "entries",
        sa.Column("pass_id", _TEXT, nullable=False),
        sa.Column("code_n", _WHOLE, nullable=False),
        sa.Column("place", _WHOLE, nullable=False),
        sa.Column("visit_id", _TEXT, nullable=False),
        sa.Column("device_id", _TEXT, nullable=False),
        sa.Column("request_id", _TEXT, nullable=False),
        sa.Column("is_offline", sa.Boolean(), nullable=False),
        sa.Column("entered_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["pass_id"], ["entry_passes.id"]),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"]),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"]),
        sa.PrimaryKeyConstraint("pass_id", "code_n"),
        sa.UniqueConstraint("pass_id", "place"),
    )
    op.create_index(op.f("ix_entries_visit_id"), "entries", ["visit_id"])


def _make_evidence_tables() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("visit_id", _TEXT, nullable=False),
        sa.Column("sku", _TEXT, nullable=True),
        sa.Column("camera_id", _TEXT, nullable=False),
        sa.Column("happened_at", _TIME, nullable=False),
        sa.Column("media_type", _TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_sha256", _TEXT, nullable=False),
        sa.Column("stored_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_evidence_visit_id"), "evidence", ["visit_id"])
    op.create_index(op.f("ix_evidence_expires_at"), "evidence", ["expires_at"])
    op.create_table(
        "evidence_accesses",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("evidence_id", _TEXT, nullable=False),
        sa.Column("visit_id", _TEXT, nullable=False),
        sa.Column("account_id", _TEXT, nullable=False),
        sa.Column("accessed_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"]),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_evidence_accesses_evidence_id"), "evidence_accesses", ["evidence_id"])
    op.create_index(op.f("ix_evidence_accesses_visit_id"), "evidence_accesses", ["visit_id"])


def _make_audit_tables() -> None:
    op.create_table(
        "audits",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("order_id", _TEXT, nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("claimed_by", _TEXT, nullable=True),
        sa.Column("claimed_until", _TIME, nullable=True),
        sa.Column("answered_by", _TEXT, nullable=True),
        sa.Column("answered_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.ForeignKeyConstraint(["claimed_by"], ["accounts.id"]),
        sa.ForeignKeyConstraint(["answered_by"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("order_id"),
    )
    op.create_index(op.f("ix_audits_state"), "audits", ["state"])
    op.create_table(
        "audit_findings",
        sa.Column("audit_id", _TEXT, nullable=False),
        sa.Column("sku", _TEXT, nullable=False),
        sa.Column("ordered_quantity", _WHOLE, nullable=False),
        sa.Column("actual_quantity", _WHOLE, nullable=False),
        sa.CheckConstraint("actual_quantity >= 0"),
        sa.ForeignKeyConstraint(["audit_id"], ["audits.id"]),
        sa.PrimaryKeyConstraint("audit_id", "sku"),
    )


def _make_first_code_tables() -> None:
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
    op.create_index(op.f("ix_entry_codes_account_id"), "entry_codes", ["account_id"])
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
