"""Why lines are wrong: every unit too many or too few, put into one of four plain classes."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from datasets.metrics.events import TOLERANCE_S
from walkout.comparison import RecordingComparison


class Mistake(StrEnum):
    """What went wrong with one unit."""

    WRONG_SHOPPER = "wrong shopper"
    WRONG_PRODUCT = "wrong product"
    MISSED = "missed"
    INVENTED = "invented"


@dataclass(frozen=True, slots=True)
class Confusion:
    """One kind of mistake with one product, counted in units.

    Attributes:
        true_product: What was taken; None if nothing was.
        seen_product: What was recognised; None if nothing was.
    """

    mistake: Mistake
    true_product: str | None
    seen_product: str | None


def confusions(comparison: RecordingComparison) -> Counter[Confusion]:
    """Explain the wrong units of one recording.

    A unit missing at one shopper and too many at another is one unit at the wrong shopper. Of what is
    left, a unit missing and another product too many at the same shopper are one unit taken for
    another product if both come from events at the same time. The rest was missed or invented.
    """
    missing: dict[str, Counter[str]] = {}
    extra: dict[str, Counter[str]] = {}
    for basket in comparison.baskets:
        missing[basket.shopper] = Counter(basket.true) - Counter(basket.seen)
        extra[basket.shopper] = Counter(basket.seen) - Counter(basket.true)
    found: Counter[Confusion] = Counter()
    for product in sorted({product for units in missing.values() for product in units}):
        lost = sum(units[product] for units in missing.values())
        for _ in range(min(lost, sum(units[product] for units in extra.values()))):
            _take_one(missing, product)
            _take_one(extra, product)
            found[Confusion(Mistake.WRONG_SHOPPER, product, product)] += 1
    for shopper in missing:
        for true, seen in _confused_products(comparison, shopper):
            for _ in range(min(missing[shopper][true], extra[shopper][seen])):
                missing[shopper][true] -= 1
                extra[shopper][seen] -= 1
                found[Confusion(Mistake.WRONG_PRODUCT, true, seen)] += 1
        for product, units in (+missing[shopper]).items():
            found[Confusion(Mistake.MISSED, product, None)] += units
        for product, units in (+extra[shopper]).items():
            found[Confusion(Mistake.INVENTED, None, product)] += units
    return found


def _confused_products(comparison: RecordingComparison, shopper: str) -> list[tuple[str, str]]:
    """Different products of a true and a recognised event of one shopper at the same time."""
    return [
        (true.product_id, seen.product_id)
        for true in comparison.true_events
        for seen in comparison.seen_events
        if true.shopper_id == seen.shopper == shopper
        and true.product_id is not None
        and seen.product_id is not None
        and true.product_id != seen.product_id
        and true.kind == seen.kind
        and abs(true.contact_s - seen.at_s) <= TOLERANCE_S
    ]


def _take_one(units: dict[str, Counter[str]], product: str) -> None:
    holder = next(shopper for shopper, count in units.items() if count[product] > 0)
    units[holder][product] -= 1
