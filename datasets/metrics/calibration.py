"""Whether probabilities mean what they say."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BINS = 10


def expected_calibration_error(
    probability: FloatArray, happened: npt.NDArray[np.bool_], bins: int = BINS
) -> float | None:
    """Mean gap between stated probabilities and shares that happened, over bins of equal width.

    Source: Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning",
    AAAI 2015.

    Args:
        probability: `(n,)` in [0, 1].
        happened: `(n,)`.
        bins: How many.

    Returns:
        The gap in [0, 1], every bin weighed by how many fall into it; None without samples.
    """
    if len(probability) == 0:
        return None
    bin_of = np.minimum((probability * bins).astype(np.int64), bins - 1)
    gap = np.bincount(bin_of, probability - happened, minlength=bins)
    return float(np.abs(gap).sum() / len(probability))


def posterior(log_ratio: FloatArray, share: float) -> FloatArray:
    """Probabilities `(n,)` of natural log likelihood ratios where a `share` in (0, 1) happens at all."""
    odds = log_ratio + np.log(share) - np.log1p(-share)
    probability: FloatArray = 1.0 / (1.0 + np.exp(-odds))
    return probability
