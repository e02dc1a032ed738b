"""How far apart two cameras put the same point of the floor: the figure a calibration is judged by."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from vision.calibration.tags import TagSighting
from vision.camera_model import Camera
from vision.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Disagreement:
    """Distances between where pairs of cameras put the same floor points.

    Attributes:
        distance_m: `(n,)`, one per point and pair of cameras that see it.
    """

    distance_m: FloatArray

    @property
    def median_m(self) -> float:
        """Half of the pairs are nearer; NaN if no point is seen twice."""
        return float(np.median(self.distance_m)) if len(self.distance_m) else float("nan")

    @property
    def p95_m(self) -> float:
        """95 % of the pairs are nearer; NaN if no point is seen twice."""
        return float(np.quantile(self.distance_m, 0.95)) if len(self.distance_m) else float("nan")


def disagreement(points_m: Sequence[FloatArray]) -> Disagreement:
    """Compare what cameras say about the same points.

    Args:
        points_m: Per camera `(n, 2)`, NaN where it does not see a point.
    """
    distances = [np.linalg.norm(a - b, axis=1) for a, b in combinations(points_m, 2)]
    joined = np.concatenate(distances) if distances else np.empty(0)
    return Disagreement(joined[np.isfinite(joined)])


def tag_disagreement(cameras: Sequence[Camera], sightings: Sequence[TagSighting]) -> Disagreement:
    """Compare where cameras put the corners of the tags that they share."""
    tags = sorted({sighting.tag_id for sighting in sightings})
    points = []
    for camera in cameras:
        mine = {s.tag_id: s.uv_px for s in sightings if s.camera_id == camera.camera_id}
        seen = [camera.at_height(mine[tag]) if tag in mine else np.full((4, 2), np.nan) for tag in tags]
        points.append(np.concatenate(seen) if seen else np.empty((0, 2)))
    return disagreement(points)
