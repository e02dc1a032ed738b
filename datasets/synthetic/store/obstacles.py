"""What stands on the floor of a store: where nobody can walk."""

from dataclasses import dataclass

import numpy as np

from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.layout_types import FloorRectangle


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
