"""From a reading of the evidence to what is told: live lines, events, closed visits, questions, alerts."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from cart_tracker.carts import Carts, Move, Reading
from cart_tracker.confidence import (
    LARGEST_MARGIN_NATS,
    ConfidenceSettings,
    basket_probability,
    decide,
    probability,
)
from cart_tracker.identity import ShopperId
from cart_tracker.lines import Weighed
from cart_tracker.observations import VisitId
from cart_tracker.store_map import ProductId
from cart_tracker.visits import (
    Alert,
    AlertKind,
    CartLine,
    ClosedLine,
    Decision,
    EventKind,
    EventRecognised,
)

SURE_OF_SLOT = 0.8  # less sure foreign units are no reason to send staff


def live_lines(reading: Reading) -> tuple[CartLine, ...]:
    """What a cart holds now; a line is as sure as its least sure move."""
    sure: dict[ProductId, float] = {}
    for move in reading.moves:
        product_id = move.hypothesis.product_id
        if product_id is not None:
            sure[product_id] = min(sure.get(product_id, 1.0), move.confidence)
    return tuple(
        CartLine(product_id, units, sure.get(product_id, 0.5))
        for product_id, units in sorted(reading.quantity.items())
        if units > 0
    )


def closed_lines(
    reading: Reading,
    followers: Collection[ShopperId],
    doubt: str,
    *,
    is_settled: bool,
    settings: ConfidenceSettings,
) -> tuple[ClosedLine, ...]:
    """Decide on every line of a visit that is over.

    Args:
        reading: With margins.
        followers: People who came in on this code without one of their own.
        doubt: Why nothing should be charged without asking; empty where there is no reason.
        is_settled: Everybody was seen leaving.
        settings: Thresholds.
    """
    asked_for = _reasons(reading, followers)
    lines = [
        _line(one, reading.features.doubt, is_settled, settings)
        for one in reading.weighed
        if one.quantity > 0
    ]
    for index, line in enumerate(lines):
        reason = doubt or asked_for.get(line.product_id, "")
        if reason and line.decision is Decision.CHARGE:
            lines[index] = replace(line, decision=Decision.REVIEW, reason=reason)
    sure = basket_probability(reading.features, settings)
    if sure < settings.basket_from:
        reason = f"confidence of the basket {sure:.2f} is below {settings.basket_from:.2f}"
        if lines:
            _ask_least_sure(lines, reason)
        else:
            lines += _suspected(reading, reason, settings)
    return tuple(lines)


def visit_decision(lines: Sequence[ClosedLine], doubt: str, *, is_settled: bool) -> tuple[Decision, str]:
    """Return what to think of the whole basket, and why."""
    if not is_settled:
        return Decision.REVIEW, "the shopper was not seen leaving"
    if doubt:
        return Decision.REVIEW, doubt
    for line in lines:
        if line.decision is Decision.REVIEW:
            return Decision.REVIEW, f"{line.product_id}: {line.reason}"
    return Decision.CHARGE, ""


def events_of(visit_id: VisitId, reading: Reading) -> list[tuple[EventRecognised, int]]:
    """Events of a reading, each with the id of its move; several units at once are one event."""
    return [
        (
            EventRecognised(
                visit_id,
                move.contact_s,
                move.out_s,
                move.hypothesis.kind,
                move.hypothesis.product_id,
                move.hypothesis.slot_id,
                move.hypothesis.quantity,
                move.confidence,
            ),
            move.move_id,
        )
        for move in reading.moves
        if move.hypothesis.slot_id is not None or move.hypothesis.product_id is not None
    ]


def alerts_of(visit_id: VisitId, at_s: float, reading: Reading, carts: Carts) -> Iterator[Alert]:
    """Call staff for what stands where it does not belong, and for slots that hold what is not planned."""
    for move in reading.moves:
        found = move.hypothesis
        if found.product_id is None or found.slot_id is None:
            continue
        if move.looked_like is not None:
            text = (
                f"{move.looked_like} seems to stand in {found.slot_id}, where the plan has {found.product_id}"
            )
            yield Alert(AlertKind.PLANOGRAM_CHECK, at_s, visit_id, text)
        if move.confidence < SURE_OF_SLOT:
            continue
        if carts.is_home(found.slot_id, found.product_id):
            continue
        if found.kind is EventKind.PUT:
            text = f"{found.product_id} was put into {found.slot_id}, where it does not belong"
            yield Alert(AlertKind.MISPLACED_UNIT, at_s, visit_id, text)
        elif found.kind is EventKind.PICK:
            text = f"{found.product_id} was taken from {found.slot_id}, where the plan has something else"
            yield Alert(AlertKind.PLANOGRAM_CHECK, at_s, visit_id, text)


def _line(one: Weighed, doubt: float, is_settled: bool, settings: ConfidenceSettings) -> ClosedLine:
    confidence = probability(one.margin_nats, doubt, settings)
    decision, reason = decide(confidence, is_settled, settings)
    margin = min(one.margin_nats, LARGEST_MARGIN_NATS)
    return ClosedLine(one.product_id, one.quantity, confidence, decision, reason, margin)


def _reasons(reading: Reading, followers: Collection[ShopperId]) -> dict[ProductId, str]:
    """Why products are asked about, however sure they are."""
    reasons: dict[ProductId, str] = {}
    for move in reading.moves:
        product_id = move.hypothesis.product_id
        if product_id is None:
            continue
        if _is_of(move, followers):
            reasons[product_id] = "taken by somebody who came in on this code without one of their own"
        elif move.hypothesis.kind is EventKind.GIVE:
            reasons[product_id] = "went from hand to hand"
        elif move.looked_like is not None:
            reasons[product_id] = f"the hand looked as if it held {move.looked_like}"
    return reasons


def _is_of(move: Move, people: Collection[ShopperId]) -> bool:
    return any(one in people for one in move.people)


def _suspected(reading: Reading, reason: str, settings: ConfidenceSettings) -> list[ClosedLine]:
    """Ask about what an empty basket may hold, if anything; nobody is charged for it without an answer."""
    absent = [one for one in reading.weighed if one.quantity == 0]
    if not absent:
        return []
    likeliest = min(absent, key=lambda one: (one.margin_nats, one.product_id))
    taken = 1.0 - probability(likeliest.margin_nats, reading.features.doubt, settings)
    if taken < settings.drop_below:
        return []
    return [ClosedLine(likeliest.product_id, 1, taken, Decision.REVIEW, reason, 0.0)]


def _ask_least_sure(lines: list[ClosedLine], reason: str) -> None:
    """Let the answer to one question, the likeliest to be wrong, settle a doubtful basket."""
    if any(line.decision is Decision.REVIEW for line in lines):
        return
    charged = [index for index, line in enumerate(lines) if line.decision is Decision.CHARGE]
    if charged:
        least = min(charged, key=lambda index: (lines[index].confidence, lines[index].product_id))
        lines[least] = replace(lines[least], decision=Decision.REVIEW, reason=reason)
