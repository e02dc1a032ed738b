"""Box geometry in pixels, pure functions on xyxy arrays."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


def iou(first: FloatArray, second: FloatArray) -> FloatArray:
    """Intersection over union of boxes `(n, 4)` and `(m, 4)`: `(n, m)` in [0, 1]."""
    top_left = np.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(bottom_right - top_left, 0.0, None).prod(axis=2)
    area_first = (first[:, 2:] - first[:, :2]).prod(axis=1)
    area_second = (second[:, 2:] - second[:, :2]).prod(axis=1)
    union = area_first[:, None] + area_second[None, :] - shared
    overlap: FloatArray = shared / np.maximum(union, 1e-9)
    return overlap


def grown(xyxy: FloatArray, share: float) -> FloatArray:
    """Boxes `(n, 4)` grown on every side by `share` of their width and height."""
    margin = share * (xyxy[:, 2:] - xyxy[:, :2])
    return np.concatenate([xyxy[:, :2] - margin, xyxy[:, 2:] + margin], axis=1)


def touch(first: FloatArray, second: FloatArray) -> BoolArray:
    """Whether boxes `(n, 4)` and `(m, 4)` share any area: `(n, m)`."""
    apart: BoolArray = (
        (first[:, None, 0] >= second[None, :, 2])
        | (first[:, None, 2] <= second[None, :, 0])
        | (first[:, None, 1] >= second[None, :, 3])
        | (first[:, None, 3] <= second[None, :, 1])
    )
    return ~apart


def suppress(xyxy: FloatArray, max_overlap: float) -> IntArray:
    """Greedy non-maximum suppression of boxes `(n, 4)` sorted best first; returns the rows to keep."""
    overlap = iou(xyxy, xyxy) > max_overlap
    alive = np.ones(len(xyxy), np.bool_)
    for row in range(len(xyxy)):
        if alive[row]:
            alive[row + 1 :] &= ~overlap[row, row + 1 :]
    return np.flatnonzero(alive)
