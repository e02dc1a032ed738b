"""The joint solve: what all interactions were, together, as one small integer program.

Only a holder can put back; a change of a shelf explains one move; two hands on one spot are rarely two
moves. Follows section "Formulation" of the project's method notes: columns are the best hypotheses of
each interaction; solved exactly with HiGHS (`scipy.optimize.milp`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from cart_tracker.errors import CartTrackerError
from cart_tracker.evidence import Hypothesis
from cart_tracker.store_map import ProductId, SlotId
from cart_tracker.visits import EventKind

FloatArray = npt.NDArray[np.float64]

MISSED_PICK_NATS = 4.5  # a unit put back that nobody saw being taken
# A unit moved and no camera noticed it at the shelf. Hands near shelves drop from sight with things in them
# more often than things come back unseen.
UNSEEN_NATS = {EventKind.PICK: 2.0, EventKind.PUT: 4.0, EventKind.TOUCH: 0.0}
LARGEST_CHANGE_NATS = 8.0  # one change of a shelf, seen by several cameras, never outweighs everything
NEIGHBOUR_NATS = 4.0  # a change is mostly where it seems to be
TWO_HANDS_ONE_SPOT_NATS = 6.0
MOST_NODES = 200  # a bound in steps, not in seconds: the same on every machine; practically never reached
MOST_MISSED_PICKS = 2
BEFORE_CHANGE_S = 0.8  # the last clear view may be this much after the hand was in
AFTER_CHANGE_S = 0.5

SIGN = {EventKind.PICK: 1, EventKind.PUT: -1, EventKind.TOUCH: 0}


@dataclass(frozen=True, slots=True)
class Question:
    """One interaction and what it may have been.

    Attributes:
        holder: Whose cart it changes.
        rival_ids: Interactions that may be the same move: hands on one spot, or one person at one time.
    """

    interaction_id: int
    holder: str
    contact_s: float
    hypotheses: tuple[Hypothesis, ...]
    rival_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShelfChange:
    """A slot changed between two times.

    Attributes:
        sign: -1 something left, 1 something came, 0 unknown.
        neighbours: Slots that look so near that the change may have been theirs.
    """

    slot_id: SlotId
    since_s: float
    at_s: float
    log_ratio: float
    sign: int
    neighbours: frozenset[SlotId] = frozenset()

    def may_be_of(self, contact_s: float) -> bool:
        """Can a hand that was in the slot then have changed it?"""
        return self.since_s - BEFORE_CHANGE_S <= contact_s <= self.at_s + AFTER_CHANGE_S


@dataclass(frozen=True, slots=True)
class QuantityBound:
    """The cart of `holder` must hold between `least` and `most` units of a product."""

    holder: str
    product_id: ProductId
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Solution:
    """The best joint explanation.

    Attributes:
        chosen: One hypothesis per question, in the questions' order.
        cost: Negative log-likelihood, nats; inf when the bounds cannot be met.
    """

    chosen: tuple[Hypothesis, ...]
    cost: float


class JointProblem:
    """Questions and shelf changes as an integer program; solved as often as bounds are asked about."""

    def __init__(self, questions: Sequence[Question], changes: Sequence[ShelfChange]) -> None:
        self._questions = tuple(questions)
        self._cost: list[float] = []
        self._upper: list[float] = []
        self._is_integer: list[int] = []
        self._rows: list[tuple[list[int], list[float], float, float]] = []
        self._column: list[list[int]] = []
        self._missed: dict[tuple[str, ProductId], int] = {}
        self._add_questions()
        self._add_holders()
        self._add_changes(changes)
        self._add_rivals()

    def solve(self, bounds: Sequence[QuantityBound] = ()) -> Solution:
        """Find the most likely joint explanation under the bounds.

        Raises:
            CartTrackerError: If the solver fails for another reason than impossible bounds.
        """
        if not self._questions:
            return Solution((), 0.0)
        rows = self._rows + [self._quantity_row(bound) for bound in bounds]
        result = milp(
            np.array(self._cost),
            constraints=LinearConstraint(
                _matrix(rows, len(self._cost)),
                np.array([row[2] for row in rows]),
                np.array([row[3] for row in rows]),
            ),
            bounds=Bounds(np.zeros(len(self._cost)), np.array(self._upper)),
            integrality=np.array(self._is_integer),
            options={"node_limit": MOST_NODES},
        )
        if result.status == 2 or (bounds and result.x is None):
            return Solution((), np.inf)
        if result.x is None:
            raise CartTrackerError(
                f"the joint solve of {len(self._questions)} interactions failed: {result.message}"
            )
        chosen = tuple(
            question.hypotheses[int(np.argmax(result.x[columns]))]
            for question, columns in zip(self._questions, self._column, strict=True)
        )
        return Solution(chosen, float(result.fun))

    def _add_questions(self) -> None:
        for question in self._questions:
            columns = [
                self._variable(UNSEEN_NATS[one.kind] - one.log_likelihood) for one in question.hypotheses
            ]
            self._column.append(columns)
            self._rows.append((columns, [1.0] * len(columns), 1.0, 1.0))

    def _add_holders(self) -> None:
        """At every put-back the holder has at least what is put back."""
        for question in self._questions:
            products = {one.product_id for one in question.hypotheses if one.kind is EventKind.PUT}
            for product_id in sorted(product for product in products if product is not None):
                columns, signs = self._units(question.holder, product_id, question.contact_s)
                self._rows.append((columns, signs, 0.0, np.inf))

    def _units(self, holder: str, product_id: ProductId, until_s: float) -> tuple[list[int], list[float]]:
        """Columns and signs that count the holder's units of a product up to a time."""
        key = (holder, product_id)
        if key not in self._missed:
            self._missed[key] = self._variable(MISSED_PICK_NATS, MOST_MISSED_PICKS)
        columns, signs = [self._missed[key]], [1.0]
        for question, own in zip(self._questions, self._column, strict=True):
            if question.holder != holder or question.contact_s > until_s:
                continue
            for hypothesis, column in zip(question.hypotheses, own, strict=True):
                if hypothesis.product_id == product_id:
                    columns.append(column)
                    signs.append(float(SIGN[hypothesis.kind]))
        return columns, signs

    def _add_changes(self, changes: Sequence[ShelfChange]) -> None:
        """A change is worth its log ratio once a move explains it; one move explains one change."""
        told: dict[int, list[int]] = {}
        for change in changes:
            gain = min(change.log_ratio, LARGEST_CHANGE_NATS)
            explanations: list[int] = []
            for index, question in enumerate(self._questions):
                if not change.may_be_of(question.contact_s):
                    continue
                for moves, worth in self._explanations(index, change, gain):
                    explanation = self._variable(-worth, is_integer=False)
                    self._rows.append(([*moves, explanation], [1.0] * len(moves) + [-1.0], 0.0, np.inf))
                    explanations.append(explanation)
                    told.setdefault(index, []).append(explanation)
            if len(explanations) > 1:
                self._rows.append((explanations, [1.0] * len(explanations), 0.0, 1.0))
        for columns in told.values():
            if len(columns) > 1:
                self._rows.append((columns, [1.0] * len(columns), 0.0, 1.0))

    def _explanations(self, index: int, change: ShelfChange, gain: float) -> list[tuple[list[int], float]]:
        """Columns of one interaction that would explain a change, each with what that is worth."""
        found = []
        for kind in (EventKind.PICK, EventKind.PUT):
            if change.sign not in (0, -SIGN[kind]):
                continue
            for slots, loss in ((frozenset({change.slot_id}), 0.0), (change.neighbours, NEIGHBOUR_NATS)):
                pairs = zip(self._questions[index].hypotheses, self._column[index], strict=True)
                moves = [column for one, column in pairs if one.slot_id in slots and one.kind is kind]
                if moves and gain > loss:
                    found.append((moves, gain - loss + UNSEEN_NATS[kind]))
        return found

    def _add_rivals(self) -> None:
        place = {question.interaction_id: index for index, question in enumerate(self._questions)}
        for index, question in enumerate(self._questions):
            for rival in question.rival_ids:
                other = place.get(rival, -1)
                if other > index:
                    both = self._moves(index) + self._moves(other)
                    excess = self._variable(TWO_HANDS_ONE_SPOT_NATS, is_integer=False)
                    self._rows.append(([*both, excess], [1.0] * len(both) + [-1.0], -np.inf, 1.0))

    def _moves(self, index: int) -> list[int]:
        pairs = zip(self._questions[index].hypotheses, self._column[index], strict=True)
        return [column for hypothesis, column in pairs if SIGN[hypothesis.kind] != 0]

    def _quantity_row(self, bound: QuantityBound) -> tuple[list[int], list[float], float, float]:
        columns, signs = [], []
        if (bound.holder, bound.product_id) in self._missed:
            columns, signs = [self._missed[bound.holder, bound.product_id]], [1.0]
        for question, own in zip(self._questions, self._column, strict=True):
            for hypothesis, column in zip(question.hypotheses, own, strict=True):
                if question.holder == bound.holder and hypothesis.product_id == bound.product_id:
                    columns.append(column)
                    signs.append(float(SIGN[hypothesis.kind]))
        return columns, signs, bound.least, bound.most

    def _variable(self, cost: float, upper: float = 1.0, *, is_integer: bool = True) -> int:
        self._cost.append(cost)
        self._upper.append(upper)
        self._is_integer.append(int(is_integer))
        return len(self._cost) - 1


def _matrix(rows: Sequence[tuple[list[int], list[float], float, float]], width: int) -> csr_array:
    values = np.concatenate([np.array(row[1]) for row in rows])
    columns = np.concatenate([np.array(row[0], np.int64) for row in rows])
    index = np.repeat(np.arange(len(rows)), [len(row[0]) for row in rows])
    return csr_array((values, (index, columns)), shape=(len(rows), width))
