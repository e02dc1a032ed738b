"""The tables of entries, of evidence, and of audits."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from checkout_api.tables import Table
from checkout_api.visit_states import AuditState, VisitKind


class EntryPassTable(Table):
    """A permission to enter, checked and paid for ahead; its codes are signed anew when asked for.

    Code `n` is good from `valid_from + n * rotation_s`, for `lifetime_s`. No row can open a gate.
    """

    __tablename__ = "entry_passes"
    __table_args__ = (CheckConstraint("party_size > 0"), CheckConstraint("n_codes > 0"))
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[VisitKind]
    party_size: Mapped[int]
    valid_from: Mapped[datetime]
    rotation_s: Mapped[int]
    lifetime_s: Mapped[int]
    n_codes: Mapped[int]
    is_good_offline: Mapped[bool]
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visits.id"))


class EntryTable(Table):
    """One person through a gate: of racing gates only one inserts the code, and only one takes the place."""

    __tablename__ = "entries"
    __table_args__ = (UniqueConstraint("pass_id", "place"),)
    pass_id: Mapped[str] = mapped_column(ForeignKey("entry_passes.id"), primary_key=True)
    code_n: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int]
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), index=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    request_id: Mapped[str]
    is_offline: Mapped[bool]
    entered_at: Mapped[datetime]


class EvidenceTable(Table):
    """A short clip or picture of hands at a shelf, kept for hours and shown through its access log."""

    __tablename__ = "evidence"
    id: Mapped[str] = mapped_column(primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), index=True)
    sku: Mapped[str | None]
    camera_id: Mapped[str]
    happened_at: Mapped[datetime]
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    content_sha256: Mapped[str]
    stored_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class EvidenceAccessTable(Table):
    """Who looked at a piece of evidence; outlives the evidence itself."""

    __tablename__ = "evidence_accesses"
    id: Mapped[str] = mapped_column(primary_key=True)
    evidence_id: Mapped[str] = mapped_column(index=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    accessed_at: Mapped[datetime]


class AuditTable(Table):
    """A basket without questions that a person checks anyway, to know how often the store is wrong."""

    __tablename__ = "audits"
    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), unique=True)
    probability: Mapped[float]
    state: Mapped[AuditState] = mapped_column(index=True)
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    claimed_until: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    answered_at: Mapped[datetime | None]


class AuditFindingTable(Table):
    """How many units of a product were really taken, beside what the order says; 0 there if it is missing."""

    __tablename__ = "audit_findings"
    __table_args__ = (CheckConstraint("actual_quantity >= 0"),)
    audit_id: Mapped[str] = mapped_column(ForeignKey("audits.id"), primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    ordered_quantity: Mapped[int]
    actual_quantity: Mapped[int]
