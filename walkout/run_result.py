"""What one run of the store on one recording produced: the hand-over from the store to the evaluation.

Built by the live composition (from video or from a journal), read by evaluation, report and clips.
Nothing in here knows the truth. Times are `at_s`, seconds since the Unix epoch on the store's clock.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from cart_tracker.visits import BasketFeatures

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class LineDecision(StrEnum):
    """What became of a line when the visit closed."""

    CHARGE = "charge"
    REVIEW = "review"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One product of one visit.

    Attributes:
        quantity: Units, at least 1.
        confidence: Probability that the line is right.
        margin_nats: How much worse the best explanation gets if it is wrong.
    """

    product_id: str
    quantity: int
    confidence: float
    decision: LineDecision
    margin_nats: float = 0.0


@dataclass(frozen=True, slots=True)
class VisitResult:
    """How one visit ended.

    Attributes:
        visit_id: The tracker's and the checkout's id.
        shopper: Label of the account in the gate's log, "shopper-1".
        lines: Every line, also dropped ones.
        closed_at_s: When the tracker closed the visit, store clock; None if it was still open at the end.
        receipt_wait_s: Wall seconds from there until the receipt could be read; None without a checkout.
        charged_minor: Money that moved, minor units.
        is_auto_charged: The receipt was settled and charged without a person.
        is_in_review: At least one line waits for a person.
        features: What the confidence of the basket was made of.
    """

    visit_id: str
    shopper: str
    lines: tuple[VisitLine, ...]
    closed_at_s: float | None
    receipt_wait_s: float | None
    charged_minor: int
    is_auto_charged: bool
    is_in_review: bool
    features: BasketFeatures | None = None

    def units(self, *decisions: LineDecision) -> dict[str, int]:
        """Return product -> units over the lines with one of these decisions."""
        basket: dict[str, int] = {}
        for line in self.lines:
            if line.decision in decisions:
                basket[line.product_id] = basket.get(line.product_id, 0) + line.quantity
        return basket


@dataclass(frozen=True, slots=True)
class RecognisedEvent:
    """A pick or put-back of one unit as it stands at the end of the run.

    Attributes:
        kind: "pick" or "put"; touches are left out of all figures.
        product_id: What moved; None if unknown.
        slot_id: Where the hand was; None if unknown.
        shopper: Whose account; None if nobody could be named.
        at_s: When the hand had its contact with the product.
        confidence: Probability that kind, product and shopper are right.
    """

    kind: str
    product_id: str | None
    slot_id: str | None
    shopper: str | None
    at_s: float
    confidence: float


@dataclass(frozen=True, slots=True)
class CartUpdate:
    """A live cart changed to this quantity of a product at `shown_at_s`.

    `shown_at_s` is the capture time of the newest frame the store knew then (not of the event itself).
    """

    shown_at_s: float
    shopper: str
    product_id: str
    quantity: int


@dataclass(frozen=True, slots=True, eq=False)
class FloorSamples:
    """Every position the tracker reported.

    Attributes:
        at_s: `(n,)`.
        xy_m: `(n, 2)` metres.
        shopper_index: `(n,)` int64 into `shoppers`.
        shoppers: Whom the tracker took each person for at that time: the label of the account, or for
            a person without one any name that is nobody else's.
    """

    at_s: FloatArray
    xy_m: FloatArray
    shopper_index: IntArray
    shoppers: tuple[str, ...]

    def __post_init__(self) -> None:
        """Check shapes.

        Raises:
            ValueError: If they disagree.
        """
        n = len(self.at_s)
        if self.xy_m.shape != (n, 2) or self.shopper_index.shape != (n,):
            raise ValueError(
                f"floor samples: xy_m {self.xy_m.shape}, shopper_index {self.shopper_index.shape}, n {n}"
            )

    def of(self, shopper: str) -> tuple[FloatArray, FloatArray]:
        """Return times `(m,)` and positions `(m, 2)` of one shopper."""
        if shopper not in self.shoppers:
            return np.empty(0), np.empty((0, 2))
        mine = self.shopper_index == self.shoppers.index(shopper)
        return self.at_s[mine], self.xy_m[mine]


@dataclass(frozen=True, slots=True)
class StageCpu:
    """CPU seconds that one stage ("decode", "detect", ...) took over the whole run."""

    stage: str
    cpu_s: float


@dataclass(frozen=True, slots=True, eq=False)
class StoreRun:
    """One run of the store on one recording.

    Attributes:
        visits: One per accepted entry code; shopper labels are unique.
        stages: In the order of the work; empty for a replay from a journal.
        camera_frames: Pictures processed, all cameras together; 0 for a replay from a journal.
        media_s: Length of the recording.
        wall_s: What the run took.
        peak_memory_mb: Largest resident memory of the process; None if not measured.
        alerts: Names of what the store called staff for, such as "tailgating".
    """

    visits: tuple[VisitResult, ...]
    events: tuple[RecognisedEvent, ...]
    cart_updates: tuple[CartUpdate, ...]
    floor: FloorSamples
    stages: tuple[StageCpu, ...]
    camera_frames: int
    media_s: float
    wall_s: float
    peak_memory_mb: float | None
    alerts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that every account has one visit.

        Raises:
            ValueError: If two visits carry the same label.
        """
        labels = [visit.shopper for visit in self.visits]
        if len(set(labels)) != len(labels):
            raise ValueError(f"two visits of one account in one recording: {labels}")
