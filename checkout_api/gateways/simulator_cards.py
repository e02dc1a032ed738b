"""The simulated provider's test cards, and the faults that it can be told to have."""

from dataclasses import dataclass
from enum import StrEnum

from checkout_api.payments import CardOnFile


@dataclass(frozen=True, slots=True)
class TestCard:
    """A made-up card and how its bank behaves."""

    card: CardOnFile
    decline_code: str | None = None
    must_authenticate: bool = False


# Tokens as a provider's page would hand them out; the numbers are those of public test cards.
TEST_TOKENS = {
    "pm_sim_visa": TestCard(CardOnFile("visa", "4242", 12, 2034)),
    "pm_sim_mastercard": TestCard(CardOnFile("mastercard", "4444", 11, 2033)),
    "pm_sim_amex": TestCard(CardOnFile("amex", "0005", 10, 2032)),
    "pm_sim_authenticate": TestCard(CardOnFile("visa", "3184", 7, 2032), must_authenticate=True),
    "pm_sim_declined": TestCard(CardOnFile("visa", "0341", 9, 2031), "card_declined"),
    "pm_sim_insufficient_funds": TestCard(CardOnFile("visa", "9995", 8, 2030), "insufficient_funds"),
}


class Call(StrEnum):
    """What a fault can hit."""

    PREPARE = "prepare"
    CONFIRM = "confirm"
    CAPTURE = "capture"
    CANCEL = "cancel"
    RETRIEVE = "retrieve"
    REFUND = "refund"
    SETUP = "setup"
    EVIDENCE = "evidence"


class FaultKind(StrEnum):
    """What goes wrong: the request is lost, its answer is lost after the work, or the bank says no."""

    LOST_BEFORE = "lost_before"
    LOST_AFTER = "lost_after"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that hits the next `times` calls of one kind."""

    call: Call
    kind: FaultKind
    times: int = 1
