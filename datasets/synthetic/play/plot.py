"""What a script shall contain, before anybody knows the ways: who comes, when, on whose code, to do what."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from datasets.recording import Expectation, Role
from datasets.synthetic.mesh import Mesh
from datasets.synthetic.play.acts import Errand, Place, PropAway, PropPlace, Routine
from datasets.synthetic.play.agenda import ShoppingList
from datasets.synthetic.play.motion import Body
from datasets.synthetic.play.shopping import Shopper
from datasets.synthetic.scene import UnitPose
from datasets.synthetic.store.planogram import Facing


class Door(StrEnum):
    """A way into the store or out of it."""

    ENTRY = "entry"
    EXIT = "exit"
    BACK_ROOM = "back-room"


@dataclass(frozen=True, slots=True)
class Stop:
    """Standing for a while in a lane.

    Attributes:
        inward_m: How far inside the wall.
        stay_s: For how long.
    """

    inward_m: float
    stay_s: float


@dataclass(frozen=True, slots=True)
class Scan:
    """A code is accepted while its holder stands at the reader.

    Attributes:
        visit: Row of the plot's visits.
        share: When in the holder's stop, 0 at its beginning, 1 at its end.
    """

    visit: int
    share: float = 0.7


@dataclass(frozen=True, slots=True)
class Part:
    """One stay of one body in the store; who comes twice has two.

    Attributes:
        body: Row of the cast.
        role: Why this body is here.
        visit: Row of the plot's visits whose account answers for it; None for staff and intruders.
        enter_s: When it sets out from behind the wall, at the earliest; None for just in time for the first
            appointment.
        scans: Codes accepted while it stands in the entry lane.
        stop: Where it stands in the lane; None walks through.
        enters: Its way in.
        leaves: Its way out; the entry for somebody who turns back there.
        leave_s: It steps out then, or as soon after as it can; None for as soon as everything is done.
        shopping: What it wants besides its cues; drawn when its way is laid.
        until_s: It looks around until about then.
        speed_m_s: Walking speed; None for any.
        companion: Another part that it may come as near to as a parent to a child; None for nobody.
    """

    body: int
    role: Role = Role.SHOPPER
    visit: int | None = None
    enter_s: float | None = None
    scans: tuple[Scan, ...] = ()
    stop: Stop | None = None
    enters: Door = Door.ENTRY
    leaves: Door = Door.EXIT
    leave_s: float | None = None
    shopping: ShoppingList | None = None
    until_s: float | None = None
    speed_m_s: float | None = None
    companion: int | None = None


class Rehearsal(Protocol):
    """What has been worked out so far; errands that depend on others are made from it."""

    def shopper(self, part: int) -> Shopper:
        """Return who plays a part, with what the hands hold by now."""

    def pose_of(self, unit_id: int) -> UnitPose:
        """Return how a unit was left on a shelf or on the floor."""

    def routine(self, part: int) -> Routine:
        """Return the last routine of a part."""


ErrandMaker = Callable[[Rehearsal], tuple[Errand, ...]]


@dataclass(frozen=True, slots=True)
class Cue:
    """The next errand of a part, or of several at once, in the order in which they are worked out.

    Attributes:
        parts: Whose.
        errands: One each, or how to make them from what was done before.
        has_appointment: Whether they have one.
    """

    parts: tuple[int, ...]
    errands: tuple[Errand, ...] | ErrandMaker
    has_appointment: bool = False


def cue(part: int, errand: Errand) -> Cue:
    """Return the cue of one part's errand."""
    return Cue((part,), (errand,), errand.at_s is not None)


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit that is not on a shelf when the store opens: goods in a carton, or something people bring.

    Attributes:
        first: Where it is before anything happens.
    """

    unit_id: int
    product_index: int
    first: Place


AWAY = PropAway()


@dataclass(frozen=True, slots=True, eq=False)
class NewProp:
    """Something that moves and is neither the store's nor for sale; its row follows those of the store.

    Attributes:
        first: Where it is before anything happens.
        radius_m: Of the disc around it that nobody walks through, where it is first; 0 for none.
    """

    mesh: Mesh
    first: PropPlace = AWAY
    radius_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Plot:
    """What a script shall contain.

    Attributes:
        cast: One body per person.
        parts: Everybody's stays; rows are the script's shoppers.
        accounts: One per visit: who pays, by name.
        cues: Errands in an order in which they can be worked out.
        new_units: Units besides those of the store.
        new_props: Belongings and cartons.
        used: Places on shelves that the cues are about; nobody else uses them.
        length_s: The last one leaves between these times.
        expectations: What a system that works makes of it; visits that none is about shall be right.
    """

    cast: tuple[Body, ...]
    parts: tuple[Part, ...]
    accounts: tuple[str, ...]
    cues: tuple[Cue, ...] = ()
    new_units: tuple[NewUnit, ...] = ()
    new_props: tuple[NewProp, ...] = ()
    used: tuple[Facing, ...] = ()
    length_s: tuple[float, float] = (15.0, 90.0)
    expectations: tuple[Expectation, ...] = ()
