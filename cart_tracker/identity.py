"""Which person on the floor is which visit: a belief bound by the gate.

The belief is a matrix of people against visits. In this version each row is all in one place: the gate
binds one person to one scan, for good. Whoever uses it asks for probabilities, so that soft beliefs can
come without changing the callers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NewType

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from cart_tracker.observations import GateScanned, VisitId

FloatArray = npt.NDArray[np.float64]

ShopperId = NewType("ShopperId", int)

# A code is read up to 3 s before or after its owner is first seen: walking past the reader, waiting for
# the gate to open, or hidden by the person in front.
SCAN_TO_PERSON_S = 3.5
DECIDE_AT_ONCE_S = 0.8  # after the scan, when only one person can be meant
DECIDE_LATEST_S = 2.0  # after the scan, when several can
NOBODY_CAME_S = 15.0  # then the visit is closed empty
WAITING_RADIUS_M = 2.0  # a person who waits to be let in stands this near to the code reader
_METRES_PER_SECOND_LATE = 0.5
_IMPOSSIBLE = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Newcomer:
    """A person of the gate whom no scan has claimed.

    Attributes:
        first_seen_s: When.
        at_scan_xy_m: `(k, 2)` where they were at each of the open scans, or nearest to it in time.
    """

    shopper_id: ShopperId
    first_seen_s: float
    at_scan_xy_m: FloatArray


@dataclass(frozen=True, slots=True)
class Binding:
    """A scan found its person."""

    scan: GateScanned
    shopper_id: ShopperId


class Identities:
    """Open scans, and who is bound to which visit."""

    def __init__(self, scanner_xy_m: FloatArray) -> None:
        self._scanner_xy_m = scanner_xy_m
        self._open: list[GateScanned] = []
        self._scan_of: dict[ShopperId, GateScanned] = {}

    @property
    def open_scans(self) -> tuple[GateScanned, ...]:
        """Scans that wait for their person, oldest first."""
        return tuple(self._open)

    def scanned(self, scan: GateScanned) -> None:
        """Remember a scan; a second scan of an open visit is ignored."""
        known = {other.visit_id for other in (*self._open, *self._scan_of.values())}
        if scan.visit_id not in known:
            self._open.append(scan)

    def scan_of(self, shopper_id: ShopperId) -> GateScanned | None:
        """Return the scan that let this person in, None for somebody nobody knows."""
        return self._scan_of.get(shopper_id)

    def visit_of(self, shopper_id: ShopperId) -> VisitId | None:
        """Return the most probable visit of this person."""
        scan = self._scan_of.get(shopper_id)
        return None if scan is None else scan.visit_id

    def bind(self, newcomers: Sequence[Newcomer], now_s: float) -> list[Binding]:
        """Match open scans with newcomers as far as it can be decided now.

        Distances to the reader at the time of the scan decide, jointly for all; being seen later than the
        scan costs half a metre per second.
        """
        if not self._open or not newcomers:
            return []
        cost = np.stack([self._costs(person) for person in newcomers], axis=1)
        possible = cost < _IMPOSSIBLE
        bindings = []
        for row, column in zip(*linear_sum_assignment(cost), strict=True):
            scan = self._open[row]
            is_only = possible[row].sum() == 1 and possible[:, column].sum() == 1
            wait_s = DECIDE_AT_ONCE_S if is_only else DECIDE_LATEST_S
            if possible[row, column] and now_s >= scan.at_s + wait_s:
                bindings.append(Binding(scan, newcomers[column].shopper_id))
        for binding in bindings:
            self._open.remove(binding.scan)
            self._scan_of[binding.shopper_id] = binding.scan
        return bindings

    def give_up(self, now_s: float) -> list[GateScanned]:
        """Take out the scans to which nobody came."""
        late = [scan for scan in self._open if now_s > scan.at_s + NOBODY_CAME_S]
        self._open = [scan for scan in self._open if scan not in late]
        return late

    def forget(self, shopper_id: ShopperId) -> None:
        """Drop a person who has left."""
        self._scan_of.pop(shopper_id, None)

    def _costs(self, person: Newcomer) -> FloatArray:
        late_s = np.array([max(0.0, person.first_seen_s - scan.at_s) for scan in self._open])
        metres = np.linalg.norm(person.at_scan_xy_m - self._scanner_xy_m, axis=1)
        was_there = np.array([person.first_seen_s <= scan.at_s for scan in self._open])
        possible = np.where(was_there, metres <= WAITING_RADIUS_M, late_s <= NOBODY_CAME_S)
        cost: FloatArray = np.where(possible, metres + _METRES_PER_SECOND_LATE * late_s, _IMPOSSIBLE)
        return cost
