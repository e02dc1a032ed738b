"""The tables around an account: its passkeys, and what its owner agreed to."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from checkout_api.tables import Table
from checkout_api.visit_states import ConsentPurpose

# A credential id has up to 1023 bytes (WebAuthn level 3, section 4), base64url makes 1364 characters of them.
_CREDENTIAL_ID = String(1364)


class PasskeyTable(Table):
    """A public key that signs its owner in."""

    __tablename__ = "passkeys"
    credential_id: Mapped[str] = mapped_column(_CREDENTIAL_ID, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str]
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PasskeyChallengeTable(Table):
    """Random bytes that a passkey has to sign; taken out by the first answer, right or wrong.

    With an account a passkey is being added to it, without one somebody is signing in.
    """

    __tablename__ = "passkey_challenges"
    id: Mapped[str] = mapped_column(primary_key=True)
    challenge: Mapped[bytes] = mapped_column(LargeBinary)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ConsentTable(Table):
    """What somebody agreed to or withdrew, and which text they had before them; rows are only added."""

    __tablename__ = "consents"
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    purpose: Mapped[ConsentPurpose]
    document_version: Mapped[str]
    is_granted: Mapped[bool]
    recorded_at: Mapped[datetime]
