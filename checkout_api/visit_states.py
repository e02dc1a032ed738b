"""The states of entries, visits, evidence and audits, as text that never changes its meaning."""

from enum import StrEnum


class VisitKind(StrEnum):
    """Who came in: a shopper with an account, staff at work, or whoever tapped a card."""

    SHOPPER = "shopper"
    ASSOCIATE = "associate"
    ANONYMOUS = "anonymous"


class VisitFlag(StrEnum):
    """What is doubtful about an entry that a gate decided on its own while the network was down.

    code_used: the code, or all places of its pass, had been used elsewhere. debt: an unpaid order stood
    against the account. Somebody is inside all the same, so the visit exists and a person looks at its lines.
    """

    CODE_USED = "code_used"
    DEBT = "debt"


class AuditState(StrEnum):
    """Where the check of a basket that raised no question stands."""

    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"


class ConsentPurpose(StrEnum):
    """What a shopper may agree to; each is asked on its own and off until agreed to."""

    TERMS = "terms"
    CAMERA_TRACKING = "camera_tracking"
    TRAINING_FOOTAGE = "training_footage"
    MARKETING = "marketing"
    LOCATION = "location"
