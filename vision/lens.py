"""How lenses bend light: tangents off the axis to where they fall on the picture, and back.

Two models, both with OpenCV's coefficients: Brown for ordinary lenses and Kannala-Brandt for wide ones.
Both are polynomials that turn back somewhere; a lens sees nothing past that edge, and neither do these.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

MAX_BROWN_RAD = np.arctan(3.0)  # 143 degrees across; calibrated with ordinary lenses, it says nothing beyond
MAX_KANNALA_BRANDT_RAD = np.radians(80.0)  # 160 degrees across
_STEPS = 1024
_NEWTON_ROUNDS = 8  # the start is good to 1e-3 and every round doubles the digits; the edge is slower


class Lens(StrEnum):
    """Which polynomial bends the light."""

    BROWN = "brown"
    KANNALA_BRANDT = "kannala-brandt"

    @property
    def coefficient_count(self) -> int:
        """Brown has k1, k2, p1, p2, k3; Kannala-Brandt k1 to k4."""
        return 5 if self is Lens.BROWN else 4


@dataclass(frozen=True, slots=True, eq=False)
class _Profile:
    """The radial part of a lens up to its edge.

    Attributes:
        radius: `(n,)` rising tangents (Brown) or angles in radians (Kannala-Brandt) off the axis.
        bent: `(n,)` where they fall, rising.
    """

    radius: FloatArray
    bent: FloatArray


def bend(lens: Lens, coefficients: FloatArray, xy: FloatArray) -> FloatArray:
    """Map tangents off the axis `(n, 2)` to where the lens throws them `(n, 2)`, focal length one.

    NaN past the edge of the field. Sources: Brown, Decentering distortion of lenses, 1966; Kannala and
    Brandt, A generic camera model, PAMI 2006, both as in OpenCV.
    """
    radius = np.hypot(xy[:, 0], xy[:, 1])
    if lens is Lens.BROWN:
        bent = _brown(coefficients, xy)
    else:
        angle = np.arctan(radius)
        bent = xy * (_along(coefficients, angle) / np.maximum(radius, 1e-12))[:, None]
    bent[radius > field_edge(lens, coefficients)] = np.nan
    return bent


def straighten(lens: Lens, coefficients: FloatArray, bent: FloatArray) -> FloatArray:
    """Invert `bend`, `(n, 2)` to `(n, 2)`; NaN where the lens throws no light."""
    profile = _profile(lens, tuple(coefficients))
    fallen = np.hypot(bent[:, 0], bent[:, 1])
    start = np.interp(fallen, profile.bent, profile.radius)
    if lens is Lens.BROWN:
        xy = bent * (start / np.maximum(fallen, 1e-12))[:, None]
        xy = _newton(coefficients, xy, bent)
    else:
        for _ in range(_NEWTON_ROUNDS):
            slope = np.maximum(_slope(coefficients, start), 1e-6)
            start = np.clip(start - (_along(coefficients, start) - fallen) / slope, 0.0, profile.radius[-1])
        xy = bent * (np.tan(start) / np.maximum(fallen, 1e-12))[:, None]
    # Whatever lies past the edge was found somewhere else or nowhere; thrown back, it shows.
    off = np.abs(bend(lens, coefficients, xy) - bent).max(axis=1, initial=0.0)
    xy[~(off < 1e-6)] = np.nan
    return xy


def field_edge(lens: Lens, coefficients: FloatArray) -> float:
    """Return the largest tangent off the axis that the lens sees."""
    last = float(_profile(lens, tuple(coefficients)).radius[-1])
    return last if lens is Lens.BROWN else float(np.tan(last))


@lru_cache(maxsize=256)
def _profile(lens: Lens, coefficients: tuple[float, ...]) -> _Profile:
    values = np.array(coefficients)
    if lens is Lens.BROWN:
        radius = np.linspace(0.0, np.tan(MAX_BROWN_RAD), _STEPS)
        bent = _brown(np.array([*values[:2], 0.0, 0.0, values[4]]), np.stack([radius, 0 * radius], 1))[:, 0]
    else:
        radius = np.linspace(0.0, MAX_KANNALA_BRANDT_RAD, _STEPS)
        bent = _along(values, radius)
    folds = np.flatnonzero(np.diff(bent) <= 0)
    last = int(folds[0]) + 1 if len(folds) else _STEPS
    return _Profile(radius[:last], bent[:last])


def _brown(coefficients: FloatArray, xy: FloatArray) -> FloatArray:
    k1, k2, p1, p2, k3 = coefficients
    x, y = xy[:, 0], xy[:, 1]
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return np.column_stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
        ]
    )


def _newton(coefficients: FloatArray, xy: FloatArray, bent: FloatArray) -> FloatArray:
    """Improve tangents `xy` until Brown's polynomial throws them to `bent`."""
    k1, k2, p1, p2, k3 = coefficients
    limit = 2 * np.tan(MAX_BROWN_RAD)
    for _ in range(_NEWTON_ROUNDS):
        x, y = xy[:, 0], xy[:, 1]
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        by_r2 = k1 + r2 * (2 * k2 + 3 * r2 * k3)
        xx = radial + 2 * x * x * by_r2 + 2 * p1 * y + 6 * p2 * x
        yy = radial + 2 * y * y * by_r2 + 6 * p1 * y + 2 * p2 * x
        mixed = 2 * x * y * by_r2 + 2 * p1 * x + 2 * p2 * y
        determinant = xx * yy - mixed * mixed
        determinant = np.where(np.abs(determinant) < 1e-6, 1e-6, determinant)
        off = _brown(coefficients, xy) - bent
        step = np.column_stack([yy * off[:, 0] - mixed * off[:, 1], xx * off[:, 1] - mixed * off[:, 0]])
        xy = np.clip(xy - step / determinant[:, None], -limit, limit)
    return xy


def _along(coefficients: FloatArray, angle: FloatArray) -> FloatArray:
    """Kannala-Brandt: angles off the axis to distances from the middle."""
    k1, k2, k3, k4 = coefficients
    square = angle * angle
    along: FloatArray = angle * (1 + square * (k1 + square * (k2 + square * (k3 + square * k4))))
    return along


def _slope(coefficients: FloatArray, angle: FloatArray) -> FloatArray:
    k1, k2, k3, k4 = coefficients
    square = angle * angle
    slope: FloatArray = 1 + square * (3 * k1 + square * (5 * k2 + square * (7 * k3 + square * 9 * k4)))
    return slope
