"""Which questions to a person settle a basket: the fewest, each with the two best readings of one hand.

Greedy set cover: the question whose better answer makes most doubtful lines sure comes first. A line that no
single question settles is asked about at its least sure move.
"""

from collections.abc import Sequence

import numpy as np

from cart_tracker.attribution import Question
from cart_tracker.carts import Reading
from cart_tracker.confidence import ConfidenceSettings, probability
from cart_tracker.evidence import Hypothesis
from cart_tracker.lines import weigh
from cart_tracker.store_map import ProductId
from cart_tracker.visits import ClosedLine, Decision, MoveOption, ReviewQuestion

MOST_CANDIDATES = 6  # moves that are tried for one basket: a solve each, and two more per line
MOST_QUESTIONS = 3


def review_questions(
    reading: Reading, holder: str, lines: Sequence[ClosedLine], settings: ConfidenceSettings
) -> tuple[ReviewQuestion, ...]:
    """Choose what to ask about the lines of a closed visit that are in review.

    Args:
        reading: With margins.
        holder: Whose cart.
        lines: As decided.
        settings: From which probability on a line is sure.
    """
    open_lines = {line.product_id for line in lines if line.decision is Decision.REVIEW}
    if not open_lines:
        return ()
    options = [
        (question, two, _settled_by(reading, holder, question, two[0], open_lines, settings))
        for question in _candidates(reading, open_lines)
        if (two := _two_best(reading, question)) is not None
    ]
    asked: list[ReviewQuestion] = []
    while open_lines and options and len(asked) < MOST_QUESTIONS:
        best = max(options, key=lambda one: (len(one[2] & open_lines), -one[0].interaction_id))
        settles = best[2] & open_lines or _named(best[1]) & open_lines
        options.remove(best)
        if settles:
            first, second = (_option(one) for one in best[1])
            asked.append(ReviewQuestion(best[0].contact_s, (first, second), tuple(sorted(settles))))
            open_lines -= settles
    return tuple(asked)


def _candidates(reading: Reading, open_lines: set[ProductId]) -> list[Question]:
    """Moves that bear on doubtful lines, the least certain ones first."""
    unsure = [
        (move.confidence, question)
        for move, question in zip(reading.moves, reading.questions, strict=True)
        if len(question.hypotheses) > 1 and open_lines & {one.product_id for one in question.hypotheses}
    ]
    unsure.sort(key=lambda pair: (pair[0], pair[1].interaction_id))
    return [question for _, question in unsure[:MOST_CANDIDATES]]


def _two_best(reading: Reading, question: Question) -> tuple[Hypothesis, Hypothesis] | None:
    """What was found, and the best reading of another product, kind or quantity."""
    chosen = reading.best.chosen[reading.problem.questions.index(question)]
    others = [
        one
        for one in question.hypotheses
        if (one.kind, one.product_id, one.quantity) != (chosen.kind, chosen.product_id, chosen.quantity)
    ]
    return (chosen, max(others, key=lambda one: one.log_likelihood)) if others else None


def _settled_by(
    reading: Reading,
    holder: str,
    question: Question,
    answer: Hypothesis,
    open_lines: set[ProductId],
    settings: ConfidenceSettings,
) -> set[ProductId]:
    """Lines that are sure once a question is answered as expected."""
    answers = {reading.problem.questions.index(question): answer}
    solution = reading.problem.solve((), answers)
    if not np.isfinite(solution.cost):
        return set()
    settled = set()
    for product_id in sorted(open_lines):
        quantity = max(reading.quantity.get(product_id, 0), 0)
        margin = weigh(reading.problem, solution, holder, product_id, quantity, answers).margin_nats
        if probability(margin, reading.features.doubt, settings) >= settings.charge_from:
            settled.add(product_id)
    return settled


def _named(two: tuple[Hypothesis, Hypothesis]) -> set[ProductId]:
    return {one.product_id for one in two if one.product_id is not None}


def _option(hypothesis: Hypothesis) -> MoveOption:
    return MoveOption(hypothesis.kind, hypothesis.product_id, hypothesis.slot_id, hypothesis.quantity)
