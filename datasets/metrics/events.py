"""Picks and put-backs matched in time."""

from collections.abc import Sequence
from dataclasses import dataclass

TOLERANCE_S = 1.0  # "event F1 at 1 s"


@dataclass(frozen=True, slots=True)
class TimedEvent:
    """A product that changed hands at a slot.

    Attributes:
        kind: "pick" or "put".
        product_id: What moved; None if unknown.
        slot_id: Where the hand was; None if unknown.
        shopper: Whose hand; None if nobody could be named.
        at_s: When the hand had its contact with the product.
    """

    kind: str
    product_id: str | None
    slot_id: str | None
    shopper: str | None
    at_s: float


@dataclass(frozen=True, slots=True)
class EventPair:
    """Indices of a true and a recognised event that are the same event."""

    true: int
    seen: int


def match_events(
    true: Sequence[TimedEvent], seen: Sequence[TimedEvent], tolerance_s: float = TOLERANCE_S
) -> tuple[EventPair, ...]:
    """Pair true with recognised events, each at most once, nearest in time first.

    Two events may be paired if their kind is the same, their product or their slot is the same, and
    they are at most `tolerance_s` apart. Who did it plays no part: the share of right persons among
    pairs is a figure of its own.

    Returns:
        Pairs in the order of the true events.
    """
    candidates = sorted(
        (abs(event.at_s - other.at_s), event.at_s, other.at_s, i, j)
        for i, event in enumerate(true)
        for j, other in enumerate(seen)
        if _may_be_same(event, other) and abs(event.at_s - other.at_s) <= tolerance_s
    )
    pairs: list[EventPair] = []
    for *_, i, j in candidates:
        if all(i != pair.true and j != pair.seen for pair in pairs):
            pairs.append(EventPair(i, j))
    return tuple(sorted(pairs, key=lambda pair: pair.true))


def _may_be_same(true: TimedEvent, seen: TimedEvent) -> bool:
    same_product = true.product_id is not None and true.product_id == seen.product_id
    same_slot = true.slot_id is not None and true.slot_id == seen.slot_id
    return true.kind == seen.kind and (same_product or same_slot)
