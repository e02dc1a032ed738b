"""How sure each line of a cart is: what it costs the best explanation if the line is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cart_tracker.attribution import JointProblem, QuantityBound, Question, Solution
from cart_tracker.evidence import Hypothesis
from cart_tracker.store_map import ProductId
from cart_tracker.visits import EventKind

NEAR_MISS_NATS = 5.0  # products whose best hypothesis is further from the best one are not asked about


@dataclass(frozen=True, slots=True)
class Weighed:
    """A quantity of a product and its min-marginals.

    Attributes:
        less_nats: How much worse the best explanation gets with fewer units; inf for none at all.
        more_nats: The same with more.
    """

    product_id: ProductId
    quantity: int
    less_nats: float
    more_nats: float

    @property
    def margin_nats(self) -> float:
        """The smaller of both."""
        return min(self.less_nats, self.more_nats)


def weigh(
    problem: JointProblem,
    best: Solution,
    holder: str,
    product_id: ProductId,
    quantity: int,
    answers: Mapping[int, Hypothesis] | None = None,
) -> Weighed:
    """Solve again with fewer and with more units of one product.

    Args:
        problem: All that is asked.
        best: Its solution, under the same answers.
        holder: Whose cart.
        product_id: Which line.
        quantity: Its units in `best`.
        answers: What is known to be true, as in `JointProblem.solve`.
    """
    less = np.inf
    if quantity > 0:
        fewer = problem.solve([QuantityBound(holder, product_id, -np.inf, quantity - 1)], answers)
        less = max(0.0, fewer.cost - best.cost)
    more = problem.solve([QuantityBound(holder, product_id, quantity + 1, np.inf)], answers)
    return Weighed(product_id, quantity, less, max(0.0, more.cost - best.cost))


def near_misses(questions: Sequence[Question], holder: str) -> set[ProductId]:
    """Products that this holder might have, though the best explanation does not say so."""
    found: set[ProductId] = set()
    for question in questions:
        if question.holder == holder:
            best = max(one.log_likelihood for one in question.hypotheses)
            found |= {
                one.product_id
                for one in question.hypotheses
                if one.product_id is not None
                and one.kind is EventKind.PICK
                and one.log_likelihood > best - NEAR_MISS_NATS
            }
    return found
