"""What was true in a recording: types only, no files.

Times are seconds since the Unix epoch on the true clock, positions metres in the store frame (z up from the
floor), boxes and keypoints pixels of the distorted picture (x right, y down), left and right a person's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


class Role(StrEnum):
    """Why somebody is in the store."""

    SHOPPER = "shopper"
    COMPANION = "companion"  # on somebody else's code
    STAFF = "staff"
    INTRUDER = "intruder"  # on nobody's code


class Outcome(StrEnum):
    """What a system that works does about a basket or a product of it; evaluation checks it."""

    RIGHT = "right"
    RIGHT_OR_REVIEW = "right-or-review"
    IN_REVIEW = "in-review"
    NOT_CHARGED = "not-charged"
    CHARGED_ONCE = "charged-once"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class PersonLooksTruth:
    """How somebody looks, so that scores can be told by group.

    Attributes:
        skin_tone: Name of one of the generator's groups; so are `garment` (cut), `headwear`, `bag` and
            `pushes`.
        is_masked: Mouth and nose are covered.
    """

    age_years: float
    skin_tone: str
    garment: str
    headwear: str
    bag: str
    pushes: str
    is_masked: bool


@dataclass(frozen=True, slots=True)
class ShopperTruth:
    """One body in the store for one stay; who comes back is listed again.

    Attributes:
        shopper_id: Unique in the recording; everything else names people by it.
        visit_id: The visit whose account answers for this person; None for staff and intruders.
        entered_s: When they stepped in.
        left_s: When they stepped out.
        cart: Product id to count, as they left.
        looks: None where the generator kept none.
    """

    shopper_id: str
    visit_id: str | None
    role: Role
    entered_s: float
    left_s: float
    height_m: float
    cart: Mapping[str, int]
    looks: PersonLooksTruth | None = None


@dataclass(frozen=True, slots=True)
class VisitTruth:
    """One accepted code until the last person on it has left.

    Attributes:
        account: Who pays, as the gate names them.
        scanned_s: When the code was accepted.
        left_s: When the last of the group stepped out.
        shopper_ids: The bodies on this code, the one who scanned first.
        cart: Product id to count: what the account owes, eaten things included.
        total_minor: Its price in minor units of the store's currency.
    """

    visit_id: str
    account: str
    scanned_s: float
    left_s: float
    shopper_ids: tuple[str, ...]
    cart: Mapping[str, int]
    total_minor: int


@dataclass(frozen=True, slots=True)
class EventTruth:
    """One act of one hand on one unit, shelf or door; several units at once are several events.

    Attributes:
        kind: "pick", "put", "touch", "turn", "push" (to the back), "hold" (inside the shelf), "drop",
            "pick-up" (from the floor), "give", "receive", "eat", "restock", "open-door", "close-door" and
            what else the generator's `Action` names.
        product_id: None where no unit was handled; so is `unit_id`.
        slot_id: Where the hand was; None away from slots.
        hand: "left" or "right".
        start_s: The palm crosses the shelf's front inward, or the act begins.
        contact_s: The palm is at the unit.
        end_s: The palm crosses the front outward, or the act is over.
        is_misplaced: Put back where it does not belong.
        partner_id: The other shopper of a hand-over, swap or lift.
    """

    event_id: int
    kind: str
    shopper_id: str
    product_id: str | None
    unit_id: int | None
    slot_id: str | None
    hand: str
    start_s: float
    contact_s: float
    end_s: float
    is_misplaced: bool
    partner_id: str | None = None


@dataclass(frozen=True, slots=True)
class UnitPlace:
    """Where a unit is from a time on.

    Attributes:
        place: `slot:SLOT`, `hand:SHOPPER:left`, `bag:SHOPPER`, `floor`, `eaten:SHOPPER` or
            `outside:SHOPPER`.
        xyz_m: Centre of its base, where it stands still and the generator knows.
    """

    from_s: float
    place: str
    xyz_m: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class UnitTruth:
    """Every place of one unit, in order of time; at least one."""

    unit_id: int
    product_id: str
    places: tuple[UnitPlace, ...]

    def place_at(self, at_s: float) -> str:
        """Return where the unit is at a time; before its first place, its first place."""
        return next(
            (place.place for place in reversed(self.places) if place.from_s <= at_s), self.places[0].place
        )


@dataclass(frozen=True, slots=True)
class FaultTruth:
    """What was wrong with a camera or a clock, and when.

    Attributes:
        kind: For example "frozen", "dropped", "dead", "knocked", "clock-offset".
        camera_id: None if the fault is not a camera's.
        detail: How much of it, in words.
    """

    kind: str
    camera_id: str | None
    from_s: float
    to_s: float
    detail: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a system that works makes of this recording.

    Attributes:
        visit_id: Whose receipt; None if about the whole store.
        product_id: Which line of it; None if about the whole receipt.
        alert: Name of the alert, for `Outcome.ALERT` only; for example "tailgating".
    """

    outcome: Outcome
    visit_id: str | None = None
    product_id: str | None = None
    alert: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PersonInFrame:
    """What one camera sees of one shopper in one frame, pixels.

    Attributes:
        visible_xyxy: `(4,)` box of what is seen.
        amodal_xyxy: `(4,)` box of the whole body, not clipped.
        visibility: Share of the body in the picture that nothing hides.
        truncation: Share of the amodal box outside the picture.
        keypoints: `(11, 3)` u, v and 0 outside, 1 hidden, 2 seen; rows as `KEYPOINT_NAMES`.
    """

    shopper_id: str
    visible_xyxy: FloatArray
    amodal_xyxy: FloatArray
    visibility: float
    truncation: float
    keypoints: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class UnitInFrame:
    """What one camera sees of one unit that was moved at least once, pixels.

    Attributes:
        holder_id: Who has it in a hand, None if nobody; so is `hand` ("left" or "right").
        visible_xyxy: `(4,)` box of what is seen.
        visibility: Share of it in the picture that nothing hides.
    """

    unit_id: int
    product_id: str
    holder_id: str | None
    hand: str | None
    visible_xyxy: FloatArray
    visibility: float


@dataclass(frozen=True, slots=True, eq=False)
class FrameTruth:
    """One frame that is in a camera's video.

    Attributes:
        captured_s: When the light fell in, on the true clock.
        stamped_s: When the camera says so; the video shows it at `stamped_s - start_s`.
    """

    captured_s: float
    stamped_s: float
    people: tuple[PersonInFrame, ...]
    units: tuple[UnitInFrame, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class RecordingTruth:
    """Everything that was true in a recording.

    Attributes:
        ticks_s: `(n,)` times of the tracks below.
        floor_xy_m: Shopper to `(n, 2)`; NaN while not in the store.
        left_wrist_m: Shopper to `(n, 3)`; NaN likewise.
        right_wrist_m: Shopper to `(n, 3)`.
        head_m: Shopper to `(n, 3)`, top of the head.
        cameras: Camera to its frames in order; a frame that was dropped is absent.
    """

    scenario: str
    seed: int
    fps: float
    start_s: float
    duration_s: float
    shoppers: tuple[ShopperTruth, ...]
    events: tuple[EventTruth, ...]
    ticks_s: FloatArray
    floor_xy_m: Mapping[str, FloatArray]
    left_wrist_m: Mapping[str, FloatArray] = field(default_factory=dict)
    right_wrist_m: Mapping[str, FloatArray] = field(default_factory=dict)
    head_m: Mapping[str, FloatArray] = field(default_factory=dict)
    visits: tuple[VisitTruth, ...] = ()
    units: tuple[UnitTruth, ...] = ()
    cameras: Mapping[str, tuple[FrameTruth, ...]] = field(default_factory=dict)
    faults: tuple[FaultTruth, ...] = ()
    expectations: tuple[Expectation, ...] = ()


# Rows of `PersonInFrame.keypoints`.
KEYPOINT_NAMES = (
    "head_top",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_ankle",
    "right_ankle",
)
