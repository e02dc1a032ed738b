"""Which detection of one camera is which person: a gated one-to-one matching at least cost.

Cost in units of chi-square: squared Mahalanobis distance on the floor plus ln|S|, so that an uncertain
person does not steal from a certain one (the mapped distance of UCMCTrack, AAAI 2024), less a bonus for
the person this tracklet belonged to before.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

GATE = 9.21  # chi-square, 2 degrees of freedom, 99 %
LINKED_GATE = 13.8  # 99.9 %: a tracklet keeps its person a little longer
LINK_BONUS = 4.0  # 2 nats: a tracklet rarely changes its person
HIGH_SCORE = 0.5  # two rounds by score as in ByteTrack (ECCV 2022)
LOW_SCORE = 0.1
_FORBIDDEN = 1e6


def association_cost(
    xy_m: FloatArray, cov_m2: FloatArray, mean_xy_m: FloatArray, mean_cov_m2: FloatArray, linked_row: IntArray
) -> FloatArray:
    """Return the cost `(detections, people)`; inf where the gate forbids the pair.

    Args:
        xy_m: `(d, 2)` detections.
        cov_m2: `(d, 2, 2)` their covariances.
        mean_xy_m: `(n, 2)` people.
        mean_cov_m2: `(n, 2, 2)` position covariances of the people.
        linked_row: `(d,)` the person this tracklet belonged to, -1 for none.
    """
    total = cov_m2[:, None] + mean_cov_m2[None]
    determinant = total[..., 0, 0] * total[..., 1, 1] - total[..., 0, 1] ** 2
    dx, dy = np.moveaxis(xy_m[:, None] - mean_xy_m[None], -1, 0)
    squared = (
        total[..., 1, 1] * dx * dx - 2 * total[..., 0, 1] * dx * dy + total[..., 0, 0] * dy * dy
    ) / determinant
    is_linked = linked_row[:, None] == np.arange(len(mean_xy_m))
    within = squared < np.where(is_linked, LINKED_GATE, GATE)
    cost: FloatArray = np.where(within, squared + np.log(determinant) - LINK_BONUS * is_linked, np.inf)
    return cost


def match_one_to_one(cost: FloatArray) -> tuple[IntArray, IntArray]:
    """Pair rows with columns at least total cost, as many pairs as the finite entries allow.

    Returns:
        Row and column indices of the pairs.
    """
    finite = np.isfinite(cost)
    if not finite.any():
        return np.empty(0, np.int64), np.empty(0, np.int64)
    rows, columns = linear_sum_assignment(np.where(finite, cost, _FORBIDDEN))
    ok = finite[rows, columns]
    return rows[ok].astype(np.int64), columns[ok].astype(np.int64)


def match_two_rounds(cost: FloatArray, score: FloatArray) -> IntArray:
    """Match confident detections first, then weak ones to the people this camera has left over.

    Args:
        cost: `(d, n)` from `association_cost`.
        score: `(d,)`.

    Returns:
        `(d,)` row of the person, -1 where none.
    """
    person = np.full(len(score), -1, np.int64)
    high = np.flatnonzero(score >= HIGH_SCORE)
    low = np.flatnonzero((score < HIGH_SCORE) & (score >= LOW_SCORE))
    left_over = np.arange(cost.shape[1])
    for detections in (high, low):
        rows, columns = match_one_to_one(cost[np.ix_(detections, left_over)])
        person[detections[rows]] = left_over[columns]
        left_over = np.setdiff1d(left_over, person)
    return person
