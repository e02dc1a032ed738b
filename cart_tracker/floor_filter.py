"""Where everybody stands and walks: one constant-velocity Kalman filter for all people, in metres.

The people are rows of arrays. Time is asynchronous: `predict` moves everybody to a capture time,
`update` takes one fused measurement per person. Which measurement belongs to whom is decided in
`association`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

ACCELERATION_PSD = 1.5  # m²/s³: indoor stop-and-go
TOP_SPEED_M_S = 2.5
FIRST_SPEED_SIGMA_M_S = 2.0 / np.sqrt(3.0)  # uniform up to 2 m/s, as in UCMCTrack (AAAI 2024)
COASTING_HALF_LIFE_S = 0.7  # people who are lost from sight mostly stand at a shelf
LARGEST_POSITION_SIGMA_M = 0.6  # beyond this a lost person is found again by elimination, not by a gate
LARGEST_SPEED_SIGMA_M_S = 1.5
# Errors of one camera are not white: a biased box stays biased for 0.3-1 s. With a correlation of 0.6
# from frame to frame the information of a frame is worth (1 - 0.6) / (1 + 0.6) = 1/4.
COLOURED_NOISE_FACTOR = 4.0
SURE_SCORE = 0.6  # detections below this are half hidden, and their foot points a guess


@dataclass(frozen=True, slots=True, eq=False)
class Fused:
    """At most one measurement per person: `row` `(k,)`, `xy_m` `(k, 2)`, `cov_m2` `(k, 2, 2)`."""

    row: IntArray
    xy_m: FloatArray
    cov_m2: FloatArray


class FloorFilter:
    """Means `(n, 4)` (x, y, vx, vy) and covariances `(n, 4, 4)` of everybody, at one time."""

    def __init__(self) -> None:
        self.mean: FloatArray = np.empty((0, 4))
        self.covariance: FloatArray = np.empty((0, 4, 4))
        self.at_s = -np.inf

    def add(self, xy_m: FloatArray, cov_m2: FloatArray) -> None:
        """Append one person at rest at the filter's time: `xy_m` `(2,)`, `cov_m2` `(2, 2)`."""
        mean = np.concatenate([xy_m, np.zeros(2)])
        covariance = np.zeros((4, 4))
        covariance[:2, :2] = cov_m2
        covariance[[2, 3], [2, 3]] = FIRST_SPEED_SIGMA_M_S**2
        self.mean = np.concatenate([self.mean, mean[None]])
        self.covariance = np.concatenate([self.covariance, covariance[None]])

    def replace(self, row: int, source: int) -> None:
        """Let one person continue from where another row is."""
        self.mean[row] = self.mean[source]
        self.covariance[row] = self.covariance[source]

    def keep(self, mask: BoolArray) -> None:
        """Drop the rows where `mask` `(n,)` is false."""
        self.mean = self.mean[mask]
        self.covariance = self.covariance[mask]

    def predict(self, at_s: float, is_coasting: BoolArray) -> None:
        """Move everybody to `at_s`; those who coast lose speed. Going back in time does nothing."""
        elapsed = at_s - self.at_s
        if not np.isfinite(elapsed):
            self.at_s = at_s
            return
        if elapsed <= 0.0:
            return
        self.at_s = at_s
        mean, covariance = self.mean, self.covariance
        mean[is_coasting, 2:] *= 0.5 ** (elapsed / COASTING_HALF_LIFE_S)
        mean[:, :2] += elapsed * mean[:, 2:]
        position, cross, speed = covariance[:, :2, :2], covariance[:, :2, 2:], covariance[:, 2:, 2:]
        position += elapsed * (cross + cross.transpose(0, 2, 1)) + elapsed**2 * speed
        cross += elapsed * speed
        for axis in (0, 1):
            covariance[:, axis, axis] += ACCELERATION_PSD * elapsed**3 / 3
            covariance[:, axis + 2, axis + 2] += ACCELERATION_PSD * elapsed
            covariance[:, axis, axis + 2] += ACCELERATION_PSD * elapsed**2 / 2
        covariance[:, 2:, :2] = cross.transpose(0, 2, 1)
        self._cap()

    def update(self, fused: Fused) -> None:
        """Correct the rows of `fused`."""
        row = fused.row
        if len(row) == 0:
            return
        covariance = self.covariance[row]
        gain = covariance[:, :, :2] @ inverse_2x2(covariance[:, :2, :2] + fused.cov_m2)
        innovation = fused.xy_m - self.mean[row, :2]
        self.mean[row] += np.einsum("nij,nj->ni", gain, innovation)
        corrected = covariance - gain @ covariance[:, :2, :]
        self.covariance[row] = 0.5 * (corrected + corrected.transpose(0, 2, 1))
        speed = np.linalg.norm(self.mean[:, 2:], axis=1)
        self.mean[:, 2:] *= np.minimum(1.0, TOP_SPEED_M_S / np.maximum(speed, 1e-9))[:, None]

    def _cap(self) -> None:
        """Scale covariances down so that no position or speed is less certain than the caps."""
        diagonal = np.einsum("nii->ni", self.covariance)
        limit = np.array([LARGEST_POSITION_SIGMA_M] * 2 + [LARGEST_SPEED_SIGMA_M_S] * 2) ** 2
        scale = np.sqrt(np.minimum(1.0, limit / np.maximum(diagonal, 1e-12)))
        self.covariance *= scale[:, :, None] * scale[:, None, :]


def inverse_2x2(matrix: FloatArray) -> FloatArray:
    """Invert symmetric matrices `(n, 2, 2)` in closed form."""
    determinant = matrix[:, 0, 0] * matrix[:, 1, 1] - matrix[:, 0, 1] ** 2
    inverse = np.empty_like(matrix)
    inverse[:, 0, 0] = matrix[:, 1, 1]
    inverse[:, 1, 1] = matrix[:, 0, 0]
    inverse[:, 0, 1] = inverse[:, 1, 0] = -matrix[:, 0, 1]
    return inverse / determinant[:, None, None]


def measurement_covariance(cov_m2: FloatArray, score: FloatArray) -> FloatArray:
    """Covariance `(n, 2, 2)` of floor points as independent measurements: coloured noise, weak detections."""
    weak = np.maximum(1.0, SURE_SCORE / np.maximum(score, 0.05)) ** 2
    return cov_m2 * (COLOURED_NOISE_FACTOR * weak)[:, None, None]


def fuse(row: IntArray, xy_m: FloatArray, cov_m2: FloatArray, n_rows: int) -> Fused:
    """Fuse several cameras' points of the same tick: information matrices and vectors add up.

    Args:
        row: `(m,)` person of each point.
        xy_m: `(m, 2)`.
        cov_m2: `(m, 2, 2)`.
        n_rows: Number of people in the filter.
    """
    inverse = inverse_2x2(cov_m2)
    weighted = np.einsum("nij,nj->ni", inverse, xy_m)
    information = np.zeros((n_rows, 2, 2))
    vector = np.zeros((n_rows, 2))
    np.add.at(information, row, inverse)
    np.add.at(vector, row, weighted)
    seen = np.flatnonzero(information[:, 0, 0] > 0)
    cov = inverse_2x2(information[seen])
    return Fused(seen, np.einsum("nij,nj->ni", cov, vector[seen]), cov)
