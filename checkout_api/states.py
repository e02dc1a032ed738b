"""The states that tables, bodies and logic share, as text that never changes its meaning."""

from enum import StrEnum


class Role(StrEnum):
    """What a signed-in person may do."""

    SHOPPER = "shopper"
    ASSOCIATE = "associate"
    MANAGER = "manager"


class DeviceKind(StrEnum):
    """What a device may do: a gate scans codes; the store computer does that and reports carts and trips."""

    GATE = "gate"
    STORE_COMPUTER = "store_computer"


class VisitState(StrEnum):
    """Whether the cart may still change."""

    INSIDE = "inside"
    EXITED = "exited"


class Decision(StrEnum):
    """What the store is sure enough of: charge the line, or ask a person first."""

    CHARGE = "charge"
    REVIEW = "review"


class LineState(StrEnum):
    """Whether the shopper pays for an order line."""

    BILLED = "billed"
    IN_REVIEW = "in_review"
    DROPPED = "dropped"


class ReviewState(StrEnum):
    """How a question to a person ended; expired counts for the shopper."""

    OPEN = "open"
    CHARGED = "charged"
    DROPPED = "dropped"
    EXPIRED = "expired"


class OrderState(StrEnum):
    """What an order waits for; it is also the status printed on the receipt.

    Pending means that the provider's answer is outstanding or unknown, never that the payment failed.
    """

    PENDING = "pending"
    IN_REVIEW = "in_review"
    PAID = "paid"
    PAYMENT_DUE = "payment_due"
    NO_PURCHASE = "no_purchase"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"


class Operation(StrEnum):
    """Which way the money moves."""

    CHARGE = "charge"
    REFUND = "refund"


class Purpose(StrEnum):
    """What an attempt settles: what was sure at the exit, what review confirmed, or a refund."""

    EXIT = "exit"
    REVIEW = "review"
    REFUND = "refund"


class AttemptState(StrEnum):
    """How far a payment attempt got.

    planned: written, the provider has not heard of it. sent: a call is under way, or was when a process died.
    unknown: the call gave no answer. The last two are final.
    """

    PLANNED = "planned"
    SENT = "sent"
    UNKNOWN = "unknown"
    CAPTURED = "captured"
    DECLINED = "declined"


FINAL_ATTEMPT_STATES = (AttemptState.CAPTURED, AttemptState.DECLINED)
