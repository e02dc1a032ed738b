"""What a scenario wants to go wrong with cameras and clocks; the sensor room makes it happen."""

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """A fault, by the name that the truth of a recording has for it."""

    DEAD = "dead"  # no frames between two times
    FROZEN = "frozen"  # the last picture again and again, with new stamps
    DROPPED = "dropped"  # single frames are lost
    KNOCKED = "knocked"  # from a time on it hangs elsewhere; the store's calibration does not know
    CLOCK_OFFSET = "clock-offset"  # its stamps are wrong
    LOW_RATE = "low-rate"  # it manages fewer frames per second


@dataclass(frozen=True, slots=True)
class FaultWish:
    """One fault; times from the start of the script.

    Attributes:
        from_s: When it begins.
        to_s: When it is over; infinity for the rest of the recording.
        amount: How much of it. Knocked: metres. Clock: seconds its stamps are late (negative: early). Low
            rate: frames per second. Dropped: share of the frames. Dead and frozen have no amount.
        camera: Row of the recording's cameras; None lets `sees_xyz_m` decide.
        sees_xyz_m: The camera that sees this place of the store best is hit, for example the hand of the pick
            that the fault is about; without it, and without `camera`, one is drawn.
    """

    kind: FaultKind
    from_s: float = 0.0
    to_s: float = float("inf")
    amount: float = 0.0
    camera: int | None = None
    sees_xyz_m: tuple[float, float, float] | None = None
