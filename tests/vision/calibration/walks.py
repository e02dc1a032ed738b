"""A walk as a detector would report it, without pictures: heads and feet with noise, clocks that are off."""

from collections.abc import Sequence

import numpy as np

from vision.calibration.walk_sightings import WalkTrack
from vision.camera_model import CameraModel
from vision.types import FloatArray

HEIGHT_M, AHEAD_M, ANKLE_M = 1.78, 0.05, 0.09


def way(at_s: FloatArray) -> FloatArray:
    """A zig-zag over a room of six by five metres."""
    return np.column_stack(
        [3.0 + 2.2 * np.sin(2 * np.pi * at_s / 17.0), 2.5 + 1.7 * np.sin(2 * np.pi * at_s / 7.3 + 0.4)]
    )


def walk_tracks(
    cameras: Sequence[CameraModel],
    late_s: Sequence[float],
    seed: int = 0,
    fps: float = 5.0,
    length_s: float = 60.0,
    noise_px: float = 4.0,
    believed: Sequence[CameraModel] | None = None,
) -> tuple[WalkTrack, ...]:
    """What each camera reports; floor places by the calibration that is `believed`."""
    rng = np.random.default_rng(seed)
    tracks = []
    for n, camera in enumerate(cameras):
        at_s = np.arange(rng.uniform(0, 1 / fps), length_s, 1 / fps)
        feet, ahead = way(at_s), way(at_s + 0.05) - way(at_s - 0.05)
        head = feet + AHEAD_M * ahead / np.linalg.norm(ahead, axis=1, keepdims=True)
        uv = [
            camera.project(np.column_stack([xy, np.full(len(at_s), z)]))
            for xy, z in ((head, HEIGHT_M), (feet, ANKLE_M))
        ]
        seen = []
        for points in uv:
            inside = ((points > 0) & (points < np.array(camera.size_px))).all(axis=1) & (
                rng.random(len(at_s)) > 0.1
            )
            seen.append(np.where(inside[:, None], points + rng.normal(0, noise_px, points.shape), np.nan))
        known = np.isfinite(seen[0][:, 0]) | np.isfinite(seen[1][:, 0])
        used = camera if believed is None else believed[n]
        floor = used.at_height(np.nan_to_num(seen[1], nan=-1e4), ANKLE_M)
        floor[np.isnan(seen[1][:, 0])] = np.nan
        sigma = np.full(len(at_s), 4.0)
        tracks.append(
            WalkTrack(
                camera.camera_id,
                (at_s + late_s[n])[known],
                seen[0][known],
                sigma[known],
                seen[1][known],
                sigma[known],
                floor[known],
            )
        )
    return tuple(tracks)
