"""The bodies of passkeys, consents, data rights, blocked accounts and devices."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from checkout_api.schemas import (
    AccountSchema,
    Identifier,
    PaymentMethodSchema,
    ReceiptSchema,
    Schema,
)
from checkout_api.states import DeviceKind, VisitState
from checkout_api.visit_states import ConsentPurpose

Name = Annotated[str, Field(min_length=1, max_length=80)]
Credential = Annotated[
    dict[str, Any],
    Field(description="What the browser's `credential.toJSON()` returns (WebAuthn level 3)."),
]


class PasskeyOptionsSchema(Schema):
    """What the browser needs, to be passed to `parseCreationOptionsFromJSON` or its request counterpart."""

    challenge_id: str
    public_key: dict[str, Any]


class PasskeyRegistration(Schema):
    """The browser's new passkey."""

    challenge_id: Identifier
    name: Name
    credential: Credential


class PasskeySignIn(Schema):
    """The browser's signature with a passkey."""

    challenge_id: Identifier
    credential: Credential


class PasskeySchema(Schema):
    """A passkey, as its owner sees it."""

    passkey_id: str
    name: str
    added_at: AwareDatetime
    used_at: AwareDatetime | None


class ConsentRequest(Schema):
    """Agree to something or withdraw it; say which text was shown."""

    purpose: ConsentPurpose
    document_version: Identifier
    is_granted: bool


class ConsentSchema(ConsentRequest):
    """One line of the consent log."""

    recorded_at: AwareDatetime


class VisitSummary(Schema):
    """One visit, as its owner sees it."""

    visit_id: str
    store_id: str
    state: VisitState
    entered_at: AwareDatetime
    exited_at: AwareDatetime | None


class EvidenceAccessSchema(Schema):
    """Who looked at a piece of evidence."""

    evidence_id: str
    visit_id: str
    by: Literal["yourself", "staff"]
    accessed_at: AwareDatetime


class ExportSchema(Schema):
    """Everything that is stored about an account."""

    account: AccountSchema
    payment_methods: list[PaymentMethodSchema]
    passkeys: list[PasskeySchema]
    consents: list[ConsentSchema]
    visits: list[VisitSummary]
    receipts: list[ReceiptSchema]
    evidence_accesses: list[EvidenceAccessSchema]


class EraseRequest(Schema):
    """Erase the account; the word guards against a slip of the finger."""

    confirm: Literal["erase"]


class BlockRequest(Schema):
    """Close an account to new entries; its owner is told to ask the staff."""

    reason: Annotated[str, Field(min_length=1, max_length=255)]


class DeviceRegistration(Schema):
    """A new gate, store computer or monitor."""

    kind: DeviceKind
    name: Name


class DeviceSchema(Schema):
    """A device, without its key."""

    device_id: str
    kind: DeviceKind
    name: str
    registered_at: AwareDatetime
    revoked_at: AwareDatetime | None


class DeviceKeySchema(Schema):
    """A new device with its key, which is shown this once."""

    device: DeviceSchema
    key: str = Field(description="For the `X-Device-Key` header.")
