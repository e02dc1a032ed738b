"""Where everybody's hands are, in metres: one small information filter per wrist, fed with rays.

A ray tells two of three coordinates; two rays of a tick tell all three; one ray together with the
previous place and the reach of an arm still tells the rest, with an honest, larger covariance. Errors
of the detector (left for right, a wrist behind a shelf) are pushed down by reweighting.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cart_tracker.identity import ShopperId

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

BODY_CENTRE_Z_M = 1.1
BODY_SIGMA_M = np.array([0.35, 0.35, 0.35])  # wrists of standing and reaching people about the body's axis
HAND_SPEED_M_S = 1.2  # random walk: reaching hands move about this fast
SMALLEST_SIGMA_M = 0.015  # a wrist keypoint is not a point
SHOULDER_Z_M = 1.4
HAND_BEYOND_WRIST_M = 0.09  # from the wrist to the grasped thing
_REWEIGHTINGS = 2
_OUTLIER_SIGMAS = 2.5
_SWAP_GAIN = 8.0  # chi-square: detectors rarely take left for right
_LARGEST_MISS = 16.0


@dataclass(frozen=True, slots=True, eq=False)
class WristRays:
    """Rays of one tick, two per detection; second axis left and right, NaN where unseen.

    Attributes:
        shopper_id: `(m,)` whose detection.
        origin_m: `(m, 3)` the camera.
        direction: `(m, 2, 3)` unit vectors.
        sigma_rad: `(m, 2)`.
    """

    shopper_id: IntArray
    origin_m: FloatArray
    direction: FloatArray
    sigma_rad: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class HandPoints:
    """Hands of everybody after one tick; row i belongs to `shopper_id[i]`, second axis left and right.

    Attributes:
        xyz_m: `(n, 2, 3)` the grasping hand, a little beyond the wrist.
        cov_m2: `(n, 2, 3, 3)`.
        views: `(n, 2)` number of rays used in this tick.
        body_xy_m: `(n, 2)` where the people stand.
        body_speed_m_s: `(n,)` how fast they move.
    """

    shopper_id: tuple[ShopperId, ...]
    xyz_m: FloatArray
    cov_m2: FloatArray
    views: IntArray
    body_xy_m: FloatArray
    body_speed_m_s: FloatArray


class Wrists:
    """State of all wrist filters."""

    def __init__(self) -> None:
        self._at_s = -np.inf
        self._row: dict[ShopperId, int] = {}
        self._mean = np.empty((0, 2, 3))
        self._cov = np.empty((0, 2, 3, 3))
        self._body = np.empty((0, 2))

    def update(
        self, at_s: float, shopper_id: Sequence[ShopperId], state: FloatArray, rays: WristRays
    ) -> tuple[HandPoints, BoolArray]:
        """Move all wrists to `at_s` and correct them with the rays of this tick.

        Args:
            at_s: Capture time of the tick.
            shopper_id: Who is on the floor.
            state: `(n, 4)` where they stand and how they move: x, y, vx, vy.
            rays: Rays of people in `shopper_id`; others are ignored.

        Returns:
            The hands, and `(m,)` which detections took the left hand for the right one.
        """
        xy_m, speed = state[:, :2], np.linalg.norm(state[:, 2:], axis=1)
        mean, cov, information, vector = self._predict(at_s, shopper_id, xy_m)
        row_of = {int(one): row for row, one in enumerate(shopper_id)}
        row = np.array([row_of.get(int(one), -1) for one in rays.shopper_id], np.int64)
        is_swapped = _are_swapped(mean, cov, row, rays)
        slot, line = _lines(row, rays, is_swapped)
        views = np.bincount(slot, minlength=2 * len(shopper_id)).reshape(-1, 2)
        flat = mean.reshape(-1, 3)
        flat_cov = _inverse(information)
        if len(slot):
            sigma = line.sigma_m(flat[slot])
            # Start from how well each ray fits the prediction: of two rays nothing else tells the wrong one.
            spread = np.hypot(sigma, line.spread_m(cov.reshape(-1, 3, 3)[slot]))
            weight = _robust(1.0 / sigma**2, line.miss_m(flat[slot]), spread)
            for _ in range(1 + _REWEIGHTINGS):
                flat, flat_cov = _solve(information, vector, slot, line, weight)
                miss = line.miss_m(flat[slot])
                weight = _robust(1.0 / sigma**2, miss, sigma)
        self._mean, self._cov = flat.reshape(-1, 2, 3), flat_cov.reshape(-1, 2, 3, 3)
        hands = _hand_points(self._mean, xy_m)
        return HandPoints(tuple(shopper_id), hands, self._cov, views, xy_m, speed), is_swapped

    def _predict(
        self, at_s: float, shopper_id: Sequence[ShopperId], xy_m: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        n = len(shopper_id)
        elapsed_s = at_s - self._at_s if np.isfinite(self._at_s) else 0.0
        centre = np.concatenate([xy_m, np.full((n, 1), BODY_CENTRE_Z_M)], axis=1)[:, None]
        mean = np.repeat(centre, 2, axis=1)
        cov: FloatArray = np.tile(np.diag(BODY_SIGMA_M**2), (n, 2, 1, 1))
        known = [(new, self._row[one]) for new, one in enumerate(shopper_id) if one in self._row]
        if known:
            new, old = np.array(known).T
            mean[new] = self._mean[old]
            mean[new, :, :2] += (xy_m[new] - self._body[old])[:, None]
            cov[new] = self._cov[old] + np.eye(3) * (HAND_SPEED_M_S * elapsed_s) ** 2
        self._at_s, self._body = at_s, xy_m.copy()
        self._row = {one: row for row, one in enumerate(shopper_id)}
        prior = np.diag(1.0 / BODY_SIGMA_M**2)
        own = _inverse(cov)
        vector = np.einsum("nhij,nhj->nhi", own, mean) + centre @ prior
        return mean, cov, (own + prior).reshape(-1, 3, 3), vector.reshape(-1, 3)


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Rays that are there: `(k, 3)` origins, `(k, 3, 3)` projections across them, `(k,)` angular errors."""

    origin_m: FloatArray
    across: FloatArray
    sigma_rad: FloatArray

    def miss_m(self, xyz_m: FloatArray) -> FloatArray:
        """Distance `(k,)` of points `(k, 3)` from the rays."""
        gap: FloatArray = np.linalg.norm(np.einsum("kij,kj->ki", self.across, xyz_m - self.origin_m), axis=1)
        return gap

    def spread_m(self, cov_m2: FloatArray) -> FloatArray:
        """Standard deviation `(k,)` across the rays of points with covariances `(k, 3, 3)`."""
        spread: FloatArray = np.sqrt(np.einsum("kij,kji->k", self.across, cov_m2) / 2)
        return spread

    def sigma_m(self, xyz_m: FloatArray) -> FloatArray:
        """Standard deviation `(k,)` of the rays at points `(k, 3)`."""
        metres = np.linalg.norm(xyz_m - self.origin_m, axis=1)
        sigma: FloatArray = np.hypot(self.sigma_rad * metres, SMALLEST_SIGMA_M)
        return sigma


def _lines(row: IntArray, rays: WristRays, is_swapped: BoolArray) -> tuple[IntArray, _Lines]:
    """Rays of known people, and the wrist `(k,)` (2 * row + hand) each belongs to."""
    seen = np.isfinite(rays.direction).all(axis=2) & np.isfinite(rays.sigma_rad) & (row >= 0)[:, None]
    detection, hand = np.nonzero(seen)
    direction = rays.direction[detection, hand]
    across = np.eye(3) - direction[:, :, None] * direction[:, None, :]
    lines = _Lines(rays.origin_m[detection], across, rays.sigma_rad[detection, hand])
    return 2 * row[detection] + (hand ^ is_swapped[detection]), lines


def _are_swapped(mean: FloatArray, cov: FloatArray, row: IntArray, rays: WristRays) -> BoolArray:
    """Say which detections `(m,)` fit the predicted wrists clearly better with left and right exchanged."""
    cost = np.zeros((2, len(row)))
    for exchanged in (0, 1):
        slot, line = _lines(row, rays, np.full(len(row), bool(exchanged)))
        point, spread = mean.reshape(-1, 3)[slot], cov.reshape(-1, 3, 3)[slot]
        squared = line.miss_m(point) ** 2 / (line.sigma_m(point) ** 2 + line.spread_m(spread) ** 2)
        seen = np.isfinite(rays.direction).all(axis=2) & np.isfinite(rays.sigma_rad) & (row >= 0)[:, None]
        np.add.at(cost[exchanged], np.nonzero(seen)[0], np.minimum(squared, _LARGEST_MISS))
    swapped: BoolArray = cost[0] - cost[1] > _SWAP_GAIN
    return swapped


def _robust(weight: FloatArray, miss_m: FloatArray, sigma_m: FloatArray) -> FloatArray:
    """Push the weights of rays down that miss by many standard deviations."""
    robust: FloatArray = weight / np.maximum(1.0, miss_m / (_OUTLIER_SIGMAS * sigma_m)) ** 2
    return robust


def _solve(
    information: FloatArray, vector: FloatArray, slot: IntArray, line: _Lines, weight: FloatArray
) -> tuple[FloatArray, FloatArray]:
    total, right = information.copy(), vector.copy()
    weighted = line.across * weight[:, None, None]
    np.add.at(total, slot, weighted)
    np.add.at(right, slot, np.einsum("nij,nj->ni", weighted, line.origin_m))
    cov = _inverse(total)
    return np.einsum("nij,nj->ni", cov, right), cov


def _hand_points(wrist_m: FloatArray, xy_m: FloatArray) -> FloatArray:
    """Extend wrists `(n, 2, 3)` along the line from the shoulder axis: the elbow is not observed."""
    shoulder = np.concatenate([xy_m, np.full((len(xy_m), 1), SHOULDER_Z_M)], axis=1)[:, None]
    arm = wrist_m - shoulder
    length = np.maximum(np.linalg.norm(arm, axis=2, keepdims=True), 1e-6)
    hands: FloatArray = wrist_m + HAND_BEYOND_WRIST_M * arm / length
    return hands


def _inverse(matrix: FloatArray) -> FloatArray:
    inverse: FloatArray = np.asarray(np.linalg.inv(matrix), np.float64)
    return inverse
