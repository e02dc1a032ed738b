"""Where hands were said to be beside where they were."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
GATE_95 = 7.814727903251179  # chi-square, 3 degrees of freedom


@dataclass(frozen=True, slots=True, eq=False)
class PlacedWrist:
    """One wrist at one time.

    Attributes:
        views: By how many cameras it was seen then.
        error_m: `(3,)` estimate less truth.
        cov_m2: `(3, 3)` as it was stated.
    """

    views: int
    error_m: FloatArray
    cov_m2: FloatArray


@dataclass(frozen=True, slots=True)
class WristFigures:
    """Errors of wrists and of what was said of them.

    Attributes:
        median_m: Of the distance from the truth.
        p90_m: Its 90th percentile.
        squared: Mean of the squared error over the stated covariance (NEES): 3 if it is exact, more if it is
            too sure of itself.
        inside_95: Share within the stated 95 % ellipsoid.

    Source: Bar-Shalom, Li and Kirubarajan, "Estimation with applications to tracking and navigation", 2001,
    section 5.4 (NEES).
    """

    n: int
    median_m: float
    p90_m: float
    squared: float
    inside_95: float


def wrist_figures(placed: Sequence[PlacedWrist]) -> WristFigures | None:
    """Sum up; None for none."""
    if not placed:
        return None
    error = np.array([one.error_m for one in placed])
    cov = np.array([one.cov_m2 for one in placed])
    distance = np.linalg.norm(error, axis=1)
    squared = np.einsum("ni,nij,nj->n", error, np.linalg.inv(cov), error)
    return WristFigures(
        len(placed),
        float(np.median(distance)),
        float(np.percentile(distance, 90)),
        float(squared.mean()),
        float((squared < GATE_95).mean()),
    )
