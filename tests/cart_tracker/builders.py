"""Small observations and stores for tests."""

import numpy as np

from cart_tracker.observations import CameraId, PeopleSeen

CAMERA_XYZ = {"cam1": (0.2, 0.2, 2.7), "cam2": (5.8, 0.2, 2.7), "cam3": (0.2, 3.8, 2.7)}


def people(camera: str, at_s: float, *rows: tuple[int, float, float], score: float = 0.9) -> PeopleSeen:
    """A frame with people (tracklet, x, y) and no wrists."""
    n = len(rows)
    return PeopleSeen(
        CameraId(camera),
        at_s,
        np.array([row[0] for row in rows], np.int64),
        np.full(n, score),
        np.array([row[1:] for row in rows], float).reshape(n, 2),
        np.tile(np.eye(2) * 0.02**2, (n, 1, 1)),
        np.full((n, 2, 3), np.nan),
        np.full((n, 2), np.nan),
        np.array(CAMERA_XYZ[camera]),
    )
