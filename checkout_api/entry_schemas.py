"""The bodies of entry: minting codes, showing them to a gate, tapping a card, and a gate's offline report.

Bodies of gates follow Amazon's published Just Walk Out partner API where it has one.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StrictInt

from checkout_api.schemas import AuthEvent, Identifier, Schema
from checkout_api.visit_states import VisitFlag

# A family or a class of pupils; more people come in on several passes.
MAX_PARTY = 12

CodeText = Annotated[str, Field(min_length=1, max_length=512, description="The text of the QR code.")]


class EntryCodesRequest(Schema):
    """Mint entry codes for yourself and whoever you pay for."""

    party_size: Annotated[StrictInt, Field(ge=1, le=MAX_PARTY)] = 1


class EntryCodeSchema(Schema):
    """A signed code that opens a gate once."""

    code: str = Field(description="The text of the QR code.")
    valid_from: AwareDatetime
    expires_at: AwareDatetime
    qr_url: str = Field(description="Where the QR code is as SVG.")


class EntryCodesSchema(Schema):
    """A pass with its rotating codes, to be shown one after the other, also without a network.

    `now` is the server's time: a phone whose clock is wrong picks the code by the difference.
    """

    entry_pass_id: str
    party_size: int = Field(description="How many people the codes let in, one code each.")
    codes: list[EntryCodeSchema]
    now: AwareDatetime


class IdentityKeysRequest(Schema):
    """What a gate read (VerifyIdentityKeys)."""

    request_id: Identifier
    identity_key: CodeText
    store_id: Identifier
    auth_event: AuthEvent
    key_channel: Literal["OPTICAL"] = "OPTICAL"


class CardTapRequest(Schema):
    """A card was tapped at the gate's payment terminal, which gave the provider's token of it."""

    request_id: Identifier
    card_token: Identifier
    store_id: Identifier
    auth_event: AuthEvent


class VisitorDetails(Schema):
    """Who may come in: an id good for this visit, which says nothing about the account."""

    id: str
    type: Literal["SHOPPER", "ASSOCIATE", "ANONYMOUS"]


class IdentityKeysSchema(Schema):
    """The gate opens."""

    visitor_details: VisitorDetails
    visit_id: str


class SigningKey(Schema):
    """A public key in the form of RFC 8037 (JSON Web Key)."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    use: Literal["sig"] = "sig"
    kid: str = Field(description="The key id within the code, as a decimal number.")
    x: str = Field(description="The public key, base64url.")


class SigningKeysSchema(Schema):
    """What a gate needs to check codes without a network, and how far it may go."""

    keys: list[SigningKey]
    offline_entries_limit: int = Field(description="How many may be let in before the gate is online again.")


class OfflineEntry(Schema):
    """One opening that a gate decided on its own."""

    request_id: Identifier
    identity_key: CodeText
    auth_event: AuthEvent


class OfflineEntriesRequest(Schema):
    """Everybody whom a gate let in without a network; repeating the report changes nothing."""

    store_id: Identifier
    entries: Annotated[list[OfflineEntry], Field(min_length=1, max_length=200)]


class OfflineEntryResult(Schema):
    """What became of one reported opening: a visit, perhaps flagged, or a refusal."""

    request_id: str
    visit_id: str | None
    flag: VisitFlag | None
    refusal: str | None = Field(description="The code of the refusal.")


class OfflineEntriesSchema(Schema):
    """The results, in the order of the report."""

    results: list[OfflineEntryResult]
