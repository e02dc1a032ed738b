"""The bodies of requests and answers. Names are camel case on the wire; nothing here leaves this package.

Bodies about gates and trips follow Amazon's published Just Walk Out partner API where it has one.
"""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, StrictInt, model_validator
from pydantic.alias_generators import to_camel

from checkout_api.states import Decision, LineState, OrderState, Role, VisitState

Identifier = Annotated[str, Field(min_length=1, max_length=255)]
MinorUnits = Annotated[StrictInt, Field(ge=0, le=10**12)]
Quantity = Annotated[StrictInt, Field(ge=1, le=10_000)]
Confidence = Annotated[float, Field(ge=0, le=1, description="Probability that the line is right.")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.")]
TaxRate = Annotated[
    Decimal,
    Field(ge=0, lt=1, decimal_places=6, description='A fraction as text: "0.19" is 19 %.', examples=["0.19"]),
]
Email = Annotated[
    str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254, examples=["ada@example.org"])
]


class Schema(BaseModel):
    """Base of all bodies: immutable, camel case outside, unknown fields refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid", allow_inf_nan=False
    )


class SignUp(Schema):
    """A new shopper."""

    email: Email
    password: Annotated[SecretStr, Field(min_length=12, max_length=256)]
    display_name: Annotated[str, Field(min_length=1, max_length=80)]


class StaffSignUp(SignUp):
    """A new member of the staff."""

    role: Literal[Role.ASSOCIATE, Role.MANAGER, Role.AUDITOR]


class AccountSchema(Schema):
    """An account, as its owner sees it."""

    account_id: str
    email: str | None
    display_name: str
    role: Role


class TokenRequest(Schema):
    """Sign in."""

    email: Annotated[str, Field(max_length=254)]
    password: Annotated[SecretStr, Field(max_length=256)]


class TokenSchema(Schema):
    """A short-lived sign-in token, for the `Authorization: Bearer` header."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # the name of a scheme
    expires_in_s: int


class PaymentMethodLink(Schema):
    """Link a payment method by the provider's token; card numbers are refused."""

    token: Identifier


class PaymentMethodSchema(Schema):
    """A linked payment method."""

    payment_method_id: str
    provider: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


class CatalogItem(Schema):
    """One product."""

    sku: Identifier
    name: Annotated[str, Field(min_length=1, max_length=120)]
    price_minor: MinorUnits
    currency: Currency
    tax_rate: TaxRate
    deposit_minor: MinorUnits = 0


class CatalogUpload(Schema):
    """Products to add or to change; others stay as they are."""

    store_id: Identifier
    items: Annotated[list[CatalogItem], Field(min_length=1, max_length=25_000)]

    @model_validator(mode="after")
    def _skus_must_differ(self) -> Self:
        seen: set[str] = set()
        for item in self.items:
            if item.sku in seen:
                raise ValueError(f"sku {item.sku!r} appears twice; send each product once")
            seen.add(item.sku)
        return self


class CatalogUploadSchema(Schema):
    """How many products were written."""

    uploaded: int


class AuthEvent(Schema):
    """One opening of a gate, by the gate's own id of it."""

    id: Identifier
    timestamp: AwareDatetime
    location: Identifier = "gate"


class CartLine(Schema):
    """One product of a cart as the store computer sees it."""

    sku: Identifier
    quantity: Quantity
    confidence: Confidence = 1.0


class CartUpdate(Schema):
    """The whole cart of a visit; an older `asOf` than the one held changes nothing."""

    as_of: AwareDatetime
    lines: Annotated[list[CartLine], Field(max_length=1_000)]


class CartLineSchema(Schema):
    """One line of a live cart with today's price."""

    sku: str
    name: str
    quantity: int
    unit_price_minor: int
    amount_minor: int
    confidence: float


class CartSchema(Schema):
    """What a visit holds now."""

    visit_id: str
    state: VisitState
    version: int = Field(description="Grows with every change.")
    as_of: AwareDatetime | None
    currency: str
    lines: list[CartLineSchema]
    total_minor: int


class ShoppingTrip(Schema):
    """When a trip was, and through which openings of the gate."""

    start_time: AwareDatetime
    end_time: AwareDatetime
    auth_events: Annotated[list[AuthEvent], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _must_not_end_before_it_starts(self) -> Self:
        if self.end_time < self.start_time:
            raise ValueError("endTime is before startTime")
        return self


class CartItem(Schema):
    """One line of what was taken, and whether the store is sure enough to charge it."""

    id: Identifier
    type: Literal["SKU"] = "SKU"
    quantity: Quantity
    confidence: Confidence = 1.0
    decision: Decision = Decision.CHARGE
    picked_at: AwareDatetime | None = Field(
        default=None, description="When it was taken: its price is the one of that moment."
    )


class PurchaseRequest(Schema):
    """A trip is over (CreatePurchases); the same `idempotentShoppingTripId` makes one purchase."""

    request_id: Identifier
    idempotent_shopping_trip_id: Identifier
    store_id: Identifier
    shopping_trip: ShoppingTrip
    cart_items: Annotated[list[CartItem], Field(max_length=1_000)]


class SavingSchema(Schema):
    """What one promotion takes off a line."""

    name: str
    amount_minor: int


class ReceiptLineSchema(Schema):
    """One line of a receipt; only billed lines count towards the total."""

    line_id: str
    sku: str
    name: str
    quantity: int
    unit_price_minor: int
    list_minor: int = Field(description="Before savings and deposit.")
    savings: list[SavingSchema]
    deposit_minor: int
    amount_minor: int = Field(description="What the shopper pays for this line.")
    tax_rate: Decimal
    tax_minor: int
    confidence: float
    state: LineState


class TaxSchema(Schema):
    """The tax of all billed lines of one rate."""

    tax_rate: Decimal
    net_minor: int
    tax_minor: int


class ChargeSchema(Schema):
    """A charge that succeeded, by the provider's id."""

    charge_id: str
    amount_minor: int


class CardSchema(Schema):
    """The card that was charged."""

    brand: str
    last4: str


class ReceiptSchema(Schema):
    """The document of one order. Amounts are minor units of `currency`."""

    receipt_id: str
    receipt_number: int
    order_id: str
    visit_id: str
    status: OrderState
    store_id: str
    store_name: str
    start_time: AwareDatetime
    end_time: AwareDatetime
    issued_at: AwareDatetime
    currency: str
    lines: list[ReceiptLineSchema]
    taxes: list[TaxSchema]
    total_minor: int = Field(description="What the shopper owes for the billed lines.")
    charged_minor: int = Field(description="What the provider confirmed to have charged.")
    refunded_minor: int
    charges: list[ChargeSchema]
    card: CardSchema | None = Field(description="Not shown to devices.")
    action_url: str | None = Field(description="The bank's page that waits for the shopper, not for devices.")


class PurchaseSchema(Schema):
    """The one purchase of a trip."""

    purchase_id: str
    receipt: ReceiptSchema


class RefundLine(Schema):
    """Units of one order line to give back."""

    line_id: Identifier
    quantity: Quantity


class RefundRequestBody(Schema):
    """Give back an amount or units of lines."""

    amount_minor: Annotated[StrictInt, Field(gt=0, le=10**12)] | None = None
    lines: Annotated[list[RefundLine], Field(min_length=1, max_length=1_000)] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=255)]

    @model_validator(mode="after")
    def _must_name_one(self) -> Self:
        if (self.amount_minor is None) == (self.lines is None):
            raise ValueError("send either amountMinor or lines")
        if self.lines is not None and len({line.line_id for line in self.lines}) < len(self.lines):
            raise ValueError("a line appears twice; send each line once")
        return self


class RefundSchema(Schema):
    """A refund; pending means that the provider's answer is outstanding."""

    refund_id: str
    order_id: str
    amount_minor: int
    currency: str
    status: Literal["pending", "succeeded", "refused"]


class SettleSchema(Schema):
    """What a settling pass did."""

    finished: int
    unfinished: int


class HealthSchema(Schema):
    """The process answers."""

    status: Literal["ok"] = "ok"
