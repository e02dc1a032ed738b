"""The one door to money: what the checkout needs from a payment provider, and no more.

A charge has two steps. `prepare` makes the provider's object without moving money, and its id is written
down before `confirm` moves the money; so after any crash it is known which object to ask about.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from checkout_api.money import Money


class ChargeState(StrEnum):
    """Where a charge stands at the provider."""

    READY = "ready"
    CAPTURED = "captured"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class CardOnFile:
    """What may be known of a linked card: never its number."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """One intended charge.

    Attributes:
        token: The provider's token of the linked payment method.
        reference: Our id of the payment attempt, kept by the provider with the charge.
        idempotency_key: Same key, same object: a repetition makes no second one.
    """

    amount: Money
    token: str
    reference: str
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
        decline_code: Why the provider said no; None unless declined.
    """

    charge_id: str
    reference: str
    state: ChargeState
    amount: Money
    decline_code: str | None
    refunds: tuple[ProviderRefund, ...]


class PaymentGateway(Protocol):
    """A payment provider; one file each in `gateways`.

    Every call may raise `GatewayUnavailableError`: nobody knows whether it happened, and the same call with
    the same idempotency key is safe. A decline is an answer, not an error.
    """

    @property
    def provider(self) -> str:
        """Short name that is stored with tokens, for example `simulator`."""

    def card_on_file(self, token: str) -> CardOnFile:
        """Describe the payment method behind a token.

        Raises:
            PaymentTokenRefusedError: The provider does not know the token.
        """

    def prepare(self, request: ChargeRequest) -> str:
        """Make the charge without moving money and return the provider's id of it."""

    def confirm(self, charge_id: str, idempotency_key: str) -> ProviderCharge:
        """Move the money; the answer is captured or declined."""

    def retrieve(self, charge_id: str) -> ProviderCharge:
        """Ask what happened to a charge."""

    def refund(self, request: RefundRequest) -> ProviderRefund:
        """Give money back.

        Raises:
            RefundTooLargeError: The charge has not that much left.
        """
