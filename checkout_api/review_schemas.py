"""The bodies of questions to a person, of audits, and of the labels that come of both."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StrictInt, model_validator

from checkout_api.schemas import Identifier, Schema
from checkout_api.states import ReviewState
from checkout_api.visit_states import AuditState


class ReviewItemSchema(Schema):
    """A question to a person: did the shopper take this?"""

    review_item_id: str
    order_id: str
    visit_id: str
    sku: str
    name: str
    quantity: int
    amount_minor: int
    currency: str
    confidence: float
    state: ReviewState
    opened_at: AwareDatetime
    expires_at: AwareDatetime
    claimed_by: str | None = Field(description="The account of who is looking at it.")
    claimed_until: AwareDatetime | None


class ReviewAnswer(Schema):
    """Charge the line or drop it."""

    answer: Literal["charge", "drop"]


class ExpireSchema(Schema):
    """How many questions were settled for the shopper because nobody answered."""

    expired: int


class AuditLineSchema(Schema):
    """What the order says was taken."""

    sku: str
    name: str
    quantity: int
    confidence: float


class AuditSchema(Schema):
    """A basket without questions that a person is asked to check against the evidence."""

    audit_id: str
    order_id: str
    visit_id: str
    state: AuditState
    lines: list[AuditLineSchema]
    opened_at: AwareDatetime
    expires_at: AwareDatetime
    claimed_by: str | None
    claimed_until: AwareDatetime | None


class TakenProduct(Schema):
    """How many units of a product were really taken."""

    sku: Identifier
    quantity: Annotated[StrictInt, Field(ge=0, le=10_000)]


class AuditAnswer(Schema):
    """Everything that was really taken; a product that is not named was not."""

    taken: Annotated[list[TakenProduct], Field(max_length=1_000)]

    @model_validator(mode="after")
    def _skus_must_differ(self) -> Self:
        if len({line.sku for line in self.taken}) < len(self.taken):
            raise ValueError("a product appears twice; send each product once")
        return self


class LabelSchema(Schema):
    """What a person said about one line, for calibrating how sure the store is.

    `probability` is how likely this line was to be asked about: weigh it by its inverse.
    """

    source: Literal["question", "audit"]
    order_id: str
    visit_id: str
    sku: str
    confidence: float | None = Field(description="Absent where the store had not seen the product at all.")
    ordered_quantity: int
    actual_quantity: int
    probability: float
    answered_at: AwareDatetime


class LabelsSchema(Schema):
    """Labels in the order of their answers; ask again with `after` set to the last `answeredAt`."""

    labels: list[LabelSchema]
