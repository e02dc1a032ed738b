"""What stands on the floor of a store: where nobody can walk."""

from dataclasses import dataclass

import numpy as np

from cart_tracker.store_map import Shelf
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.layout_types import FloorRectangle

_POST_HALF_M = 0.05
_TOUCHING_M = 1e-6


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What stands on the floor of a room that spans 0..x and 0..y."""

    room_xy_m: tuple[float, float]
    rectangles: tuple[FloorRectangle, ...]

    def clearance_m(self, xy_m: FloatArray) -> FloatArray:
        """Return the distance of points `(n, 2)` to the nearest obstacle or wall; negative inside."""
        x, y = xy_m[:, 0], xy_m[:, 1]
        nearest = np.minimum.reduce([x, self.room_xy_m[0] - x, y, self.room_xy_m[1] - y])
        for rectangle in self.rectangles:
            outside = np.maximum(
                np.asarray(rectangle.low_xy_m) - xy_m, xy_m - np.asarray(rectangle.high_xy_m)
            )
            distance = np.hypot(*np.maximum(outside, 0.0).T) + np.minimum(outside.max(axis=1), 0.0)
            nearest = np.minimum(nearest, distance)
        return np.asarray(nearest)


def shelf_footprint(shelf: Shelf) -> FloorRectangle:
    """Return what an axis-aligned shelf covers of the floor."""
    corners = shelf.to_store(
        np.array([[along, inward, 0.0] for along in (0.0, shelf.width_m) for inward in (0.0, shelf.depth_m)])
    )
    (x0, y0, _), (x1, y1, _) = corners.min(axis=0), corners.max(axis=0)
    return FloorRectangle((float(x0), float(y0)), (float(x1), float(y1)))


def post_footprint(xy_m: tuple[float, float]) -> FloorRectangle:
    """Return what a post of a lane covers of the floor."""
    x, y = xy_m
    return FloorRectangle((x - _POST_HALF_M, y - _POST_HALF_M), (x + _POST_HALF_M, y + _POST_HALF_M))


def overlap(one: FloorRectangle, other: FloorRectangle, gap_m: float = -_TOUCHING_M) -> bool:
    """Tell whether two rectangles are nearer to each other than a gap; they may touch if none is given."""
    return all(
        low - gap_m < other_high and other_low < high + gap_m
        for low, high, other_low, other_high in zip(
            one.low_xy_m, one.high_xy_m, other.low_xy_m, other.high_xy_m, strict=True
        )
    )
