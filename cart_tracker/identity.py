"""Which person on the floor is which visit: bound by who walks in on a code, followed by a belief.

A code opens the gate for whoever passes next: not for whoever stands nearest to the reader. Somebody who
passes without a code comes in on the code before, as a member of a group or as a tailgater; nobody can tell
which, so staff is called and what they take is asked about.

The belief is a matrix of people against visits whose rows and columns sum to one (identity management of
Shin, Guibas and Zhao, IPSN 2003): where two people may have been taken for each other their rows mix, and a
fact about one of them sharpens all.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NewType

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from cart_tracker.observations import GateScanned, VisitId

FloatArray = npt.NDArray[np.float64]

ShopperId = NewType("ShopperId", int)

CODE_LATE_S = 3.5  # a code that is read so long after its owner has passed: no barrier held them up
FOLLOWS_S = 10.0  # whoever passes without a code so soon after somebody with one came in with them
CAME_REMEMBERED = 16  # more people do not pass a gate within that time
NOBODY_CAME_S = 15.0  # then the visit is closed empty
SINKHORN_ROUNDS = 20
PROOF = 1e6  # likelihood ratio of a code that its owner shows


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person who came in and belongs to no visit yet.

    Attributes:
        first_seen_s: When.
        passed_s: When they left the gate for the store, None while they are in it.
    """

    shopper_id: ShopperId
    first_seen_s: float
    passed_s: float | None


@dataclass(frozen=True, slots=True)
class Binding:
    """A person came in on a code; `is_follower` if it was somebody else's."""

    scan: GateScanned
    shopper_id: ShopperId
    is_follower: bool = False


class Identities:
    """Open codes, who came in on which, and how sure that still is."""

    def __init__(self) -> None:
        self._open: list[GateScanned] = []
        self._scan_of: dict[ShopperId, GateScanned] = {}
        self._known: set[VisitId] = set()
        self._came: deque[tuple[GateScanned, float]] = deque(maxlen=CAME_REMEMBERED)
        self._lonely: set[ShopperId] = set()
        self._belief = Belief()

    @property
    def open_scans(self) -> tuple[GateScanned, ...]:
        """Codes that wait for their person, oldest first."""
        return tuple(self._open)

    def scanned(self, scan: GateScanned) -> bool:
        """Remember a code; returns False for a visit that is known already."""
        is_new = scan.visit_id not in self._known
        if is_new:
            self._known.add(scan.visit_id)
            self._open.append(scan)
        return is_new

    def scan_of(self, shopper_id: ShopperId) -> GateScanned | None:
        """Return the code on which this person came in, None for somebody nobody knows."""
        return self._scan_of.get(shopper_id)

    def visit_of(self, shopper_id: ShopperId) -> VisitId | None:
        """Return the most probable visit of this person."""
        scan = self._scan_of.get(shopper_id)
        return None if scan is None else scan.visit_id

    def is_lonely(self, shopper_id: ShopperId) -> bool:
        """Say whether this person came in on no code at all."""
        return shopper_id in self._lonely

    def bind(self, newcomers: Sequence[Newcomer], now_s: float) -> list[Binding]:
        """Give codes to those who passed the gate, in the order of passing.

        Args:
            newcomers: Everybody who came in and has no visit.
            now_s: The time up to which codes and people are known.
        """
        bindings: list[Binding] = []
        passed = sorted(
            ((one.passed_s, one) for one in newcomers if one.passed_s is not None),
            key=lambda pair: (pair[0], pair[1].shopper_id),
        )
        for passed_s, person in passed:
            if person.shopper_id in self._lonely:
                continue
            fitting = (scan for scan in self._open if _opens_for(scan, passed_s, newcomers))
            code = next(fitting, None)
            if code is not None:
                self._open.remove(code)
                self._came.append((code, passed_s))
                bindings.append(Binding(code, person.shopper_id))
                self._belief.born(person.shopper_id, code.visit_id)
            elif now_s >= passed_s + CODE_LATE_S:
                leader = self._followed(passed_s)
                if leader is not None:
                    bindings.append(Binding(leader, person.shopper_id, is_follower=True))
                else:
                    self._lonely.add(person.shopper_id)
        for binding in bindings:
            self._scan_of[binding.shopper_id] = binding.scan
        return bindings

    def give_up(self, now_s: float, *, is_gate_empty: bool) -> list[GateScanned]:
        """Take out the codes on which nobody came; while somebody stands in the gate there is hope."""
        late_s = NOBODY_CAME_S if is_gate_empty else 4 * NOBODY_CAME_S
        late = [scan for scan in self._open if now_s > scan.at_s + late_s]
        self._open = [scan for scan in self._open if scan not in late]
        return late

    def mix(self, one: ShopperId, other: ShopperId, doubt: float) -> None:
        """Two people may have been taken for each other with this probability."""
        self._belief.mix(one, other, doubt)

    def prove(self, shopper_id: ShopperId, visit_id: VisitId) -> dict[ShopperId, GateScanned]:
        """Learn that a person is a visit, such as from a code shown at the exit; everybody else follows.

        Returns:
            The new codes of those who turn out to be somebody else than was thought.
        """
        self._belief.weigh(shopper_id, visit_id, PROOF)
        scans = {scan.visit_id: scan for scan in self._scan_of.values()}
        changed = {
            person: scans[visit]
            for person, visit in self._belief.likeliest().items()
            if visit in scans and self.visit_of(person) != visit
        }
        self._scan_of |= changed
        return changed

    def doubt(self, shopper_id: ShopperId) -> float:
        """Probability that this person is not who came in as them."""
        scan = self._scan_of.get(shopper_id)
        return 0.0 if scan is None else 1.0 - self._belief.of(shopper_id, scan.visit_id)

    def forget(self, shopper_id: ShopperId) -> None:
        """Drop a person who has left."""
        scan = self._scan_of.pop(shopper_id, None)
        self._lonely.discard(shopper_id)
        if scan is not None:
            self._belief.gone(shopper_id, scan.visit_id)

    def _followed(self, passed_s: float) -> GateScanned | None:
        """The code of whoever passed last before somebody without one."""
        before = [(came_s, scan) for scan, came_s in self._came if 0.0 <= passed_s - came_s <= FOLLOWS_S]
        return max(before, key=lambda pair: pair[0])[1] if before else None


def _opens_for(scan: GateScanned, passed_s: float, newcomers: Sequence[Newcomer]) -> bool:
    """Say whether somebody who passed then came in on a code: read before, or late and nobody stood there."""
    if scan.at_s <= passed_s:
        return True
    stood_there = any(
        one.first_seen_s <= scan.at_s and (one.passed_s is None or one.passed_s >= scan.at_s)
        for one in newcomers
    )
    return scan.at_s <= passed_s + CODE_LATE_S and not stood_there


class Belief:
    """Probabilities of people being visits: rows people, columns visits, both sum to one."""

    def __init__(self) -> None:
        self._people: list[ShopperId] = []
        self._visits: list[VisitId] = []
        self._share: FloatArray = np.empty((0, 0))

    def born(self, shopper_id: ShopperId, visit_id: VisitId) -> None:
        """Add a person who certainly is this visit."""
        if shopper_id in self._people or visit_id in self._visits:
            return
        self._people.append(shopper_id)
        self._visits.append(visit_id)
        self._share = np.pad(self._share, ((0, 1), (0, 1)))
        self._share[-1, -1] = 1.0

    def gone(self, shopper_id: ShopperId, visit_id: VisitId) -> None:
        """Drop a person who has left, with their visit; what they may have been instead stays in doubt."""
        if shopper_id in self._people and visit_id in self._visits:
            row, column = self._people.index(shopper_id), self._visits.index(visit_id)
            self._share = np.delete(np.delete(self._share, row, axis=0), column, axis=1)
            del self._people[row], self._visits[column]

    def of(self, shopper_id: ShopperId, visit_id: VisitId) -> float:
        """Probability that a person is a visit; 1 for people without a row: who follow another's code."""
        if shopper_id not in self._people or visit_id not in self._visits:
            return 1.0
        return float(self._share[self._people.index(shopper_id), self._visits.index(visit_id)])

    def mix(self, one: ShopperId, other: ShopperId, doubt: float) -> None:
        """Two people were exchanged with this probability."""
        if one in self._people and other in self._people:
            rows = [self._people.index(one), self._people.index(other)]
            mixing = np.array([[1.0 - doubt, doubt], [doubt, 1.0 - doubt]])
            self._share[rows] = mixing @ self._share[rows]

    def likeliest(self) -> dict[ShopperId, VisitId]:
        """The one-to-one matching of people with visits that is most probable as a whole."""
        nats = np.log(np.maximum(self._share, 1e-12))
        rows, columns = linear_sum_assignment(nats, maximize=True)
        return {
            self._people[row]: self._visits[column]
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        }

    def weigh(self, shopper_id: ShopperId, visit_id: VisitId, likelihood: float) -> None:
        """Take in evidence that a person is a visit (over 1) or is not (under 1); everybody else follows."""
        if shopper_id in self._people and visit_id in self._visits:
            self._share[self._people.index(shopper_id), self._visits.index(visit_id)] *= likelihood
            self._share = sinkhorn(self._share)


def sinkhorn(share: FloatArray) -> FloatArray:
    """Scale rows and columns of a matrix `(n, n)` until both sum to one (Sinkhorn and Knopp, 1967)."""
    for _ in range(SINKHORN_ROUNDS):
        share = share / np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
        share = share / np.maximum(share.sum(axis=0, keepdims=True), 1e-12)
    return share
