"""Light barriers at gate and exit: facts about how many come and go, and when.

Without them people are born where the gate is and gone when they vanish at the exit; with them, a birth and a
death have a time and are certain, and whoever was not seen meanwhile is found by elimination.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from cart_tracker.observations import GateCrossed
from cart_tracker.people import Person
from cart_tracker.polygons import distance
from cart_tracker.store_map import StoreMap

FloatArray = npt.NDArray[np.float64]

WAIT_S = 0.7  # after somebody went out, until it is asked who: those who are seen inside did not
LATEST_S = 6.0  # a crossing that nobody explains until then stays unexplained
NEAR_M = 1.3  # from the door line, of whoever crosses it; feet and line are both known to some decimetres
HIDDEN_SPEED_M_S = 1.4  # of people who go out unseen
STILL_INSIDE_M = 0.7  # seen after the crossing this far in: it was somebody else
BORN_NEAR_M = 1.0
BORN_BEFORE_S = 2.0  # people are seen through an open door before they come in
_IMPOSSIBLE = 1e6


@dataclass(frozen=True, slots=True)
class Exit:
    """Somebody went out at this time, this row of the people."""

    row: int
    at_s: float


class Doors:
    """Crossings that nobody is matched with yet."""

    def __init__(self, store_map: StoreMap) -> None:
        self._gate_xy_m = door_line(store_map.gate_xy_m, store_map.floor_xy_m)
        self._exit_xy_m = door_line(store_map.exit_xy_m, store_map.floor_xy_m)
        self._gate_polygon = store_map.gate_xy_m
        self._entrances: set[str] = set()
        self._in: list[GateCrossed] = []
        self._out: list[GateCrossed] = []
        self.has_barriers = False

    @property
    def gate_xy_m(self) -> FloatArray:
        """`(2,)` the middle of the line where people come in."""
        return self._gate_xy_m

    def learn_entrance(self, gate_id: str) -> None:
        """Learn that people come in at a gate."""
        self._entrances.add(gate_id)

    def is_entrance(self, gate_id: str) -> bool:
        """Say whether people were seen to come in at a gate."""
        return gate_id in self._entrances

    def crossed(self, crossing: GateCrossed) -> None:
        """Take in a crossing."""
        self.has_barriers = True
        if crossing.is_inward:
            self._entrances.add(crossing.gate_id)
            self._in.append(crossing)
        else:
            self._out.append(crossing)

    def births(self, until_s: float, people: Sequence[Person]) -> list[tuple[GateCrossed, int | None]]:
        """Take out who came in until now, each with the candidate it is, None for somebody not yet seen."""
        due = [one for one in self._in if one.at_s <= until_s]
        self._in = [one for one in self._in if one.at_s > until_s]
        born: list[tuple[GateCrossed, int | None]] = []
        for crossing in due:
            taken = {row for _, row in born}
            rows = [
                row
                for row, person in enumerate(people)
                if not person.is_counted and row not in taken and self._may_be_born(person, crossing.at_s)
            ]
            at = [float(np.linalg.norm(people[row].xy_at(crossing.at_s) - self._gate_xy_m)) for row in rows]
            born.append((crossing, rows[int(np.argmin(at))] if rows else None))
        return born

    def deaths(self, now_s: float, people: Sequence[Person]) -> list[Exit]:
        """Match who went out a moment ago with the people, all together."""
        due = [one for one in self._out if one.at_s + WAIT_S <= now_s]
        if not due:
            return []
        cost = np.full((len(due), len(people)), _IMPOSSIBLE)
        for row, crossing in enumerate(due):
            for column, person in enumerate(people):
                cost[row, column] = self._cost(crossing, person)
        exits, explained = [], []
        for row, column in zip(*linear_sum_assignment(cost), strict=True):
            if cost[row, column] < _IMPOSSIBLE:
                exits.append(Exit(int(column), due[row].at_s))
                explained.append(due[row])
        self._out = [
            one
            for one in self._out
            if not any(one is other for other in explained) and one.at_s > now_s - LATEST_S
        ]
        return exits

    def _cost(self, crossing: GateCrossed, person: Person) -> float:
        line = self._gate_xy_m if crossing.gate_id in self._entrances else self._exit_xy_m
        if person.first_seen_s > crossing.at_s + 0.1:
            return _IMPOSSIBLE
        unseen_s = crossing.at_s - person.last_seen_s
        if unseen_s < -0.25 and float(np.linalg.norm(person.last_xy_m - line)) > STILL_INSIDE_M:
            return _IMPOSSIBLE
        metres = float(np.linalg.norm(person.xy_at(crossing.at_s) - line))
        reached = NEAR_M + HIDDEN_SPEED_M_S * max(0.0, unseen_s)
        if metres > reached:
            return _IMPOSSIBLE
        is_ghost = 0.0 if person.is_shopper else 1.0
        return metres / (0.5 * reached) + max(0.0, unseen_s) / 3.0 + is_ghost

    def _may_be_born(self, person: Person, at_s: float) -> bool:
        if person.first_seen_s < at_s - BORN_BEFORE_S and person.is_shopper:
            return False
        place = person.xy_at(at_s)
        return bool(distance(self._gate_polygon, place[None])[0] < BORN_NEAR_M)


def door_line(polygon_xy_m: FloatArray, floor_xy_m: FloatArray) -> FloatArray:
    """Return the middle `(2,)` of the edge of a gate that is furthest out of the store."""
    middles = 0.5 * (polygon_xy_m + np.roll(polygon_xy_m, -1, axis=0))
    centre = polygon_xy_m.mean(axis=0)
    beyond = middles + 0.5 * (middles - centre)
    outside = distance(floor_xy_m, beyond)
    away = np.linalg.norm(middles - floor_xy_m.mean(axis=0), axis=1)
    return np.asarray(middles[int(np.argmax(outside + 1e-3 * away))])
