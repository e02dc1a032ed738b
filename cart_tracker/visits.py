"""What the tracker tells the outside: live carts, events, closed visits, and where everybody is."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from cart_tracker.observations import VisitId
from cart_tracker.store_map import ProductId, SlotId

FloatArray = npt.NDArray[np.float64]


class EventKind(StrEnum):
    """What a hand did in a shelf, or with another hand."""

    PICK = "pick"
    PUT = "put"
    TOUCH = "touch"
    GIVE = "give"  # to somebody else


class Decision(StrEnum):
    """What to do with a line: charge it, ask a person, or forget it (in doubt for the shopper)."""

    CHARGE = "charge"
    REVIEW = "review"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class CartLine:
    """Units of one product in a cart, and the probability that exactly this is right."""

    product_id: ProductId
    quantity: int
    confidence: float


@dataclass(frozen=True, slots=True)
class BasketFeatures:
    """What tells how sure a whole basket is.

    Attributes:
        least_margin_nats: How much worse the best explanation gets if any one line is wrong or missing.
        crowded_moves: Moves with a hand of somebody else near.
        unseen_moves: Moves of hands that no camera saw in the shelf.
        doubt: Probability that somebody was taken for somebody else on the way.
    """

    least_margin_nats: float = 0.0
    crowded_moves: int = 0
    unseen_moves: int = 0
    doubt: float = 0.0


@dataclass(frozen=True, slots=True)
class ClosedLine:
    """A line of a closed visit with the decision about it.

    Attributes:
        reason: Why the line is not charged; empty when it is.
        margin_nats: How much worse the best explanation of everything gets if the line is wrong.
    """

    product_id: ProductId
    quantity: int
    confidence: float
    decision: Decision
    reason: str
    margin_nats: float = 0.0


@dataclass(frozen=True, slots=True)
class CartChanged:
    """What a visit holds now, as far as it is known; replaces the cart told before."""

    visit_id: VisitId
    at_s: float
    lines: tuple[CartLine, ...]


@dataclass(frozen=True, slots=True)
class EventRecognised:
    """A hand took units, put them back, gave them to somebody, or touched without any of that.

    Attributes:
        at_s: When the hand was deepest in the shelf.
        product_id: None for a touch.
        slot_id: None where no shelf was near: of what is given.
        hand_out_s: When the hand had left the shelf.
    """

    visit_id: VisitId
    at_s: float
    hand_out_s: float
    kind: EventKind
    product_id: ProductId | None
    slot_id: SlotId | None
    quantity: int
    confidence: float


@dataclass(frozen=True, slots=True)
class VisitOpened:
    """An entry code was bound to a person on the floor."""

    visit_id: VisitId
    at_s: float


@dataclass(frozen=True, slots=True)
class MoveOption:
    """One answer to a question: what a hand did; `product_id` is None if it moved nothing."""

    kind: EventKind
    product_id: ProductId | None
    slot_id: SlotId | None
    quantity: int


@dataclass(frozen=True, slots=True)
class ReviewQuestion:
    """What a person is asked: which of two things a hand did.

    Attributes:
        at_s: When to look.
        options: The two best readings, the better one first.
        settles: Lines that are sure enough once it is answered.
    """

    at_s: float
    options: tuple[MoveOption, MoveOption]
    settles: tuple[ProductId, ...]


@dataclass(frozen=True, slots=True)
class VisitClosed:
    """A visit is over; its lines and events replace everything told before.

    Attributes:
        entered_s: When the code was scanned.
        left_s: When the person was last seen in the exit, or the end of the footage.
        decision: The tracker's view of the whole basket: `REVIEW` when it doubts that nothing is missing or
            wrong. What is charged is decided line by line.
        confidence: Probability that the whole basket is right.
        events: In order of contact time.
        features: What the confidence was made of.
        questions: The fewest whose answers settle the lines in review, the most useful first.
    """

    visit_id: VisitId
    entered_s: float
    left_s: float
    lines: tuple[ClosedLine, ...]
    events: tuple[EventRecognised, ...]
    decision: Decision
    confidence: float
    reason: str
    features: BasketFeatures = BasketFeatures()
    questions: tuple[ReviewQuestion, ...] = ()

    @property
    def seconds(self) -> float:
        """How long the visit lasted."""
        return self.left_s - self.entered_s


class AlertKind(StrEnum):
    """What staff is called for."""

    TAILGATING = "tailgating"  # somebody came in on a code that was not theirs
    MISPLACED_UNIT = "misplaced-unit"  # something stands where it does not belong
    PLANOGRAM_CHECK = "planogram-check"  # a slot seems to hold another product than the plan says


@dataclass(frozen=True, slots=True)
class Alert:
    """Staff should look at something.

    Attributes:
        visit_id: Whom it is about, if anybody.
        text: What happened, one sentence.
    """

    kind: AlertKind
    at_s: float
    visit_id: VisitId | None
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class ShoppersMoved:
    """Where everybody is after one tick.

    Attributes:
        shopper_id: One number per person on the floor.
        visit_id: The visit each belongs to, None while unknown.
        xy_m: `(n, 2)`.
        is_seen: `(n,)` bool: seen in this tick, as opposed to coasting.
        is_believed: `(n,)` bool: a person, as opposed to something seen that may be a ghost. Whoever is
            believed later was a person from the first tick on.
    """

    at_s: float
    shopper_id: tuple[int, ...]
    visit_id: tuple[VisitId | None, ...]
    xy_m: FloatArray
    is_seen: npt.NDArray[np.bool_]
    is_believed: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ShoppersMerged:
    """Two numbers of `ShoppersMoved` are one person: `gone` was `kept` all along."""

    gone: int
    kept: int


TrackerOutput = (
    VisitOpened | CartChanged | EventRecognised | VisitClosed | ShoppersMoved | ShoppersMerged | Alert
)
