"""Turning between rotation vectors and matrices, and rigid fits in the plane."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from vision.types import FloatArray


def matrix_of(rotation_vector: FloatArray) -> FloatArray:
    """Rotation matrix `(3, 3)` of a rotation vector `(3,)`, radians."""
    return np.asarray(Rotation.from_rotvec(rotation_vector).as_matrix(), np.float64)


def vector_of(rotation: FloatArray) -> FloatArray:
    """Rotation vector `(3,)` of a matrix `(3, 3)`."""
    return np.asarray(Rotation.from_matrix(rotation).as_rotvec(), np.float64)


def about_z(turn_rad: float) -> FloatArray:
    """Rotation `(3, 3)` about the vertical, counter-clockwise from above."""
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


@dataclass(frozen=True, slots=True, eq=False)
class PlaneMove:
    """A turn and a shift in the plane, after a change of scale: `xy -> scale * turn(xy) + shift`."""

    turn_rad: float
    shift_m: FloatArray
    scale: float = 1.0

    def apply(self, xy_m: FloatArray) -> FloatArray:
        """Move points `(n, 2)`."""
        moved: FloatArray = self.scale * xy_m @ about_z(self.turn_rad)[:2, :2].T + self.shift_m
        return moved


def fit_move(from_m: FloatArray, to_m: FloatArray, *, with_scale: bool = False) -> PlaneMove:
    """Fit the move that takes points `(n, 2)` nearest to others; two distinct points are enough.

    Source: Umeyama, Least-squares estimation of transformation parameters between two point patterns, PAMI
        1991;
    in the plane it is one complex division.
    """
    a, b = (points[:, 0] + 1j * points[:, 1] for points in (from_m, to_m))
    middle_a, middle_b = a.mean(), b.mean()
    spread = float((np.abs(a - middle_a) ** 2).sum())
    cross = complex((np.conj(a - middle_a) * (b - middle_b)).sum())
    scale = abs(cross) / spread if with_scale else 1.0
    turn = cross / abs(cross) if abs(cross) > 0 else 1.0 + 0j
    shift = middle_b - scale * turn * middle_a
    return PlaneMove(float(np.angle(turn)), np.array([shift.real, shift.imag]), scale)
