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


@dataclass(frozen=True, slots=True, eq=False)
class WristRays:
    """Rays of one tick.

    Attributes:
        shopper_id: `(m,)` whose wrist.
        hand: `(m,)` 0 left, 1 right.
        origin_m: `(m, 3)` the camera.
        direction: `(m, 3)` unit vectors.
        sigma_rad: `(m,)`.
    """

    shopper_id: IntArray
    hand: IntArray
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
    ) -> HandPoints:
        """Move all wrists to `at_s` and correct them with the rays of this tick.

        Args:
            at_s: Capture time of the tick.
            shopper_id: Who is on the floor.
            state: `(n, 4)` where they stand and how they move: x, y, vx, vy.
            rays: Rays of people in `shopper_id`; others are ignored.
        """
        xy_m, speed = state[:, :2], np.linalg.norm(state[:, 2:], axis=1)
        mean, information, vector = self._predict(at_s, shopper_id, xy_m)
        slot, rays = _slots(shopper_id, rays)
        views = np.bincount(slot, minlength=2 * len(shopper_id)).reshape(-1, 2)
        flat = mean.reshape(-1, 3)
        cov = _inverse(information)
        if len(slot):
            across = np.eye(3) - rays.direction[:, :, None] * rays.direction[:, None, :]
            metres = np.linalg.norm(flat[slot] - rays.origin_m, axis=1)
            sigma = np.hypot(rays.sigma_rad * metres, SMALLEST_SIGMA_M)
            weight = 1.0 / sigma**2
            for _ in range(1 + _REWEIGHTINGS):
                flat, cov = _solve(information, vector, slot, across, rays.origin_m, weight)
                miss = np.linalg.norm(np.einsum("nij,nj->ni", across, flat[slot] - rays.origin_m), axis=1)
                weight = 1.0 / (sigma**2 * np.maximum(1.0, miss / (_OUTLIER_SIGMAS * sigma)) ** 2)
        self._mean, self._cov = flat.reshape(-1, 2, 3), cov.reshape(-1, 2, 3, 3)
        hands = _hand_points(self._mean, xy_m)
        return HandPoints(tuple(shopper_id), hands, self._cov, views, xy_m, speed)

    def _predict(
        self, at_s: float, shopper_id: Sequence[ShopperId], xy_m: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
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
        return mean, (own + prior).reshape(-1, 3, 3), vector.reshape(-1, 3)


def _slots(shopper_id: Sequence[ShopperId], rays: WristRays) -> tuple[IntArray, WristRays]:
    row = {int(one): index for index, one in enumerate(shopper_id)}
    rows = np.array([row.get(int(one), -1) for one in rays.shopper_id], np.int64)
    good = (rows >= 0) & np.isfinite(rays.direction).all(axis=1) & np.isfinite(rays.sigma_rad)
    kept = WristRays(
        rays.shopper_id[good],
        rays.hand[good],
        rays.origin_m[good],
        rays.direction[good],
        rays.sigma_rad[good],
    )
    return 2 * rows[good] + kept.hand, kept


def _solve(
    information: FloatArray,
    vector: FloatArray,
    slot: IntArray,
    across: FloatArray,
    origin_m: FloatArray,
    weight: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    total, right = information.copy(), vector.copy()
    weighted = across * weight[:, None, None]
    np.add.at(total, slot, weighted)
    np.add.at(right, slot, np.einsum("nij,nj->ni", weighted, origin_m))
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
