"""What the tracker tells the outside: live carts, events, closed visits, and where everybody is."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from cart_tracker.observations import VisitId
from cart_tracker.store_map import ProductId, SlotId

FloatArray = npt.NDArray[np.float64]


class EventKind(StrEnum):
    """What a hand did in a shelf."""

    PICK = "pick"
    PUT = "put"
    TOUCH = "touch"


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
class ClosedLine:
    """A line of a closed visit with the decision about it.

    Attributes:
        reason: Why the line is not charged; empty when it is.
    """

    product_id: ProductId
    quantity: int
    confidence: float
    decision: Decision
    reason: str


@dataclass(frozen=True, slots=True)
class CartChanged:
    """What a visit holds now, as far as it is known; replaces the cart told before."""

    visit_id: VisitId
    at_s: float
    lines: tuple[CartLine, ...]


@dataclass(frozen=True, slots=True)
class EventRecognised:
    """A hand took a unit, put one back, or touched without either.

    Attributes:
        at_s: When the hand was deepest in the shelf.
        product_id: None for a touch.
        hand_out_s: When the hand had left the shelf.
    """

    visit_id: VisitId
    at_s: float
    hand_out_s: float
    kind: EventKind
    product_id: ProductId | None
    slot_id: SlotId
    quantity: int
    confidence: float


@dataclass(frozen=True, slots=True)
class VisitOpened:
    """An entry code was bound to a person on the floor."""

    visit_id: VisitId
    at_s: float


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
    """

    visit_id: VisitId
    entered_s: float
    left_s: float
    lines: tuple[ClosedLine, ...]
    events: tuple[EventRecognised, ...]
    decision: Decision
    confidence: float
    reason: str

    @property
    def seconds(self) -> float:
        """How long the visit lasted."""
        return self.left_s - self.entered_s


@dataclass(frozen=True, slots=True, eq=False)
class ShoppersMoved:
    """Where the shoppers are after one tick.

    Attributes:
        shopper_id: One number per person on the floor.
        visit_id: The visit each belongs to, None while unknown.
        xy_m: `(n, 2)`.
        is_seen: `(n,)` bool: seen in this tick, as opposed to coasting.
    """

    at_s: float
    shopper_id: tuple[int, ...]
    visit_id: tuple[VisitId | None, ...]
    xy_m: FloatArray
    is_seen: npt.NDArray[np.bool_]


TrackerOutput = VisitOpened | CartChanged | EventRecognised | VisitClosed | ShoppersMoved
