"""The one door to money: what the checkout needs from a payment provider, and no more.

A charge has two steps. `prepare` makes the provider's object without moving money, and its id is written
down before `confirm` moves the money; so after any crash it is known which object to ask about. A charge
that is prepared as a hold is confirmed into reserved money, which `capture` takes or `cancel` frees.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from checkout_api.money import Money

# The decline after which the shopper can still pay, by showing themselves to their bank.
AUTHENTICATION_REQUIRED = "authentication_required"


class ChargeState(StrEnum):
    """Where a charge stands at the provider."""

    READY = "ready"
    PROCESSING = "processing"
    ACTION_REQUIRED = "action_required"
    HELD = "held"
    CAPTURED = "captured"
    DECLINED = "declined"
    CANCELED = "canceled"


class SetupState(StrEnum):
    """Where the linking of a payment method stands at the provider."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class EventKind(StrEnum):
    """What a provider's message is about."""

    CHARGE = "charge"
    SETUP = "setup"
    DISPUTE = "dispute"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CardOnFile:
    """What may be known of a linked card: never its number."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class SetupRequest:
    """Ask for a page on which a shopper links a payment method.

    Attributes:
        reference: Our id of the account.
        customer: The provider's id of this shopper from an earlier setup; None for the first.
        return_url: Where the page sends the shopper when they are done.
        cancel_url: Where it sends them when they give up.
    """

    reference: str
    customer: str | None
    return_url: str
    cancel_url: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class SetupPage:
    """A page of the provider's, to which the shopper is sent."""

    setup_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Setup:
    """What became of a setup; the last three are None unless complete."""

    setup_id: str
    state: SetupState
    token: str | None = None
    customer: str | None = None
    card: CardOnFile | None = None


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """One intended charge or hold.

    Attributes:
        token: The provider's token of the linked payment method.
        customer: The provider's id of the shopper, where it has one.
        reference: Our id of the payment attempt, kept by the provider with the charge.
        is_hold: Reserve the money; it is captured or freed later.
        idempotency_key: Same key, same object: a repetition makes no second one.
    """

    amount: Money
    token: str
    customer: str | None
    reference: str
    is_hold: bool
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class ConfirmRequest:
    """Move or reserve the money of a prepared charge.

    Attributes:
        return_url: Where the shopper's bank sends them back to; None when no shopper is there to ask.
    """

    charge_id: str
    return_url: str | None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """Take reserved money, or a part of it; the rest is freed."""

    charge_id: str
    amount: Money
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """One intended refund of a captured charge; fields as in `ChargeRequest`."""

    charge_id: str
    amount: Money
    reference: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund in the provider's books."""

    refund_id: str
    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class ProviderCharge:
    """A charge in the provider's books, the only truth about money moved.

    Attributes:
        amount: What was asked for.
        captured_minor: What was taken, before refunds.
        decline_code: Why the provider said no; None unless declined.
        capture_before: When reserved money is freed by itself; None unless held.
        action_url: The bank's page that waits for the shopper; None unless action is required.
    """

    charge_id: str
    reference: str
    state: ChargeState
    amount: Money
    captured_minor: int
    decline_code: str | None
    refunds: tuple[ProviderRefund, ...]
    capture_before: datetime | None = None
    action_url: str | None = None

    @property
    def refunded_minor(self) -> int:
        """All money given back."""
        return sum(refund.amount.minor_units for refund in self.refunds)


@dataclass(frozen=True, slots=True)
class ProviderDispute:
    """A shopper's complaint to their bank, as the provider has it.

    Attributes:
        outcome: None while open; True when the store won.
        evidence_due_at: Until when the store may answer; None when it may not any more.
    """

    dispute_id: str
    charge_id: str
    amount: Money
    reason: str
    outcome: bool | None
    evidence_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class DisputeEvidence:
    """What the store answers to a complaint, as text for the bank's clerk."""

    receipt_text: str
    service_date: str
    access_log: str


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """A message from the provider. It says what to ask about; amounts in it are not believed.

    Attributes:
        object_id: Id of the charge, setup or dispute; empty for other kinds.
    """

    event_id: str
    kind: EventKind
    object_id: str


class PaymentGateway(Protocol):
    """A payment provider; one file each in `gateways`.

    Every call but `parse_event` may raise `GatewayUnavailableError`: nobody knows whether it happened, and
    the same call with the same idempotency key is safe. A decline is an answer, not an error.
    """

    @property
    def provider(self) -> str:
        """Short name that is stored with tokens, for example `simulator`."""

    def start_setup(self, request: SetupRequest) -> SetupPage:
        """Make a page on which the shopper links a payment method for later charges without them."""

    def setup(self, setup_id: str) -> Setup:
        """Ask what became of a setup."""

    def card_on_file(self, token: str) -> CardOnFile:
        """Describe the payment method behind a token.

        Raises:
            PaymentTokenRefusedError: The provider does not know the token.
        """

    def prepare(self, request: ChargeRequest) -> str:
        """Make the charge without moving money and return the provider's id of it.

        Raises:
            PaymentTokenRefusedError: The provider does not know the token (any more), or refuses the amount.
            ValueError: The provider cannot express the amount.
        """

    def confirm(self, request: ConfirmRequest) -> ProviderCharge:
        """Move or reserve the money; the answer is any state but ready."""

    def capture(self, request: CaptureRequest) -> ProviderCharge:
        """Take reserved money; the answer tells what the charge is then, captured or canceled."""

    def cancel(self, charge_id: str, idempotency_key: str) -> ProviderCharge:
        """Free reserved money or give a prepared charge up; the answer tells what the charge is then."""

    def retrieve(self, charge_id: str) -> ProviderCharge:
        """Ask what happened to a charge."""

    def charges(self, created_after: datetime) -> Iterable[ProviderCharge]:
        """Go through the provider's books, in no promised order; for reconciliation."""

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Give money back.

        Raises:
            RefundTooLargeError: The charge has not that much left.
        """

    def dispute(self, dispute_id: str) -> ProviderDispute:
        """Ask about a complaint."""

    def submit_evidence(self, dispute_id: str, evidence: DisputeEvidence, idempotency_key: str) -> None:
        """Answer a complaint; it can be done once."""

    def parse_event(self, body: bytes, headers: dict[str, str], now: datetime) -> ProviderEvent:
        """Read a message that claims to come from the provider.

        Args:
            body: As it came, byte for byte.
            headers: With names in lower case.
            now: A message stamped more than five minutes before or after is refused.

        Raises:
            WebhookRefusedError: It is not signed with the shared secret, or too old, or from the future.
        """
