"""What is remembered of one person on the floor, and what a tick tells of them all."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cart_tracker.identity import ShopperId

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

TRAIL_S = 6.0
HEADING_S = 1.5  # the way of so long tells whether somebody is going out


@dataclass(slots=True, eq=False)
class Person:
    """One row of the filter.

    Attributes:
        is_shopper: Believed to be a person; a candidate may still be a ghost.
        came_in: Through the gate: a stranger, such as staff from the back room, did not.
        is_counted: A light barrier counted them when they came in.
        ticks_seen: In how many ticks somebody saw them.
        passed_s: When they left the gate for the store, None while they are in it.
        trail: Time, x and y of the last seconds.
    """

    shopper_id: ShopperId
    first_seen_s: float
    first_xy_m: FloatArray
    last_seen_s: float
    last_xy_m: FloatArray
    last_velocity_m_s: FloatArray
    is_shopper: bool = False
    came_in: bool = False
    is_counted: bool = False
    ticks_seen: int = 1
    passed_s: float | None = None
    trail: deque[tuple[float, float, float]] = field(default_factory=deque)

    def xy_at(self, at_s: float) -> FloatArray:
        """Where the person was at a time of the last seconds, or nearest to it: `(2,)`."""
        if not self.trail:
            return self.last_xy_m
        nearest = min(self.trail, key=lambda point: abs(point[0] - at_s))
        return np.array(nearest[1:])

    def seen(self, at_s: float, xy_m: FloatArray) -> None:
        """Remember where they were seen."""
        self.last_seen_s, self.last_xy_m = at_s, xy_m
        self.ticks_seen += 1
        self.trail.append((at_s, float(xy_m[0]), float(xy_m[1])))
        while self.trail[0][0] < at_s - TRAIL_S:
            self.trail.popleft()
        self.last_velocity_m_s = (xy_m - self.xy_at(at_s - HEADING_S)) / HEADING_S


@dataclass(frozen=True, slots=True)
class Merged:
    """Two ids turned out to be one person; everything of `gone` belongs to `kept`."""

    gone: ShopperId
    kept: ShopperId


@dataclass(frozen=True, slots=True)
class Departed:
    """A shopper has left through the exit, or back through the gate."""

    shopper_id: ShopperId
    left_s: float


@dataclass(frozen=True, slots=True)
class Mixed:
    """Two people were missing at once, and who of them was found may have been the other one.

    Attributes:
        doubt: Probability of that.
    """

    one: ShopperId
    other: ShopperId
    doubt: float


@dataclass(frozen=True, slots=True)
class TickResult:
    """What one tick told: the owner of each detection, frame by frame (-1: nobody), and what changed."""

    owner: tuple[IntArray, ...]
    merged: tuple[Merged, ...]
    departed: tuple[Departed, ...]
    mixed: tuple[Mixed, ...]
