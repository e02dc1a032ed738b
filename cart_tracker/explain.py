"""Why a receipt says what it says: a visit's evidence, line by line, from the journal.

A journal gives the same receipt again, so the explanation is of that receipt and of no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cart_tracker.attribution import Question
from cart_tracker.carts import Move, Reading
from cart_tracker.confidence import ASSUMED, ConfidenceSettings
from cart_tracker.errors import JournalError
from cart_tracker.evidence import Hypothesis
from cart_tracker.journal import read_journal
from cart_tracker.observations import VisitId
from cart_tracker.replay import feed
from cart_tracker.store_map import ProductId, SlotId, StoreMap
from cart_tracker.tracker import StoreTracker
from cart_tracker.visits import ClosedLine, EventKind, VisitClosed

ALTERNATIVES = 3  # a person compares no more
VERBS = {EventKind.PICK: "takes", EventKind.PUT: "puts back", EventKind.GIVE: "gives away"}


@dataclass(frozen=True, slots=True)
class Alternative:
    """What a move might have been instead, and how much worse that fits what was seen of it alone."""

    text: str
    worse_by_nats: float


@dataclass(frozen=True, slots=True)
class ExplainedMove:
    """One hand in a shelf, or two hands that met.

    Attributes:
        at_s: When.
        text: What it was found to be.
        slot_id: Where; None away from shelves.
        product_id: What moved; None if nothing did.
        alternatives: The next best readings of it.
    """

    at_s: float
    text: str
    slot_id: SlotId | None
    product_id: ProductId | None
    confidence: float
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A closed visit with everything that bears on it, in order of time."""

    visit: VisitClosed
    moves: tuple[ExplainedMove, ...]

    def moves_of(self, line: ClosedLine) -> tuple[ExplainedMove, ...]:
        """The moves that made a line."""
        return tuple(move for move in self.moves if move.product_id == line.product_id)


def explain(
    journal_path: Path, store_map: StoreMap, visit_id: VisitId, settings: ConfidenceSettings = ASSUMED
) -> Explanation:
    """Replay a journal until a visit is closed, and say why it ended as it did.

    Raises:
        JournalError: If the journal cannot be read, or has no such visit.
    """
    readings: dict[VisitId, Reading] = {}
    tracker = StoreTracker(store_map, settings, readings.__setitem__)
    for entry in read_journal(journal_path, store_map):
        for output in feed(tracker, entry):
            if isinstance(output, VisitClosed) and output.visit_id == visit_id:
                return _explanation(output, readings.get(visit_id), store_map)
    raise JournalError(f"journal {journal_path} closes no visit {visit_id!r}; look for it in another journal")


def _explanation(visit: VisitClosed, reading: Reading | None, store_map: StoreMap) -> Explanation:
    if reading is None:
        return Explanation(visit, ())
    pairs = list(zip(reading.moves, reading.questions, strict=True))
    pairs.sort(key=lambda pair: (pair[0].contact_s, pair[0].move_id))
    return Explanation(visit, tuple(_explained(move, question, store_map) for move, question in pairs))


def _explained(move: Move, question: Question, store_map: StoreMap) -> ExplainedMove:
    chosen = move.hypothesis
    others = [one for one in question.hypotheses if one != chosen]
    others.sort(key=lambda one: -one.log_likelihood)
    return ExplainedMove(
        move.contact_s,
        in_words(chosen, store_map),
        chosen.slot_id,
        chosen.product_id,
        move.confidence,
        tuple(
            Alternative(in_words(one, store_map), chosen.log_likelihood - one.log_likelihood)
            for one in _distinct(others)[:ALTERNATIVES]
        ),
    )


def in_words(hypothesis: Hypothesis, store_map: StoreMap) -> str:
    """Say a hypothesis: "takes 2 x Oat milk from slot left-03"."""
    if hypothesis.product_id is None:
        return "touches" + ("" if hypothesis.slot_id is None else f" slot {hypothesis.slot_id}")
    verb = VERBS[hypothesis.kind]
    what = store_map.product(hypothesis.product_id).name
    count = f"{hypothesis.quantity} x " if hypothesis.quantity > 1 else ""
    where = ""
    if hypothesis.slot_id is not None:
        where = f" {'into' if hypothesis.kind is EventKind.PUT else 'from'} slot {hypothesis.slot_id}"
    return f"{verb} {count}{what}{where}"


def _distinct(found: Sequence[Hypothesis]) -> list[Hypothesis]:
    """The best of each kind, product and quantity: people do not care about neighbouring slots."""
    kept: dict[tuple[EventKind, ProductId | None, int], Hypothesis] = {}
    for one in found:
        kept.setdefault((one.kind, one.product_id, one.quantity), one)
    return list(kept.values())
