"""A share of counts with its Wilson interval, and F1 as a share."""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054  # two-sided 95 % quantile of the normal distribution


@dataclass(frozen=True, slots=True)
class Rate:
    """A share in [0, 1] with its 95 % interval.

    Attributes:
        value: The share; None where there was nothing to count.
        n: How many independent things it was counted on.
        low: Lower end of the Wilson interval; None with `value`.
        high: Upper end.
    """

    value: float | None
    n: int
    low: float | None
    high: float | None


def wilson_interval(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a binomial share seen on `n` trials; `(0, 1)` for none.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    Raises:
        ValueError: If the share is outside [0, 1] or `n` is negative.
    """
    if not 0.0 <= share <= 1.0 or n < 0:
        raise ValueError(f"a share of {share} on {n} trials is none")
    if n == 0:
        return 0.0, 1.0
    z2 = Z_95 * Z_95 / n
    centre = (share + z2 / 2) / (1 + z2)
    half = Z_95 / (1 + z2) * sqrt(share * (1 - share) / n + z2 / (4 * n))
    # Rounding may leave the share itself outside by one part in 1e16 at the ends.
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def rate(hits: int, n: int) -> Rate:
    """Return the share of `hits` among `n`."""
    return share_of(hits / n if n else None, n)


def share_of(share: float | None, n: int) -> Rate:
    """Attach an interval to a share that is not itself a count, as if seen on `n` trials."""
    if share is None or n == 0:
        return Rate(None, n, None, None)
    low, high = wilson_interval(share, n)
    return Rate(share, n, low, high)


def f1(true_positives: int, false_positives: int, false_negatives: int) -> Rate:
    """Return F1 with an interval.

    F1 = 2 J / (1 + J) of J = TP / (TP + FP + FN), which is a plain share; the ends of its Wilson
    interval map through the same increasing function.
    """
    shared = rate(true_positives, true_positives + false_positives + false_negatives)
    if shared.value is None or shared.low is None or shared.high is None:
        return shared
    return Rate(_dice(shared.value), shared.n, _dice(shared.low), _dice(shared.high))


def _dice(jaccard: float) -> float:
    return 2 * jaccard / (1 + jaccard)
