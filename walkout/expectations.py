"""Did the store behave as the scenario expects? One verdict for each expectation of a recording's truth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from datasets.recording import Expectation, Outcome
from walkout.comparison import BasketComparison, RecordingComparison
from walkout.run_result import LineDecision


@dataclass(frozen=True, slots=True)
class Verdict:
    """One expectation and whether it was met.

    Attributes:
        text: The expectation in words.
        remark: What happened instead; empty where it was met.
    """

    expectation: Expectation
    text: str
    is_met: bool
    remark: str


def verdicts_on(comparison: RecordingComparison) -> tuple[Verdict, ...]:
    """Judge what a recording expects by what became of its baskets."""
    return tuple(_verdict(expectation, comparison) for expectation in comparison.expectations)


def is_as_expected(comparison: RecordingComparison) -> bool:
    """Whether all of a recording's expectations were met."""
    return all(verdict.is_met for verdict in verdicts_on(comparison))


def _verdict(expectation: Expectation, comparison: RecordingComparison) -> Verdict:
    text = in_words(expectation, comparison.labels)
    if expectation.outcome is Outcome.ALERT:
        is_met = expectation.alert in comparison.run.alerts
        return Verdict(expectation, text, is_met, "" if is_met else "no such alert was raised")
    baskets, product = comparison.baskets, expectation.product_id
    label = None if expectation.visit_id is None else comparison.labels.get(expectation.visit_id)
    concerned = baskets if label is None else tuple(b for b in baskets if b.shopper == label)
    is_met = all(_CHECKS[expectation.outcome](one, product) for one in concerned)
    if is_met and expectation.outcome is Outcome.CHARGED_ONCE and product is not None:
        is_met = _charged(baskets, product) == sum(one.true.get(product, 0) for one in baskets)
    return Verdict(expectation, text, is_met, "" if is_met else _what_happened(concerned, product))


def in_words(expectation: Expectation, labels: Mapping[str, str]) -> str:
    """Say an expectation in words, for people."""
    if expectation.outcome is Outcome.ALERT:
        return f"alert: {expectation.alert}"
    who = "every receipt" if expectation.visit_id is None else labels.get(expectation.visit_id, "?")
    what = f", {expectation.product_id}" if expectation.product_id else ""
    return f"{who}{what}: {expectation.outcome.replace('-', ' ')}"


def _is_right(basket: BasketComparison, product: str | None) -> bool:
    if product is None:
        return basket.is_exact
    return basket.seen.get(product, 0) == basket.true.get(product, 0)


def _is_in_review(basket: BasketComparison, product: str | None) -> bool:
    if basket.visit is None:
        return False
    return any(
        line.decision is LineDecision.REVIEW and product in (None, line.product_id)
        for line in basket.visit.lines
    )


def _is_right_or_in_review(basket: BasketComparison, product: str | None) -> bool:
    """A question is no excuse for charging what was not taken."""
    if product is None:
        return basket.is_exact_final or (_is_in_review(basket, None) and basket.money.over == 0)
    return _is_right(basket, product) or (
        _is_in_review(basket, product) and _is_not_overcharged(basket, product)
    )


def _is_not_overcharged(basket: BasketComparison, product: str | None) -> bool:
    if product is None:
        return basket.money.over == 0
    return basket.charged.get(product, 0) <= basket.true.get(product, 0)


def _is_charged(basket: BasketComparison, product: str | None) -> bool:
    if product is None:
        return basket.is_exact_final
    return basket.charged.get(product, 0) == basket.true.get(product, 0)


def _charged(baskets: Sequence[BasketComparison], product: str) -> int:
    return sum(basket.charged.get(product, 0) for basket in baskets)


def _what_happened(baskets: Sequence[BasketComparison], product: str | None) -> str:
    return "; ".join(
        f"{basket.shopper} took {_spelled(basket.true, product)},"
        f" was charged {_spelled(basket.charged, product)}"
        + (" and waits for review" if _is_in_review(basket, product) else "")
        for basket in baskets
    )


def _spelled(units: Mapping[str, int], product: str | None) -> str:
    if product is not None:
        return str(units.get(product, 0))
    return ", ".join(f"{count} {name}" for name, count in sorted(units.items()) if count) or "nothing"


_CHECKS: Mapping[Outcome, Callable[[BasketComparison, str | None], bool]] = {
    Outcome.RIGHT: _is_right,
    Outcome.RIGHT_OR_REVIEW: _is_right_or_in_review,
    Outcome.IN_REVIEW: _is_in_review,
    Outcome.NOT_CHARGED: _is_not_overcharged,
    Outcome.CHARGED_ONCE: _is_charged,
}
