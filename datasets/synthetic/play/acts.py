"""What one body can be asked to do, and what comes of it: the words between casting and the acts.

An `Errand` is a wish. A `Routine` is the errand worked out for one body that stands in one place: keyed
postures, and what they do to units, to props and to the truth. Times of a routine count from the arrival at
its stance; the arrival follows from an appointment by `Routine.arrives_s`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from datasets.synthetic.play.gestures import Grip, Stance
from datasets.synthetic.play.motion import Posture
from datasets.synthetic.scene import PropPose, UnitPose
from datasets.synthetic.store.planogram import Facing


class Action(StrEnum):
    """What happens at a stop; also the kind of the events it makes."""

    PICK = "pick"
    PUT = "put"
    TOUCH = "touch"
    TURN = "turn"  # a unit on the shelf shows another side
    PUSH = "push"  # a unit slides on its board, to the back or to the front
    HOLD = "hold"  # the hand stays inside the shelf, then takes or leaves
    BROWSE = "browse"
    PHONE = "phone"
    LOOK = "look"  # examine what is in the hand, and keep it
    DROP = "drop"
    PICK_UP = "pick-up"  # from the floor
    GIVE = "give"
    RECEIVE = "receive"
    SWAP = "swap"  # give with one hand and receive with the other; makes a give and a receive
    EAT = "eat"  # or drink
    LEAVE_BAG = "leave-bag"  # or a coat
    TAKE_BAG = "take-bag"
    OPEN_DOOR = "open-door"
    CLOSE_DOOR = "close-door"
    LIFT = "lift"  # raise a child
    LIFTED = "lifted"  # be raised and take something meanwhile; makes a pick
    RESTOCK = "restock"
    RELABEL = "relabel"  # put another price on a shelf's front
    SIP = "sip"  # drink of one's own: out of the bag, and into it again
    TAKE_OFF = "take-off"  # a coat
    PUT_ON = "put-on"
    FOLD_UMBRELLA = "fold-umbrella"
    WAIT = "wait"
    TALK = "talk"


class Into(StrEnum):
    """Where a unit that was taken ends up."""

    HAND = "hand"
    BAG = "bag"
    JACKET = "jacket"
    PARTNER_BAG = "partner-bag"  # of a give: the partner's bag instead of the partner's hand


@dataclass(frozen=True, slots=True)
class Manner:
    """How an errand is done; what is None or 0 is drawn or left out.

    Attributes:
        haste: Factor on the person's own speed.
        inside_s: How long the hand is in the shelf all in all: 0.3 for a grab, 10 for a very slow pick; None
            for whatever is natural.
        hold_s: How long a hand stays at the unit inside the shelf, somebody looks, waits, talks or eats.
        hand: 0 left, 1 right; None for a free one.
        both_hands: One big unit between both palms, or one unit in each hand.
        into: Where what was taken goes.
        is_hidden: It goes there while the hand is still inside the shelf; the hand comes out empty.
        is_lifted: Of a hold: the unit leaves the board meanwhile.
        is_left: Of a hold: it is left there in the end.
        shift_m: Of a push: how far, positive into the shelf.
        turn_rad: Of a turn: by how much.
        is_misplaced: Of a put: where it does not belong.
        is_drink: Of eating: the unit stays at the mouth for longer and the head goes back.
        lift_m: Of a lift: how high the child is raised.
    """

    haste: float = 1.0
    inside_s: float | None = None
    hold_s: float = 0.0
    hand: int | None = None
    both_hands: bool = False
    into: Into = Into.BAG
    is_hidden: bool = False
    is_lifted: bool = False
    is_left: bool = False
    shift_m: float = 0.0
    turn_rad: float = 0.0
    is_misplaced: bool = False
    is_drink: bool = False
    lift_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody stands and which way they face, for what happens away from shelves."""

    xy_m: tuple[float, float]
    yaw_rad: float


class Door(Protocol):
    """What acts need to know of a fridge door; angles about z in the store frame."""

    @property
    def prop_index(self) -> int:
        """Row of the world's props; the mesh's origin is at the hinge."""

    @property
    def hinge_xy_m(self) -> tuple[float, float]:
        """What the door turns about."""

    @property
    def closed_yaw_rad(self) -> float:
        """Yaw of the prop when it is shut."""

    @property
    def open_yaw_rad(self) -> float:
        """Yaw of the prop when it is open."""

    @property
    def handle_xyz_m(self) -> tuple[float, float, float]:
        """Middle of the handle while it is shut."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One stop. Which fields an action needs is said in `Shopper.perform`.

    Attributes:
        facing: The place on a shelf it is about.
        units: What is taken, handled or put: as it stands now, or, for what is in a hand or a bag, anything
            with the right unit and product. Of a receive: as the giver offers them (`Shopper.offered`).
        places: Where units that are put or restocked shall stand, one each; empty for the front of `facing`.
        spot: Where one stands, away from shelves; also to override the stance before a shelf.
        at_s: Absolute time of the contact; None for whenever.
        partner: Index of the other person.
        meeting_xyz_m: Where the hands of two people meet; the partner's bag for `Into.PARTNER_BAG`.
        receives: Of a swap: what the partner offers.
        door: Of opening and closing, and of what is taken in between.
        prop: Of a bag: where it is or shall be; of a restock: the carton; of eating: the wrapper and where it
            is left; of the phone: the phone (only its index counts); of a price: the label; of a coat: the
            coat; of an umbrella: it, folded.
    """

    action: Action
    facing: Facing | None = None
    units: tuple[UnitPose, ...] = ()
    manner: Manner = field(default_factory=Manner)
    places: tuple[UnitPose, ...] = ()
    spot: Spot | None = None
    at_s: float | None = None
    partner: int | None = None
    meeting_xyz_m: tuple[float, float, float] | None = None
    receives: tuple[UnitPose, ...] = ()
    door: Door | None = None
    prop: PropPose | None = None

    @property
    def unit(self) -> UnitPose | None:
        """The first unit, if there is one."""
        return self.units[0] if self.units else None

    @property
    def place(self) -> Facing:
        """The facing, of actions that need one."""
        if self.facing is None:
            raise ValueError(f"a {self.action} needs a place on a shelf")
        return self.facing

    @property
    def binds_the_next(self) -> bool:
        """Whether nothing comes between this errand and the next: a hand is full, or a door is open."""
        is_at_door = self.door is not None and self.action is not Action.CLOSE_DOOR
        return self.keeps_in_hand or is_at_door

    @property
    def keeps_in_hand(self) -> bool:
        """Whether what was taken stays in a hand."""
        return self.action is Action.PICK and self.manner.into is Into.HAND


@dataclass(frozen=True, slots=True)
class InSlot:
    """A unit stands on a shelf."""

    slot_id: str
    pose: UnitPose


@dataclass(frozen=True, slots=True)
class InHand:
    """A unit is in a hand of a shopper; the big ones lie in the other, too."""

    shopper: int
    hand: int
    grip: Grip


@dataclass(frozen=True, slots=True)
class InBag:
    """A unit is in a shopper's bag, or under the jacket."""

    shopper: int
    is_jacket: bool = False


@dataclass(frozen=True, slots=True)
class InCarton:
    """A unit waits in a carton (a prop) to be put on a shelf."""

    prop_index: int


@dataclass(frozen=True, slots=True)
class OnFloor:
    """A unit lies on the floor or is about to: falling, rolling."""

    pose: UnitPose


@dataclass(frozen=True, slots=True)
class Eaten:
    """A shopper ate or drank the unit."""

    shopper: int


@dataclass(frozen=True, slots=True)
class Outside:
    """A shopper has left with the unit."""

    shopper: int


Place = InSlot | InHand | InBag | InCarton | OnFloor | Eaten | Outside


@dataclass(frozen=True, slots=True)
class Move:
    """A unit changes its place."""

    at_s: float
    unit_id: int
    place: Place


@dataclass(frozen=True, slots=True)
class PropAt:
    """A prop is somewhere by itself; between two of these, linearly in between."""

    pose: PropPose


@dataclass(frozen=True, slots=True)
class PropHeld:
    """A prop is in a hand: its origin hangs below or lies in the palm as the grip says."""

    shopper: int
    hand: int
    grip: Grip


@dataclass(frozen=True, slots=True)
class PropWith:
    """A prop moves in a person's frame, like what is pushed."""

    shopper: int


@dataclass(frozen=True, slots=True)
class PropAway:
    """A prop is not to be seen."""


PropPlace = PropAt | PropHeld | PropWith | PropAway


@dataclass(frozen=True, slots=True)
class PropMove:
    """A prop changes its place."""

    at_s: float
    prop_index: int
    place: PropPlace


@dataclass(frozen=True, slots=True)
class CoatMove:
    """A coat comes off, or is put on again."""

    at_s: float
    is_off: bool


@dataclass(frozen=True, slots=True)
class RoutineEvent:
    """One thing done to one unit (or to none): what the truth shall say.

    Attributes:
        hand: None where hands do not matter.
        contact_s: When the hand is at the unit.
        slot_id: None away from shelves.
    """

    action: Action
    unit: UnitPose | None
    slot_id: str | None
    hand: int | None
    contact_s: float
    is_misplaced: bool = False
    partner: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Routine:
    """An errand worked out for one body; times from the arrival.

    Attributes:
        keys: Postures in order of time, the first at 0.
        contact_s: The moment of an appointment; the middle of what has no contact.
        end_posture: How the person goes on.
        coat_moves: When a coat is taken off and put on.
    """

    errand: Errand
    stance: Stance
    keys: tuple[tuple[float, Posture], ...]
    duration_s: float
    contact_s: float
    moves: tuple[Move, ...]
    events: tuple[RoutineEvent, ...]
    prop_moves: tuple[PropMove, ...]
    end_posture: Posture
    coat_moves: tuple[CoatMove, ...] = ()

    @property
    def hand(self) -> int | None:
        """The hand of the first event."""
        return self.events[0].hand if self.events else None

    @property
    def arrives_s(self) -> float | None:
        """When to be at the stance so that the appointment is kept; None without one."""
        return None if self.errand.at_s is None else self.errand.at_s - self.contact_s
