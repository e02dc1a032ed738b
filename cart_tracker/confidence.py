"""From margins to probabilities, and from probabilities to what is charged.

The margin of a line is how many nats worse the best explanation becomes when the line must be wrong
(min-marginal of the joint solve). A logistic turns it into a probability. Its constants are fitted on
simulated development seeds; they are simulator figures and must be fitted again in a real store.
"""

import math

from cart_tracker.visits import Decision

LOGISTIC_OFFSET = -0.4
LOGISTIC_SLOPE = 0.9  # per nat
LARGEST_MARGIN_NATS = 8.0
CHARGE_FROM = 0.7
DROP_BELOW = 0.3


def probability(margin_nats: float, doubt: float) -> float:
    """Probability that a line is right.

    Args:
        margin_nats: Min-marginal of the line, not negative.
        doubt: Probability in [0, 1] that the person was mistaken for another on the way.
    """
    margin = min(max(margin_nats, 0.0), LARGEST_MARGIN_NATS)
    return (1.0 - doubt) / (1.0 + math.exp(-(LOGISTIC_OFFSET + LOGISTIC_SLOPE * margin)))


def decide(confidence: float, is_settled: bool) -> tuple[Decision, str]:
    """Return what to do with a line and why, in doubt for the shopper.

    Args:
        confidence: Probability that the line is right.
        is_settled: The person was seen leaving; nobody else is charged without being asked.
    """
    if confidence < DROP_BELOW:
        return Decision.DROP, f"confidence {confidence:.2f} is below {DROP_BELOW}"
    if not is_settled:
        return Decision.REVIEW, "the shopper was not seen leaving"
    if confidence < CHARGE_FROM:
        return Decision.REVIEW, f"confidence {confidence:.2f} is below {CHARGE_FROM}"
    return Decision.CHARGE, ""
