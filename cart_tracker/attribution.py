"""The joint solve: what all interactions were, together, as one small integer program.

Only a holder can put back or hand over; a slot gives no more than it has; a change of a shelf explains as
many moves as units; two hands on one spot are rarely two moves. Columns are the best hypotheses of each
interaction, solved exactly with HiGHS (`scipy.optimize.milp`). Where types and products are certain and only
people are open, the constraints form a network whose linear relaxation is integral already (min-cost flow: a
unit's way is shelf, holders, shelf or exit), and HiGHS is done at its root node.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from cart_tracker.errors import CartTrackerError
from cart_tracker.evidence import Hypothesis
from cart_tracker.shelf_changes import ShelfChange
from cart_tracker.store_map import ProductId, SlotId
from cart_tracker.visits import EventKind

FloatArray = npt.NDArray[np.float64]

MISSED_PICK_NATS = 4.5  # a unit put back or handed over that nobody saw being taken
# A unit moved in a slot that is watched as well as can be, and no camera noticed it. In 15 recordings from
# pixels (39 baskets) the item F1 was 0.71 with 2.4 nats for a pick, 0.72 with 3, 0.74 with 3.6 and with 4.3.
UNSEEN_NATS = {EventKind.PICK: 3.6, EventKind.PUT: 4.0, EventKind.TOUCH: 0.0, EventKind.GIVE: 0.0}
LARGEST_CHANGE_NATS = 8.0  # one change of a shelf, seen by several cameras, never outweighs everything
NEIGHBOUR_NATS = 4.0  # a change is mostly where it seems to be
ROUND_TRIP_NATS = 3.5  # taken and put back between two looks at the slot: no camera can notice
ROUND_TRIP_S = 25.0
TWO_HANDS_ONE_SPOT_NATS = 6.0
MOST_NODES = 200  # a bound in steps, not in seconds: the same on every machine; practically never reached
MOST_MISSED_PICKS = 2

SIGN = {EventKind.PICK: 1, EventKind.PUT: -1, EventKind.TOUCH: 0, EventKind.GIVE: -1}


@dataclass(frozen=True, slots=True)
class Question:
    """One interaction, or one meeting of two hands, and what it may have been.

    Attributes:
        holder: Whose cart it changes.
        rival_ids: Interactions that may be the same move: hands on one spot, or one person at one time.
        partner: Who gets what is given.
    """

    interaction_id: int
    holder: str
    contact_s: float
    hypotheses: tuple[Hypothesis, ...]
    rival_ids: tuple[int, ...] = ()
    partner: str | None = None

    def units(self, hypothesis: Hypothesis, holder: str) -> int:
        """How many units somebody gains by a hypothesis."""
        units = SIGN[hypothesis.kind] * hypothesis.quantity
        if holder == self.holder:
            return units
        return -units if hypothesis.kind is EventKind.GIVE and holder == self.partner else 0


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


@dataclass(frozen=True, slots=True)
class _Row:
    """A linear constraint: `low <= sum of values times columns <= high`."""

    columns: Sequence[int]
    values: Sequence[float]
    low: float
    high: float


class JointProblem:
    """Questions and shelf changes as an integer program; solved as often as bounds are asked about."""

    def __init__(
        self,
        questions: Sequence[Question],
        changes: Sequence[ShelfChange],
        stock: Mapping[SlotId, int] | None = None,
        noticed: Mapping[SlotId, float] | None = None,
    ) -> None:
        """Build the program.

        Args:
            questions: In any order.
            changes: Of slots that they may explain.
            stock: Units that stand in slots before all of this, where that is known.
            noticed: Slots that are watched, and the share of moves noticed there; None if every slot is
                watched as well as can be.
        """
        self._questions = tuple(questions)
        self._noticed = noticed
        self._cost: list[float] = []
        self._upper: list[float] = []
        self._is_integer: list[int] = []
        self._rows: list[_Row] = []
        self._column: list[list[int]] = []
        self._missed: dict[tuple[str, ProductId], int] = {}
        self._leaning: dict[int, dict[tuple[int, ...], list[int]]] = {}  # question -> moves -> bonuses
        self._add_questions()
        self._add_holders()
        self._add_changes(changes)
        self._add_round_trips()
        self._add_leanings()
        self._add_stock(stock or {})
        self._add_rivals()

    @property
    def questions(self) -> tuple[Question, ...]:
        """What is asked, in the order of solutions."""
        return self._questions

    def solve(
        self, bounds: Sequence[QuantityBound] = (), answers: Mapping[int, Hypothesis] | None = None
    ) -> Solution:
        """Find the most likely joint explanation under the bounds.

        Args:
            bounds: Quantities that must come out.
            answers: Index of a question to the hypothesis of it that is known to be true.

        Raises:
            CartTrackerError: If the solver fails for another reason than impossible bounds.
        """
        if not self._questions:
            return Solution((), 0.0)
        rows = self._rows + [self._quantity_row(bound) for bound in bounds]
        for index, answer in (answers or {}).items():
            column = self._column[index][self._questions[index].hypotheses.index(answer)]
            rows.append(_Row([column], [1.0], 1.0, 1.0))
        result = milp(
            np.array(self._cost),
            constraints=LinearConstraint(
                _matrix(rows, len(self._cost)),
                np.array([row.low for row in rows]),
                np.array([row.high for row in rows]),
            ),
            bounds=Bounds(np.zeros(len(self._cost)), np.array(self._upper)),
            integrality=np.array(self._is_integer),
            options={"node_limit": MOST_NODES},
        )
        if result.status == 2 or ((bounds or answers) and result.x is None):
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
                self._variable(self._unseen_nats(one.kind, one.slot_id) - one.log_likelihood)
                for one in question.hypotheses
            ]
            self._column.append(columns)
            self._rows.append(_Row(columns, [1.0] * len(columns), 1.0, 1.0))

    def _add_holders(self) -> None:
        """Whenever something is put back or given away, its holder has at least so much of it."""
        for question in self._questions:
            losing = {one.product_id for one in question.hypotheses if SIGN[one.kind] < 0}
            for product_id in sorted(product for product in losing if product is not None):
                self._rows.append(self._held(question.holder, product_id, question.contact_s, 0.0, np.inf))

    def _held(self, holder: str, product_id: ProductId, until_s: float, least: float, most: float) -> _Row:
        """Count a holder's units of a product up to a time."""
        key = (holder, product_id)
        if key not in self._missed:
            self._missed[key] = self._variable(MISSED_PICK_NATS, MOST_MISSED_PICKS)
        columns, units = self._gains(holder, product_id, until_s)
        return _Row([self._missed[key], *columns], [1.0, *units], least, most)

    def _gains(self, holder: str, product_id: ProductId, until_s: float) -> tuple[list[int], list[float]]:
        columns: list[int] = []
        units: list[float] = []
        for question, own in zip(self._questions, self._column, strict=True):
            if question.contact_s > until_s or holder not in (question.holder, question.partner):
                continue
            for hypothesis, column in zip(question.hypotheses, own, strict=True):
                if hypothesis.product_id == product_id:
                    columns.append(column)
                    units.append(float(question.units(hypothesis, holder)))
        return columns, units

    def _add_changes(self, changes: Sequence[ShelfChange]) -> None:
        """A change is worth its evidence once moves explain it."""
        for change in changes:
            explanations: list[int] = []
            sizes: list[float] = []
            for index, question in enumerate(self._questions):
                if change.may_be_of(question.contact_s):
                    for moves, worth, size in self._explanations(index, change):
                        explanations.append(self._bonus(worth, {index: moves}))
                        sizes.append(float(size))
            if explanations and sum(sizes) > change.most_units:
                self._rows.append(_Row(explanations, sizes, 0.0, float(change.most_units)))

    def _explanations(self, index: int, change: ShelfChange) -> list[tuple[list[int], float, int]]:
        """Columns of one interaction that would explain a change, with what that is worth and the units."""
        pairs = list(zip(self._questions[index].hypotheses, self._column[index], strict=True))
        found = []
        for kind in (EventKind.PICK, EventKind.PUT):
            for slots, loss in ((frozenset({change.slot_id}), 0.0), (change.neighbours, NEIGHBOUR_NATS)):
                fitting = [
                    (one, column) for one, column in pairs if one.slot_id in slots and one.kind is kind
                ]
                for quantity in sorted({one.quantity for one, _ in fitting}):
                    gain = min(change.worth(kind, quantity), LARGEST_CHANGE_NATS) - loss
                    if gain > 0.0:
                        moves = [column for one, column in fitting if one.quantity == quantity]
                        size = min(quantity, change.most_units)
                        # What explains a change was noticed; no more is given back than any of them cost.
                        unseen = min(self._unseen_nats(kind, one.slot_id) for one, _ in fitting)
                        found.append((moves, gain + unseen, size))
        return found

    def _unseen_nats(self, kind: EventKind, slot_id: SlotId | None) -> float:
        """What it costs that no camera noticed a move: the less, the worse its slot is watched."""
        if self._noticed is None or slot_id is None:
            return UNSEEN_NATS[kind]
        return UNSEEN_NATS[kind] * self._noticed.get(slot_id, 0.0)

    def _add_round_trips(self) -> None:
        """What was taken and soon put back leaves a slot as it was: no change is missing then."""
        for second, later in enumerate(self._questions):
            for first, earlier in enumerate(self._questions):
                elapsed_s = later.contact_s - earlier.contact_s
                if earlier.holder != later.holder or not 0.0 < elapsed_s < ROUND_TRIP_S:
                    continue
                taken, put = self._places(first, EventKind.PICK), self._places(second, EventKind.PUT)
                for place in sorted(taken.keys() & put.keys()):
                    unseen = sum(
                        self._unseen_nats(kind, place[0]) for kind in (EventKind.PICK, EventKind.PUT)
                    )
                    if unseen > ROUND_TRIP_NATS:
                        gain = unseen - ROUND_TRIP_NATS
                        self._bonus(gain, {first: taken[place], second: put[place]})

    def _add_leanings(self) -> None:
        """A move earns one bonus: it explains one change or is half of one round trip.

        The sum of the bonuses is bounded, not each: the same whole solutions, but the relaxation is much
        closer to them (the solve of 40 interactions takes a twentieth of the time).
        """
        for groups in self._leaning.values():
            for moves, bonuses in groups.items():
                self._rows.append(_at_most(bonuses, moves))
            if len(groups) > 1:
                every = [bonus for bonuses in groups.values() for bonus in bonuses]
                self._rows.append(_at_most(every, sorted({move for moves in groups for move in moves})))

    def _places(self, index: int, kind: EventKind) -> dict[tuple[SlotId, ProductId], list[int]]:
        """Columns of one unit by slot and product, of one kind."""
        places: dict[tuple[SlotId, ProductId], list[int]] = {}
        for one, column in zip(self._questions[index].hypotheses, self._column[index], strict=True):
            if one.kind is kind and one.product_id is not None and one.slot_id is not None:
                places.setdefault((one.slot_id, one.product_id), []).append(column)
        return places

    def _add_stock(self, stock: Mapping[SlotId, int]) -> None:
        """No more units leave a slot than stood in it or were put there."""
        for slot_id, units in sorted(stock.items()):
            columns: list[int] = []
            taken: list[float] = []
            for question, own in zip(self._questions, self._column, strict=True):
                for one, column in zip(question.hypotheses, own, strict=True):
                    if one.slot_id == slot_id and one.kind in (EventKind.PICK, EventKind.PUT):
                        columns.append(column)
                        taken.append(float(SIGN[one.kind] * one.quantity))
            if sum(max(0.0, value) for value in taken) > units:
                self._rows.append(_Row(columns, taken, -np.inf, float(units)))

    def _add_rivals(self) -> None:
        place = {question.interaction_id: index for index, question in enumerate(self._questions)}
        for index, question in enumerate(self._questions):
            for rival in question.rival_ids:
                other = place.get(rival, -1)
                if other > index:
                    both = self._moves(index) + self._moves(other)
                    excess = self._variable(TWO_HANDS_ONE_SPOT_NATS, is_integer=False)
                    self._rows.append(_Row([*both, excess], [1.0] * len(both) + [-1.0], -np.inf, 1.0))

    def _moves(self, index: int) -> list[int]:
        pairs = zip(self._questions[index].hypotheses, self._column[index], strict=True)
        return [column for hypothesis, column in pairs if SIGN[hypothesis.kind] != 0]

    def _quantity_row(self, bound: QuantityBound) -> _Row:
        columns, units = self._gains(bound.holder, bound.product_id, np.inf)
        missed = self._missed.get((bound.holder, bound.product_id))
        if missed is not None:
            columns, units = [missed, *columns], [1.0, *units]
        return _Row(columns, units, bound.least, bound.most)

    def _bonus(self, nats: float, moves: Mapping[int, Sequence[int]]) -> int:
        """Add something that is worth `nats` if of each question one of some columns is chosen."""
        column = self._variable(-nats, is_integer=False)
        for index, columns in moves.items():
            self._leaning.setdefault(index, {}).setdefault(tuple(columns), []).append(column)
        return column

    def _variable(self, cost: float, upper: float = 1.0, *, is_integer: bool = True) -> int:
        self._cost.append(cost)
        self._upper.append(upper)
        self._is_integer.append(int(is_integer))
        return len(self._cost) - 1


def _at_most(bonuses: Sequence[int], moves: Sequence[int]) -> _Row:
    return _Row([*moves, *bonuses], [1.0] * len(moves) + [-1.0] * len(bonuses), 0.0, np.inf)


def _matrix(rows: Sequence[_Row], width: int) -> csr_array:
    values = np.concatenate([np.array(row.values, np.float64) for row in rows])
    columns = np.concatenate([np.array(row.columns, np.int64) for row in rows])
    index = np.repeat(np.arange(len(rows)), [len(row.columns) for row in rows])
    return csr_array((values, (index, columns)), shape=(len(rows), width))
