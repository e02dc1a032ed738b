"""Where to look on the video for a wrong line: the event that explains it, in words."""

from dataclasses import dataclass

from datasets.recording import EventTruth
from walkout.comparison import RecordingComparison, WrongLine
from walkout.run_result import RecognisedEvent


@dataclass(frozen=True, slots=True)
class Moment:
    """What to show for one wrong line.

    Attributes:
        at_s: The contact of the hand with the product, true or recognised.
        slot_id: The slot it happened at; None if nobody knows.
        true_text: What happened.
        seen_text: What was recognised.
    """

    line: WrongLine
    at_s: float
    slot_id: str | None
    true_text: str
    seen_text: str


def wrong_lines(comparison: RecordingComparison) -> tuple[WrongLine, ...]:
    """Return the wrong lines of all baskets."""
    return tuple(line for basket in comparison.baskets for line in basket.wrong_lines)


def moment_of(comparison: RecordingComparison, line: WrongLine) -> Moment | None:
    """Find the event that explains a wrong line best.

    A line is wrong because a true event of this shopper and product was not recognised as such, or
    because one was recognised that did not happen; the first of those is shown. If all events of the
    line are right, the decision about it was wrong, and its last event is shown.

    Returns:
        None if no event, true or recognised, has to do with the line.
    """
    partner_of_true = {pair.true: pair.seen for pair in comparison.pairs}
    partner_of_seen = {pair.seen: pair.true for pair in comparison.pairs}
    found: list[tuple[bool, Moment]] = []
    for index, event in enumerate(comparison.true_events):
        if (event.shopper_id, event.product_id) == (line.shopper, line.product_id):
            seen = comparison.seen_events[partner_of_true[index]] if index in partner_of_true else None
            found.append((_are_same(event, seen), _moment(comparison, line, event, seen)))
    for index, recognised in enumerate(comparison.seen_events):
        if (recognised.shopper, recognised.product_id) == (line.shopper, line.product_id):
            true = comparison.true_events[partner_of_seen[index]] if index in partner_of_seen else None
            found.append((_are_same(true, recognised), _moment(comparison, line, true, recognised)))
    if not found:
        return None
    mistaken = [moment for is_right, moment in found if not is_right]
    return mistaken[0] if mistaken else found[-1][1]


def _are_same(true: EventTruth | None, seen: RecognisedEvent | None) -> bool:
    return (
        true is not None
        and seen is not None
        and (true.shopper_id, true.product_id) == (seen.shopper, seen.product_id)
    )


def _moment(
    comparison: RecordingComparison, line: WrongLine, true: EventTruth | None, seen: RecognisedEvent | None
) -> Moment:
    at_s, slot_id = 0.0, None
    if true is not None:
        at_s, slot_id = true.contact_s, true.slot_id
    elif seen is not None:
        at_s, slot_id = seen.at_s, seen.slot_id
    names = {str(product.product_id): product.name for product in comparison.store_map.products}
    true_text = "nothing" if true is None else _sentence(true.shopper_id, true.kind, true.product_id, names)
    seen_text = "nothing" if seen is None else _sentence(seen.shopper, seen.kind, seen.product_id, names)
    if _are_same(true, seen):
        seen_text += ", but the line was decided otherwise"
    return Moment(line, at_s, slot_id, true_text, seen_text)


def _sentence(shopper: str | None, kind: str, product_id: str | None, names: dict[str, str]) -> str:
    verb = {"pick": "took", "put": "put back"}[kind]
    product = "something" if product_id is None else names.get(product_id, product_id)
    return f"{shopper or 'somebody'} {verb} {product}"
