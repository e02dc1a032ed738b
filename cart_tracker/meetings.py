"""Hands of two people that met: what one of them held may be the other's now."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cart_tracker.hand_looks import HandStory
from cart_tracker.hands3d import HandPoints
from cart_tracker.identity import ShopperId
from cart_tracker.observations import Hand

FloatArray = npt.NDArray[np.float64]

TOUCHING_M = 0.25  # between two palms that hold one thing, and the errors of two wrists
APART_M = 0.4
SHORTEST_TICKS = 2
LONGEST_BODY_GAP_M = 1.3  # two arms that meet


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two hands of two people were at one place.

    Attributes:
        meeting_id: Numbered among meetings.
        people: Both, the smaller number first.
        hands: Their hands.
    """

    meeting_id: int
    people: tuple[ShopperId, ShopperId]
    hands: tuple[Hand, Hand]
    from_s: float
    to_s: float

    @property
    def at_s(self) -> float:
        """The middle of it."""
        return 0.5 * (self.from_s + self.to_s)


@dataclass(slots=True)
class _Touch:
    from_s: float
    to_s: float
    ticks: int = 1


_Key = tuple[ShopperId, ShopperId, Hand, Hand]


class MeetingDetector:
    """Turns hand points, tick by tick, into meetings."""

    def __init__(self) -> None:
        self._open: dict[_Key, _Touch] = {}
        self._next_id = 1

    def update(self, at_s: float, hands: HandPoints) -> list[Meeting]:
        """Take in one tick; returns the meetings that ended."""
        n = len(hands.shopper_id)
        if n < 2:
            return self._end(set())
        bodies = np.linalg.norm(hands.body_xy_m[:, None] - hands.body_xy_m[None], axis=2)
        first, second = np.nonzero(np.triu(bodies < LONGEST_BODY_GAP_M, 1))
        near: set[_Key] = set()
        for row, other in zip(first.tolist(), second.tolist(), strict=True):
            gap = np.linalg.norm(hands.xyz_m[row][:, None] - hands.xyz_m[other][None], axis=2)
            seen = (hands.views[row][:, None] > 0) & (hands.views[other][None] > 0)
            for mine, theirs in zip(*np.nonzero(gap < APART_M), strict=True):
                key = _ordered(hands.shopper_id[row], hands.shopper_id[other], Hand(mine), Hand(theirs))
                if key in self._open:
                    near.add(key)
                if gap[mine, theirs] < TOUCHING_M and seen[mine, theirs]:
                    near.add(key)
                    touch = self._open.setdefault(key, _Touch(at_s, at_s, 0))
                    touch.to_s, touch.ticks = at_s, touch.ticks + 1
        return self._end(near)

    def merge(self, gone: ShopperId, kept: ShopperId) -> None:
        """Forget what one id was about to do; it goes on under the other."""
        self._open = {key: touch for key, touch in self._open.items() if gone not in key[:2]}

    def _end(self, near: set[_Key]) -> list[Meeting]:
        ended = []
        for key in [key for key in self._open if key not in near]:
            touch = self._open.pop(key)
            if touch.ticks >= SHORTEST_TICKS:
                ended.append(Meeting(self._next_id, key[:2], key[2:], touch.from_s, touch.to_s))
                self._next_id += 1
        return ended


def transfer(giver: HandStory, receiver: HandStory) -> FloatArray:
    """Log likelihood `(n_products,)` that each product went over, against that nothing did."""
    given = giver.put - giver.touch
    taken = receiver.pick - receiver.touch
    both: FloatArray = given + taken
    return both


def between(meetings: Sequence[Meeting], people: set[ShopperId]) -> list[Meeting]:
    """The meetings in which one of these people took part."""
    return [meeting for meeting in meetings if people.intersection(meeting.people)]


def _ordered(one: ShopperId, other: ShopperId, mine: Hand, theirs: Hand) -> _Key:
    return (one, other, mine, theirs) if one < other else (other, one, theirs, mine)
