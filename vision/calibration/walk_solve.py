"""Clocks and poses from one walk: everything that was seen of head and feet explained at once.

Unknown are the walker's way (a cubic spline over the floor), height and how far the head is ahead of the
feet, how late every camera's clock is, and a small correction of every pose; the calibration from the sheets
holds poses as tightly as it was accurate. Source: the walk as calibration target follows Guan et al.,
Extrinsic calibration of camera networks using a sphere / a walking person, 2016; differs: no pair of cameras
must see head and feet at the same moment, because the way is a function of time and clocks are unknowns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline
from scipy.sparse import coo_matrix, csr_matrix

from cart_tracker.observations import CameraId
from vision.calibration.disagreement import Disagreement
from vision.calibration.rotations import matrix_of
from vision.calibration.walk_sightings import WalkTrack
from vision.calibration.walk_start import first_lateness
from vision.camera_model import CameraModel
from vision.types import FloatArray, IntArray

_KNOT_S = 0.4
_ACCELERATION_M_S2 = 2.0  # of people who turn corners
_ANKLE_M = 0.09
_HEIGHT_M, _HEIGHT_SIGMA_M = 1.70, 0.12
_AHEAD_SIGMA_M = 0.08  # head before feet
_LATE_SIGMA_S = 1.0
# Keypoints err in the same way for several frames; every one counts for less than it seems.
_REPEATED = 3.0
_HUBER = 2.0
_MOST_STEPS, _ENOUGH_GAIN = 30, 1e-6
# Networks err about heads and feet by some pixels in one direction, several milliradians of pose. Cameras
# that sheets calibrated are held: in rendered stores their disagreement went from 0.1 to 1.3, and from 0.0
# to 5.0 cm when they were not.
_HELD_BELOW_RAD = 0.015
_HELD = 1e-3  # of the standard deviations, for poses that are held
_USUAL_ROTATION_RAD, _USUAL_POSITION_M = 0.004, 0.02
_PAIRED_S = 0.15
_SLOW_M_S = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class PoseSigma:
    """How accurate a camera's calibration is before the walk."""

    rotation_rad: float = _USUAL_ROTATION_RAD
    position_m: float = _USUAL_POSITION_M


@dataclass(frozen=True, slots=True, eq=False)
class WalkCalibration:
    """What a walk says.

    Attributes:
        cameras: With their corrected poses, in the order of the tracks.
        late_s: How late each camera's stamps are, against the middle one.
        late_sigma_s: Standard deviation of that.
        height_m: Of the walker.
        before: Distances between where pairs of cameras saw the feet at one time, by the old poses and
            clocks.
        after: The same with the new ones.
        moved_m: By how much each camera's position changed.
        turned_rad: By how much it was turned.
        way_m: `(n, 2)` where the walker went, every tenth of a second.
    """

    cameras: tuple[CameraModel, ...]
    late_s: Mapping[CameraId, float]
    late_sigma_s: Mapping[CameraId, float]
    height_m: float
    before: Disagreement
    after: Disagreement
    moved_m: Mapping[CameraId, float]
    turned_rad: Mapping[CameraId, float]
    way_m: FloatArray


def solve_walk(
    cameras: Sequence[CameraModel],
    tracks: Sequence[WalkTrack],
    sigmas: Mapping[CameraId, PoseSigma],
    *,
    keep_poses: bool = False,
) -> WalkCalibration:
    """Find clocks, and corrections of poses.

    Args:
        cameras: As calibrated so far; one per track.
        tracks: Two or more.
        sigmas: How accurate they are; usual values for those left out.
        keep_poses: Only clocks.

    Raises:
        CalibrationError: If the walk does not join the cameras.
    """
    late = first_lateness(tracks)
    problem = _Walk(cameras, tracks, late, [sigmas.get(t.camera_id) for t in tracks], keep_poses)
    x, normal = _minimised(problem)
    return problem.calibration(x, normal)


def _minimised(problem: "_Walk") -> tuple[FloatArray, FloatArray]:
    """Return the best unknowns, and the normal matrix there.

    Levenberg and Marquardt's method with Huber's loss for what was seen but not for what is known
    beforehand: under a loss for all, a network that errs carries a well calibrated camera away, which
        SciPy's solver cannot be told.
    Source: Holland and Welsch, Robust regression using iteratively reweighted least-squares, 1977.
    """
    x, damping = problem.start, 1e-3
    cost, weight = problem.cost(x)
    normal = np.empty((0, 0))
    for _ in range(_MOST_STEPS):
        jacobian = problem.jacobian(x).multiply(np.sqrt(weight)[:, None]).tocsr()
        residual = np.sqrt(weight) * problem.residuals(x)
        normal = np.asarray((jacobian.T @ jacobian).todense())
        gradient = jacobian.T @ residual
        gained = 0.0
        while damping < 1e9:
            step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), -gradient)
            tried, new_weight = problem.cost(x + step)
            gained = cost - tried
            if gained >= 0:
                x, cost, weight, damping = x + step, tried, new_weight, damping / 5
                break
            damping *= 5
        if gained <= _ENOUGH_GAIN * cost:
            break
    return x, normal


class _Walk:
    """Unknowns in a row: way (x, y of each coefficient), height, ahead, then per camera late, turn, shift."""

    def __init__(
        self,
        cameras: Sequence[CameraModel],
        tracks: Sequence[WalkTrack],
        late_s: FloatArray,
        sigmas: Sequence[PoseSigma | None],
        keep_poses: bool,
    ) -> None:
        self._cameras, self._tracks, self._late_s = tuple(cameras), tuple(tracks), late_s
        known = [PoseSigma() if sigma is None else sigma for sigma in sigmas]
        self._pose_sigma = np.array([[s.rotation_rad] * 3 + [s.position_m] * 3 for s in known])
        is_held = np.array(
            [keep_poses or (s is not None and s.rotation_rad < _HELD_BELOW_RAD) for s in sigmas]
        )
        self._pose_sigma[is_held] *= _HELD
        true_s = [track.at_s - late for track, late in zip(tracks, late_s, strict=True)]
        low, high = min(t[0] for t in true_s) - 1.0, max(t[-1] for t in true_s) + 1.0
        inner = np.arange(low, high + _KNOT_S, _KNOT_S)
        self._knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
        self._span_s = (float(inner[0]), float(inner[-1]))
        self._count = len(self._knots) - 4
        self._height = 2 * self._count
        self._first = self._height + 2
        self.start: FloatArray = np.concatenate(
            [self._first_way(true_s), [_HEIGHT_M, 0.0], np.zeros(7 * len(tracks))]
        )

    def residuals(self, x: FloatArray) -> FloatArray:
        """Everything that should be zero, in standard deviations."""
        parts = []
        for n in range(len(self._tracks)):
            for uv, sigma, xyz in self._seen(x, n):
                expected = self._camera(x, n).project(xyz)
                off = (uv - expected) / (_REPEATED * sigma[:, None])
                parts.append(np.nan_to_num(off, nan=0.0).ravel())
        return np.concatenate([*parts, self._prior() @ x - self._prior_mean()])

    def cost(self, x: FloatArray) -> tuple[float, FloatArray]:
        """Return what is minimised, and the weight of each residual at these unknowns."""
        off = np.abs(self.residuals(x))
        weight = np.ones(len(off))
        seen = slice(0, len(off) - len(self._prior_mean()))
        weight[seen] = np.minimum(1.0, _HUBER / np.maximum(off[seen], 1e-12))
        # Huber's loss is w r (2 r - w r): the square inside, a line outside.
        return float((weight * off * (2 * off - weight * off)).sum()), weight

    def jacobian(self, x: FloatArray) -> csr_matrix:
        """Derivatives of the residuals, `(residuals, unknowns)`: through the floor to way, clock and body."""
        rows, columns, values = [], [], []
        first_row = 0

        def put(row: IntArray, column: IntArray | int, value: FloatArray) -> None:
            rows.append(row.ravel())
            columns.append(np.broadcast_to(column, row.shape).ravel())
            values.append(np.nan_to_num(value, nan=0.0).ravel())

        for n in range(len(self._tracks)):
            camera, at_s = self._camera(x, n), self._true_s(x, n)
            basis, which = self._basis(at_s)
            speed = self._way(x, at_s, 1)
            ahead = _heading(speed)
            own = self._first + 7 * n
            for part, (_, sigma, xyz) in enumerate(self._seen(x, n)):
                by_place, by_pose = _derivatives(camera, xyz)
                scale = -1 / (_REPEATED * sigma)
                row = first_row + 2 * np.arange(len(at_s), dtype=np.int64)[:, None] + np.arange(2)
                for k in range(4):
                    for axis in (0, 1):
                        slope = by_place[:, :, axis] * (scale * basis[:, k])[:, None]
                        put(row, (2 * which[:, k] + axis)[:, None], slope)
                along = (by_place[:, :, 0] * speed[:, :1] + by_place[:, :, 1] * speed[:, 1:]) * scale[:, None]
                put(row, own, -along)
                for k in range(6):
                    put(row, own + 1 + k, by_pose[:, :, k] * scale[:, None])
                if part == 0:
                    put(row, self._height, by_place[:, :, 2] * scale[:, None])
                    to_head = by_place[:, :, 0] * ahead[:, :1] + by_place[:, :, 1] * ahead[:, 1:]
                    put(row, self._height + 1, to_head * scale[:, None])
                first_row += 2 * len(at_s)
        prior = self._prior().tocoo()
        matrix = coo_matrix(
            (
                np.concatenate([*values, prior.data]),
                (np.concatenate([*rows, first_row + prior.row]), np.concatenate([*columns, prior.col])),
            ),
            shape=(first_row + prior.shape[0], len(x)),
        ).tocsr()
        # What was not seen says nothing.
        seen = np.concatenate(
            [np.isfinite(uv).ravel() for n in range(len(self._tracks)) for uv, _, _ in self._seen(x, n)]
        )
        keep = np.concatenate([seen, np.ones(prior.shape[0], bool)]).astype(float)
        return matrix.multiply(keep[:, None]).tocsr()

    def calibration(self, x: FloatArray, normal: FloatArray) -> WalkCalibration:
        """Say in words of the store what the numbers mean."""
        late = self._late_s + x[self._first :: 7]
        middle = float(np.median(late))
        sigma = np.sqrt(np.maximum(np.diag(np.linalg.pinv(normal, hermitian=True)), 0.0))[self._first :: 7]
        ids = [track.camera_id for track in self._tracks]
        cameras = tuple(self._camera(x, n) for n in range(len(ids)))
        own = x[self._first :].reshape(-1, 7)
        times = np.arange(*self._span_s, 0.1)
        return WalkCalibration(
            cameras,
            dict(zip(ids, (late - middle).tolist(), strict=True)),
            dict(zip(ids, sigma.tolist(), strict=True)),
            float(x[self._height]),
            self._disagreement(x, self._cameras, np.zeros(len(ids))),
            self._disagreement(x, cameras, late),
            dict(zip(ids, np.linalg.norm(own[:, 4:], axis=1).tolist(), strict=True)),
            dict(zip(ids, np.linalg.norm(own[:, 1:4], axis=1).tolist(), strict=True)),
            self._way(x, times),
        )

    def _disagreement(
        self, x: FloatArray, cameras: Sequence[CameraModel], late_s: FloatArray
    ) -> Disagreement:
        """Compare feet that two cameras saw at nearly one time, the way in between taken into account."""
        errors = []
        for n, track in enumerate(self._tracks):
            at_s = track.at_s - late_s[n]
            place = cameras[n].at_height(np.nan_to_num(track.feet_uv, nan=-1e4), _ANKLE_M)
            place[np.isnan(track.feet_uv[:, 0])] = np.nan
            errors.append((at_s, place - self._way(x, np.clip(at_s, *self._span_s))))
        distances = []
        for a in range(len(errors)):
            for b in range(a):
                nearest = np.abs(errors[a][0][:, None] - errors[b][0][None]).argmin(axis=1)
                is_paired = np.abs(errors[a][0] - errors[b][0][nearest]) < _PAIRED_S
                distances.append(np.linalg.norm(errors[a][1] - errors[b][1][nearest], axis=1)[is_paired])
        joined = np.concatenate(distances) if distances else np.empty(0)
        return Disagreement(joined[np.isfinite(joined)])

    def _seen(self, x: FloatArray, n: int) -> tuple[tuple[FloatArray, FloatArray, FloatArray], ...]:
        """Return pixels, sigma and places `(n, 3)` of heads, then of feet, of one camera."""
        track, at_s = self._tracks[n], self._true_s(x, n)
        feet = self._way(x, at_s)
        head = feet + x[self._height + 1] * _heading(self._way(x, at_s, 1))
        ones = np.ones((len(at_s), 1))
        return (
            (track.head_uv, track.head_sigma_px, np.hstack([head, x[self._height] * ones])),
            (track.feet_uv, track.feet_sigma_px, np.hstack([feet, _ANKLE_M * ones])),
        )

    def _true_s(self, x: FloatArray, n: int) -> FloatArray:
        late = self._late_s[n] + x[self._first + 7 * n]
        return np.asarray(np.clip(self._tracks[n].at_s - late, *self._span_s), np.float64)

    def _camera(self, x: FloatArray, n: int) -> CameraModel:
        camera, own = self._cameras[n], x[self._first + 7 * n : self._first + 7 * n + 7]
        return CameraModel(
            camera.camera_id,
            camera.size_px,
            camera.matrix,
            camera.distortion,
            matrix_of(own[1:4]) @ camera.rotation,
            camera.position_m + own[4:7],
            camera.lens,
        )

    def _way(self, x: FloatArray, at_s: FloatArray, derivative: int = 0) -> FloatArray:
        spline = BSpline(self._knots, x[: self._height].reshape(-1, 2), 3)
        return np.asarray(spline(at_s, nu=derivative), np.float64)

    def _basis(self, at_s: FloatArray) -> tuple[FloatArray, IntArray]:
        """Return the four coefficients' weights `(n, 4)` at times, and which coefficients they are."""
        matrix = BSpline.design_matrix(at_s, self._knots, 3).tocsr()
        return (
            np.asarray(matrix.data, np.float64).reshape(-1, 4),
            np.asarray(matrix.indices, np.int64).reshape(-1, 4),
        )

    def _first_way(self, true_s: Sequence[FloatArray]) -> FloatArray:
        """Draw the way through the median of what all cameras saw of it, every knot's length of time."""
        at = np.concatenate(true_s)
        xy = np.concatenate([track.floor_xy_m for track in self._tracks])
        known = np.isfinite(xy[:, 0])
        at, xy = at[known], xy[known]
        middles = np.convolve(self._knots[1:-1], np.ones(3) / 3, mode="valid")[: self._count]
        median = np.array(
            [
                np.median(xy[near], axis=0)
                if (near := np.abs(at - t) < _KNOT_S / 2).any()
                else [np.nan, np.nan]
                for t in middles
            ]
        )
        there = np.isfinite(median[:, 0])
        return np.column_stack(
            [np.interp(middles, middles[there], median[there, axis]) for axis in (0, 1)]
        ).ravel()

    def _prior(self) -> csr_matrix:
        """Rows of what is known beforehand: smooth ways, usual heights, clocks, poses."""
        smooth = self._count - 2
        scale = 1 / (_KNOT_S**2 * _ACCELERATION_M_S2)
        rows, columns, values = [], [], []
        for k, weight in enumerate((1.0, -2.0, 1.0)):
            for axis in (0, 1):
                rows.append(2 * np.arange(smooth) + axis)
                columns.append(2 * (np.arange(smooth) + k) + axis)
                values.append(np.full(smooth, weight * scale))
        single = np.concatenate(
            [
                [1 / _HEIGHT_SIGMA_M, 1 / _AHEAD_SIGMA_M],
                np.column_stack(
                    [np.full(len(self._tracks), 1 / _LATE_SIGMA_S), 1 / self._pose_sigma]
                ).ravel(),
            ]
        )
        # The first camera's clock is the clock.
        single[2] = 1e6
        rows.append(2 * smooth + np.arange(len(single)))
        columns.append(self._height + np.arange(len(single)))
        values.append(single)
        shape = (2 * smooth + len(single), self._first + 7 * len(self._tracks))
        return coo_matrix(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape
        ).tocsr()

    def _prior_mean(self) -> FloatArray:
        mean = np.zeros(2 * (self._count - 2) + 2 + 7 * len(self._tracks))
        mean[2 * (self._count - 2)] = _HEIGHT_M / _HEIGHT_SIGMA_M
        return mean


def _heading(speed_m_s: FloatArray) -> FloatArray:
    """Unit vectors along a velocity; shorter where somebody hardly moves."""
    return np.asarray(speed_m_s / np.maximum(np.linalg.norm(speed_m_s, axis=1, keepdims=True), _SLOW_M_S))


def _derivatives(camera: CameraModel, xyz_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return how pixels change with a point's place `(n, 2, 3)` and the camera's pose `(n, 2, 6)`."""
    step = 1e-5
    here = camera.project(xyz_m)
    by_place = np.stack([(camera.project(xyz_m + step * e) - here) / step for e in np.eye(3)], axis=2)
    turned = []
    for axis in np.eye(3):
        other = CameraModel(
            camera.camera_id,
            camera.size_px,
            camera.matrix,
            camera.distortion,
            matrix_of(step * axis) @ camera.rotation,
            camera.position_m,
            camera.lens,
        )
        turned.append((other.project(xyz_m) - here) / step)
    return by_place, np.concatenate([np.stack(turned, axis=2), -by_place], axis=2)
