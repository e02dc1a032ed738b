"""The states that tables, bodies and logic share, as text that never changes its meaning."""

from enum import StrEnum


class Role(StrEnum):
    """What a signed-in person may do."""

    SHOPPER = "shopper"
    ASSOCIATE = "associate"
    MANAGER = "manager"
    AUDITOR = "auditor"


class DeviceKind(StrEnum):
    """What a device may do.

    A gate scans codes; the store computer does that and reports carts and trips; a monitor reads metrics.
    """

    GATE = "gate"
    STORE_COMPUTER = "store_computer"
    MONITOR = "monitor"


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

    Pending means that the provider's answer is outstanding or unknown, never that the payment failed. With
    action_required the shopper's bank wants to see the shopper; with payment_due it said no.
    """

    PENDING = "pending"
    IN_REVIEW = "in_review"
    PAID = "paid"
    ACTION_REQUIRED = "action_required"
    PAYMENT_DUE = "payment_due"
    NO_PURCHASE = "no_purchase"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"


UNPAID_ORDER_STATES = (OrderState.ACTION_REQUIRED, OrderState.PAYMENT_DUE)


class Operation(StrEnum):
    """What an attempt asks the provider to do.

    A hold reserves money; a capture takes it, or a part, and frees the rest; a cancel frees all of it. A
    charge holds and captures in one step.
    """

    HOLD = "hold"
    CAPTURE = "capture"
    CANCEL = "cancel"
    CHARGE = "charge"
    REFUND = "refund"


TAKES_MONEY = (Operation.CAPTURE, Operation.CHARGE)


class Purpose(StrEnum):
    """What an attempt settles.

    exit: what was sure at the exit. rest: what of that the hold did not cover. review: what a person
    confirmed. contest: what the shopper said was missing. The others belong to no lines.
    """

    ENTRY = "entry"
    EXIT = "exit"
    REST = "rest"
    REVIEW = "review"
    CONTEST = "contest"
    RELEASE = "release"
    REFUND = "refund"


class AttemptState(StrEnum):
    """How far a payment attempt got.

    planned: written, the provider has not heard of it. sent: a call is under way, or was when a process died.
    unknown: the call gave no answer. action_required: the shopper is at their bank's page. The others are
    final; captured means of a refund that the money went back.
    """

    PLANNED = "planned"
    SENT = "sent"
    UNKNOWN = "unknown"
    ACTION_REQUIRED = "action_required"
    HELD = "held"
    CAPTURED = "captured"
    DECLINED = "declined"
    CANCELED = "canceled"


FINAL_ATTEMPT_STATES = (
    AttemptState.HELD,
    AttemptState.CAPTURED,
    AttemptState.DECLINED,
    AttemptState.CANCELED,
)


class DisputeState(StrEnum):
    """Where a shopper's complaint to their bank stands; the last two are final."""

    OPEN = "open"
    EVIDENCE_SENT = "evidence_sent"
    WON = "won"
    LOST = "lost"


class ContestKind(StrEnum):
    """What a shopper says about a receipt: a line is wrong, or something is missing from it."""

    NOT_TAKEN = "not_taken"
    MISSING = "missing"


class ContestState(StrEnum):
    """How a contest stands: waiting for a person, or closed with or without a change."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
