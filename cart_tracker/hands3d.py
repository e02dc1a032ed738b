"""Where everybody's hands are, in metres: one small information filter per wrist, fed with rays.

A ray tells two of three coordinates; two rays tell all three by weighted least squares (the DLT of two or
more views, in the store's frame, so that covariances come along). One ray alone is completed by where the
wrist was before and by how far this person's hands are from the body: that is flagged, and its covariance is
as large as it must be. A wrist has a velocity, so rays that were captured up to a tenth of a second apart are
put where they belong in time. What the detector got wrong (left for right, another wrist) fails a chi-square
test against the other rays and the prediction.

Motion: an Ornstein-Uhlenbeck velocity (Uhlenbeck and Ornstein, 1930) that forgets within half a second, about
a body that the hand cannot leave: unseen, the estimate returns to the body with the spread of hands about it.
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
BODY_SIGMA_M = np.array([0.35, 0.35, 0.3])  # wrists of standing and reaching people about the body's axis
BODY_RETURN_S = 0.7  # a hand unseen for so long is anywhere about the body
HAND_SPEED_M_S = 0.5  # standard deviation of each coordinate's velocity while shopping
HAND_TURN_S = 0.4  # for so long a hand keeps its velocity
SMALLEST_SIGMA_M = 0.015  # a wrist keypoint is not a point
SHOULDER_Z_M = 1.4
HAND_BEYOND_WRIST_M = 0.09  # from the wrist to the grasped thing
LARGEST_AGE_S = 0.1  # rays older than their tick by more are taken for this old
REACH_LEARNED_PER_TICK = 0.02  # share of the newest two-view look in how far a person's hands reach
REACH_RANGE_M = (0.2, 0.55)
_REWEIGHTINGS = 2
_OUTLIER_SIGMAS = 2.5
_GATE = 13.8  # chi-square, 2 degrees of freedom, 99.9 %: a ray that misses by more is another hand's
_SWAP_GAIN = 8.0  # chi-square: detectors rarely take left for right
_LARGEST_MISS = 16.0
_COUNTED_WEIGHT = 0.1  # a ray pushed down below this share of its weight told nothing


@dataclass(frozen=True, slots=True, eq=False)
class WristRays:
    """Rays of one tick, two per detection; second axis left and right, NaN where unseen.

    Attributes:
        shopper_id: `(m,)` whose detection.
        origin_m: `(m, 3)` the camera.
        direction: `(m, 2, 3)` unit vectors.
        sigma_rad: `(m, 2)`.
        age_s: `(m,)` how long before the tick each was captured.
    """

    shopper_id: IntArray
    origin_m: FloatArray
    direction: FloatArray
    sigma_rad: FloatArray
    age_s: FloatArray


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

    @property
    def is_single_view(self) -> BoolArray:
        """Whether `(n, 2)` a hand's distance from the camera is told by arm and past alone."""
        single: BoolArray = self.views == 1
        return single


@dataclass(frozen=True, slots=True, eq=False)
class _Wrist:
    """Wrists at one time: `(k, 6)` position and velocity, and their `(k, 6, 6)` covariances."""

    mean: FloatArray
    cov: FloatArray


class Wrists:
    """State of all wrist filters."""

    def __init__(self) -> None:
        self._at_s = -np.inf
        self._row: dict[ShopperId, int] = {}
        self._state = _Wrist(np.empty((0, 2, 6)), np.empty((0, 2, 6, 6)))
        self._body = np.empty((0, 2))
        self._reach_m = np.empty(0)

    @property
    def wrist_m(self) -> FloatArray:
        """The wrists themselves after the last tick, `(n, 2, 3)`; their covariances are the hands'."""
        return self._state.mean[..., :3]

    def update(
        self, at_s: float, shopper_id: Sequence[ShopperId], state: FloatArray, rays: WristRays
    ) -> tuple[HandPoints, BoolArray]:
        """Move all wrists to `at_s` and correct them with the rays of this tick.

        Args:
            at_s: Capture time of the tick: of its newest frame.
            shopper_id: Who is on the floor.
            state: `(n, 4)` where they stand and how they move: x, y, vx, vy.
            rays: Rays of people in `shopper_id`; others are ignored.

        Returns:
            The hands, and `(m,)` which detections took the left hand for the right one.
        """
        xy_m, speed = state[:, :2], np.linalg.norm(state[:, 2:], axis=1)
        mean, cov = self._predict(at_s, shopper_id, xy_m)
        row_of = {int(one): row for row, one in enumerate(shopper_id)}
        row = np.array([row_of.get(int(one), -1) for one in rays.shopper_id], np.int64)
        is_swapped = _are_swapped(mean, cov, row, rays)
        slot, line = _lines(row, rays, is_swapped)
        flat, flat_cov = mean.reshape(-1, 6), cov.reshape(-1, 6, 6)
        counted = np.zeros(len(slot), np.bool_)
        if len(slot):
            flat, flat_cov, counted = _corrected(flat, flat_cov, slot, line)
        views = np.bincount(slot[counted], minlength=2 * len(shopper_id)).reshape(-1, 2)
        self._state = _Wrist(flat.reshape(-1, 2, 6), flat_cov.reshape(-1, 2, 6, 6))
        self._learn_reach(xy_m, views)
        hands = _hand_points(self.wrist_m, xy_m)
        cov_m2 = self._state.cov[..., :3, :3]
        return HandPoints(tuple(shopper_id), hands, cov_m2, views, xy_m, speed), is_swapped

    def _predict(
        self, at_s: float, shopper_id: Sequence[ShopperId], xy_m: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        n = len(shopper_id)
        elapsed_s = max(at_s - self._at_s, 0.0) if np.isfinite(self._at_s) else 0.0
        known = [(new, self._row[one]) for new, one in enumerate(shopper_id) if one in self._row]
        new, old = np.array(known, np.int64).reshape(-1, 2).T
        reach = np.full(n, BODY_SIGMA_M[0])
        reach[new] = self._reach_m[old]
        body_mean, body_cov = _about_body(xy_m, reach)
        mean, cov = body_mean.copy(), body_cov.copy()
        if len(new):
            moved = self._state.mean[old].copy()
            moved[..., :2] += (xy_m[new] - self._body[old])[:, None]
            mean[new], cov[new] = _moved(
                moved, self._state.cov[old], body_mean[new], body_cov[new], elapsed_s
            )
        self._at_s, self._body, self._reach_m = at_s, xy_m.copy(), reach
        self._row = {one: row for row, one in enumerate(shopper_id)}
        return mean, cov

    def _learn_reach(self, xy_m: FloatArray, views: IntArray) -> None:
        """Learn from looks by two cameras how far from the body this person's hands are."""
        beside = np.linalg.norm(self.wrist_m[..., :2] - xy_m[:, None], axis=2) / np.sqrt(2.0)
        seen = views >= 2
        share = REACH_LEARNED_PER_TICK * seen.sum(axis=1)
        newest = (np.square(beside) * seen).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
        learned = np.sqrt((1 - share) * np.square(self._reach_m) + share * newest)
        self._reach_m = np.clip(learned, *REACH_RANGE_M)


def _about_body(xy_m: FloatArray, reach_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Wrists nobody has seen: mean `(n, 2, 6)` and covariance `(n, 2, 6, 6)`."""
    n = len(xy_m)
    mean = np.zeros((n, 2, 6))
    mean[..., :2] = xy_m[:, None]
    mean[..., 2] = BODY_CENTRE_Z_M
    variance = np.empty((n, 6))
    variance[:, :2] = np.square(reach_m)[:, None]
    variance[:, 2] = BODY_SIGMA_M[2] ** 2
    variance[:, 3:] = HAND_SPEED_M_S**2
    return mean, np.repeat((np.eye(6) * variance[:, :, None])[:, None], 2, axis=1)


def _moved(
    mean: FloatArray, cov: FloatArray, body_mean: FloatArray, body_cov: FloatArray, elapsed_s: float
) -> tuple[FloatArray, FloatArray]:
    """Carry wrists `(k, 2, 6)` over a time: keep going, forget the velocity, fall back to the body."""
    kept = np.exp(-elapsed_s / HAND_TURN_S)
    move = np.eye(6)
    move[3:, 3:] *= kept
    move[:3, 3:] = np.eye(3) * HAND_TURN_S * (1 - kept)
    speed2 = HAND_SPEED_M_S**2
    noise = np.zeros((6, 6))
    span = 2 * elapsed_s / HAND_TURN_S - 3 + 4 * kept - kept**2
    noise[:3, :3] = np.eye(3) * speed2 * HAND_TURN_S**2 * max(span, 0.0)
    noise[:3, 3:] = noise[3:, :3] = np.eye(3) * speed2 * HAND_TURN_S * (1 - kept) ** 2
    noise[3:, 3:] = np.eye(3) * speed2 * (1 - kept**2)
    mean = mean @ move.T
    cov = move @ cov @ move.T + noise
    stay = np.exp(-elapsed_s / BODY_RETURN_S)
    back = np.array([stay, stay, stay, 1.0, 1.0, 1.0])
    mean = back * mean + (1 - back) * body_mean
    cov = back[:, None] * cov * back + (1 - np.outer(back, back)) * body_cov
    return mean, cov


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Rays that are there: `(k, 3)` origins, `(k, 3, 3)` projections across, `(k,)` errors and ages."""

    origin_m: FloatArray
    across: FloatArray
    sigma_rad: FloatArray
    age_s: FloatArray

    def then(self, state: FloatArray) -> FloatArray:
        """Where wrists `(k, 6)` were when each ray was captured, `(k, 3)`."""
        return state[:, :3] - self.age_s[:, None] * state[:, 3:]

    def miss_m(self, state: FloatArray) -> FloatArray:
        """Distance `(k,)` of wrists `(k, 6)` from the rays."""
        off = np.einsum("kij,kj->ki", self.across, self.then(state) - self.origin_m)
        gap: FloatArray = np.linalg.norm(off, axis=1)
        return gap

    def spread_m(self, cov: FloatArray) -> FloatArray:
        """Standard deviation `(k,)` across the rays of wrists with covariances `(k, 6, 6)`."""
        seen = self.rows()
        spread: FloatArray = np.sqrt(np.einsum("kia,kab,kib->k", seen, cov, seen) / 2)
        return spread

    def sigma_m(self, state: FloatArray) -> FloatArray:
        """Standard deviation `(k,)` of the rays at wrists `(k, 6)`."""
        metres = np.linalg.norm(state[:, :3] - self.origin_m, axis=1)
        sigma: FloatArray = np.hypot(self.sigma_rad * metres, SMALLEST_SIGMA_M)
        return sigma

    def rows(self) -> FloatArray:
        """What the rays measure of a wrist's state, `(k, 3, 6)`."""
        return np.concatenate([self.across, -self.age_s[:, None, None] * self.across], axis=2)


def _lines(row: IntArray, rays: WristRays, is_swapped: BoolArray) -> tuple[IntArray, _Lines]:
    """Rays of known people, and the wrist `(k,)` (2 * row + hand) each belongs to."""
    detection, hand = np.nonzero(_seen(row, rays))
    direction = rays.direction[detection, hand]
    across = np.eye(3) - direction[:, :, None] * direction[:, None, :]
    age_s = np.clip(rays.age_s[detection], 0.0, LARGEST_AGE_S)
    lines = _Lines(rays.origin_m[detection], across, rays.sigma_rad[detection, hand], age_s)
    return 2 * row[detection] + (hand ^ is_swapped[detection]), lines


def _seen(row: IntArray, rays: WristRays) -> BoolArray:
    seen: BoolArray = np.isfinite(rays.direction).all(axis=2) & np.isfinite(rays.sigma_rad)
    return seen & (row >= 0)[:, None]


def _are_swapped(mean: FloatArray, cov: FloatArray, row: IntArray, rays: WristRays) -> BoolArray:
    """Say which detections `(m,)` fit the predicted wrists clearly better with left and right exchanged."""
    cost = np.zeros((2, len(row)))
    detection = np.nonzero(_seen(row, rays))[0]
    for exchanged in (0, 1):
        slot, line = _lines(row, rays, np.full(len(row), bool(exchanged)))
        wrist, spread = mean.reshape(-1, 6)[slot], line.spread_m(cov.reshape(-1, 6, 6)[slot])
        squared = line.miss_m(wrist) ** 2 / (line.sigma_m(wrist) ** 2 + spread**2)
        np.add.at(cost[exchanged], detection, np.minimum(squared, _LARGEST_MISS))
    swapped: BoolArray = cost[0] - cost[1] > _SWAP_GAIN
    return swapped


def _corrected(
    mean: FloatArray, cov: FloatArray, slot: IntArray, line: _Lines
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Correct wrists `(k, 6)` by rays; also `(rays,)` which of them told something.

    Weights start from how well each ray fits the prediction, since of two rays nothing else tells the wrong
    one, and are found anew from the fit; what then still fails the test is left out.
    """
    information = _inverse(cov)
    vector = np.einsum("kij,kj->ki", information, mean)
    sigma = line.sigma_m(mean[slot])
    full = 1.0 / sigma**2
    weight = _robust(full, line.miss_m(mean[slot]), np.hypot(sigma, line.spread_m(cov[slot])))
    for _ in range(1 + _REWEIGHTINGS):
        found, found_cov = _solve(information, vector, slot, line, weight)
        miss = line.miss_m(found[slot])
        weight = _robust(full, miss, sigma)
    weight = np.where((miss / sigma) ** 2 > _GATE, 0.0, weight)
    found, found_cov = _solve(information, vector, slot, line, weight)
    return found, found_cov, weight > _COUNTED_WEIGHT * full


def _robust(weight: FloatArray, miss_m: FloatArray, sigma_m: FloatArray) -> FloatArray:
    """Push the weights of rays down that miss by many standard deviations."""
    robust: FloatArray = weight / np.maximum(1.0, miss_m / (_OUTLIER_SIGMAS * sigma_m)) ** 2
    return robust


def _solve(
    information: FloatArray, vector: FloatArray, slot: IntArray, line: _Lines, weight: FloatArray
) -> tuple[FloatArray, FloatArray]:
    total, right = information.copy(), vector.copy()
    rows = line.rows()
    weighted = rows.transpose(0, 2, 1) * weight[:, None, None]
    np.add.at(total, slot, weighted @ rows)
    np.add.at(right, slot, np.einsum("kij,kj->ki", weighted @ line.across, line.origin_m))
    cov = _inverse(total)
    return np.einsum("kij,kj->ki", cov, right), cov


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
