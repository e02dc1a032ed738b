"""Points and polygons on the floor, metres; pure functions."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def contains(polygon_xy_m: FloatArray, xy_m: FloatArray) -> BoolArray:
    """Say which points `(n, 2)` lie inside a polygon `(m, 2)`, by the even-odd rule."""
    start, end = polygon_xy_m, np.roll(polygon_xy_m, -1, axis=0)
    x, y = xy_m[:, :1], xy_m[:, 1:]
    straddles = (start[:, 1] > y) != (end[:, 1] > y)
    rise = np.where(end[:, 1] == start[:, 1], 1.0, end[:, 1] - start[:, 1])
    crossing_x = start[:, 0] + (y - start[:, 1]) / rise * (end[:, 0] - start[:, 0])
    inside: BoolArray = np.count_nonzero(straddles & (x < crossing_x), axis=1) % 2 == 1
    return inside


def distance(polygon_xy_m: FloatArray, xy_m: FloatArray) -> FloatArray:
    """Distance of points `(n, 2)` to a polygon `(m, 2)`: 0 inside, else to the nearest edge."""
    start = polygon_xy_m
    edge = np.roll(polygon_xy_m, -1, axis=0) - start
    offset = xy_m[:, None, :] - start
    length2 = np.maximum(np.sum(edge * edge, axis=1), 1e-12)
    share = np.clip(np.sum(offset * edge, axis=2) / length2, 0.0, 1.0)
    to_edge = np.linalg.norm(offset - share[..., None] * edge, axis=2).min(axis=1)
    outside: FloatArray = np.where(contains(polygon_xy_m, xy_m), 0.0, to_edge)
    return outside
