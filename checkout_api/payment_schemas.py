"""The bodies of requests and answers about prices, payment methods, contests, disputes and webhooks."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, HttpUrl, model_validator

from checkout_api.promotions import Rule
from checkout_api.schemas import Identifier, MinorUnits, Quantity, Schema
from checkout_api.states import ContestKind, ContestState, DisputeState

Code = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{2,31}$", examples=["WELCOME-10"])]
ReturnUrl = Annotated[HttpUrl, Field(description="Where the shopper's browser is sent afterwards.")]


class Markdown(Schema):
    """A lower price for a while."""

    sku: Identifier
    price_minor: MinorUnits
    valid_from: AwareDatetime
    valid_until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _must_not_end_before_it_starts(self) -> Self:
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            raise ValueError("validUntil is not after validFrom")
        return self


class MarkdownSchema(Schema):
    """A lower price that was written."""

    markdown_id: str


class PromotionBody(Schema):
    """A rule, its name on receipts, for whom it is and when."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    rule: Rule
    members_only: bool = False
    needs_coupon: bool = False
    valid_from: AwareDatetime
    valid_until: AwareDatetime | None = None


class PromotionSchema(PromotionBody):
    """A promotion as it stands."""

    promotion_id: str


class CouponBody(Schema):
    """How often a code may be used, and for which promotion."""

    promotion_id: Identifier
    max_redemptions: Annotated[int, Field(ge=1, le=10**9)]
    max_per_account: Annotated[int, Field(ge=1, le=10**6)] = 1


class CouponClaim(Schema):
    """A coupon to keep for the next visit."""

    code: Code


class CouponSchema(Schema):
    """A coupon that is kept and can be used."""

    code: str
    name: str


class MembershipSchema(Schema):
    """Whether the account has joined the club."""

    is_member: bool


class SetupBody(Schema):
    """Ask for the provider's page to link a payment method."""

    return_url: ReturnUrl
    cancel_url: ReturnUrl
    consent_text: Annotated[
        str, Field(min_length=1, max_length=2_000, description="The words the shopper agreed to, as shown.")
    ]


class SetupSchema(Schema):
    """The page to send the shopper to; on their return, ask what became of it."""

    setup_id: str
    state: Literal["open", "complete", "expired"]
    url: str | None = Field(description="Null once it is not open any more.")
    payment_method_id: str | None


class PaymentBody(Schema):
    """Pay an order with the shopper there, so that their bank may ask them something."""

    return_url: ReturnUrl | None = None


class HoldBody(Schema):
    """Reserve money before a visit."""

    return_url: ReturnUrl | None = None


class HoldSchema(Schema):
    """Reserved money; with action_required, send the shopper to their bank's page."""

    hold_id: str
    state: Literal["pending", "action_required", "held", "declined"]
    amount_minor: int
    currency: str
    action_url: str | None


class ContestBody(Schema):
    """One tap on a receipt: this line is wrong, or this product is missing."""

    kind: ContestKind
    line_id: Identifier | None = None
    sku: Identifier | None = None
    quantity: Quantity = 1
    note: Annotated[str, Field(max_length=1_000)] = ""

    @model_validator(mode="after")
    def _must_name_one(self) -> Self:
        if self.kind is ContestKind.NOT_TAKEN and (self.line_id is None or self.sku is not None):
            raise ValueError("not_taken needs lineId and no sku")
        if self.kind is ContestKind.MISSING and (self.sku is None or self.line_id is not None):
            raise ValueError("missing needs sku and no lineId")
        return self


class ContestAnswer(Schema):
    """What a person found."""

    answer: Literal["accept", "refuse"]


class ContestSchema(Schema):
    """What a shopper said and what became of it."""

    contest_id: str
    order_id: str
    kind: ContestKind
    line_id: str | None
    sku: str | None
    quantity: int
    note: str
    state: ContestState
    opened_at: AwareDatetime


class DisputeSchema(Schema):
    """A complaint to a bank."""

    dispute_id: str
    order_id: str
    amount_minor: int
    currency: str
    reason: str
    state: DisputeState
    evidence_due_at: AwareDatetime | None


class EvidenceSchema(Schema):
    """What the store can show the bank about an order."""

    receipt_text: str
    service_date: str
    access_log: str


class EndpointBody(Schema):
    """Where an integrator listens: https, and not in a private network."""

    url: Annotated[str, Field(min_length=1, max_length=2_000, examples=["https://example.com/walkout"])]


class EndpointSchema(Schema):
    """A registered listener; its secret is shown once, when it is registered."""

    endpoint_id: str
    url: str
    secret: str | None = Field(description="Signs every message, see standardwebhooks.com.")


class ReceivedSchema(Schema):
    """The message is taken down."""

    status: Literal["received"] = "received"


class FindingSchema(Schema):
    """A difference between our books and the provider's."""

    charge_id: str
    kind: str
    detail: str
    found_at: AwareDatetime


class ReconciliationSchema(Schema):
    """What a look through the provider's books found; all zero when they agree."""

    n_charges: int
    captured_minor: int
    refunded_minor: int
    ledger_minor: int
    findings: list[FindingSchema]
