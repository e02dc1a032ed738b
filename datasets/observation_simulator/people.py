"""Who is found in each frame of one camera, where they stand, and under which tracklet."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtr

from datasets.observation_simulator.bodies import Bodies
from datasets.observation_simulator.noise import PeopleNoise
from datasets.observation_simulator.random_walks import lasting_normals
from datasets.observation_simulator.sight import Sight
from vision.camera_model import CameraModel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

CALIBRATION_M = 0.05
HIP_M, HEAD_M = 0.93, 1.68  # as of vision.ground
SMALL_PX = 45.0  # bodies less tall than this are hardly found
FORGOTTEN_S = 1.5  # as of vision.tracklets
MEETING_SHARE = 0.25  # of their height: bodies nearer than this in the picture can be taken for each other


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Everybody in the frames of one camera.

    Attributes:
        is_found: `(t, p)`.
        score: `(t, p)`.
        xy_m: `(t, p, 2)`.
        cov_m2: `(t, p, 2, 2)`.
        tracklet: `(t, p)`.
    """

    is_found: BoolArray
    score: FloatArray
    xy_m: FloatArray
    cov_m2: FloatArray
    tracklet: IntArray


def find(
    camera: CameraModel,
    bodies: Bodies,
    ticks: IntArray,
    at_s: FloatArray,
    sight: Sight,
    noise: PeopleNoise,
    rng: np.random.Generator,
) -> Found:
    """Draw what is found of the bodies at the given ticks, seen at `at_s`."""
    share = np.where(bodies.is_present[ticks], sight.share, 0.0)
    size = expit((np.nan_to_num(sight.tall_px) - SMALL_PX) / 6.0)
    probability = expit((share - noise.half_seen) / noise.seen_spread) * size * (1.0 - noise.miss)
    probability[share <= 0.0] = 0.0
    luck = ndtr(lasting_normals(rng, share.shape, noise.correlation))
    is_found = luck < probability
    cov = floor_covariance(camera, bodies.floor_m[ticks], sight.part, noise)
    error = lasting_normals(rng, (*share.shape, 2), noise.correlation)
    xy = bodies.floor_m[ticks] + noise.boldness * np.einsum("tpij,tpj->tpi", _roots(cov), error)
    score = np.clip(0.35 + 0.6 * share + rng.normal(0, 0.08, share.shape), 0.12, 0.99)
    tracklet = _tracklets(is_found, at_s, sight, noise, rng)
    return Found(is_found, score, xy, cov, tracklet)


def floor_covariance(
    camera: CameraModel, xy_m: FloatArray, parts: BoolArray, noise: PeopleNoise
) -> FloatArray:
    """Covariance `(..., 2, 2)` of floor points `(..., 2)`, long in the direction away from the camera.

    The best part in sight tells, as in `vision.ground`: feet through the floor, hips and head through their
    usual heights, which people differ in.

    Args:
        camera: Where it hangs.
        xy_m: Where bodies stand.
        parts: `(..., 4)` which of `sight.PARTS` are in sight.
        noise: How bad vision is.
    """
    offset = np.nan_to_num(xy_m) - camera.position_m[:2]
    metres = np.maximum(np.linalg.norm(offset, axis=-1), 1e-3)
    height, focal = camera.position_m[2], camera.matrix[0, 0]
    away = offset / metres[..., None]
    sigma_rad = noise.keypoint_px * camera.size_px[0] / 640 / focal
    best = np.where(parts[..., 0], 0, np.where(parts[..., 1] | parts[..., 2], 1, 2))
    drop = height - np.array([0.0, HIP_M, HEAD_M])[best]
    beside = np.array([0.0, noise.hip_beside_m, noise.head_beside_m])[best]
    stature = np.array([0.0, noise.hip_height_m, noise.head_height_m])[best]
    along = np.hypot(sigma_rad * (metres**2 + drop**2) / drop, stature * metres / drop)
    across = sigma_rad * np.hypot(metres, drop)
    outer = away[..., :, None] * away[..., None, :]
    cov: FloatArray = outer * (along**2)[..., None, None]
    cov = cov + (np.eye(2) - outer) * (across**2)[..., None, None]
    return cov + np.eye(2) * (noise.sway_m**2 + CALIBRATION_M**2 + beside**2)[..., None, None]


def _roots(cov: FloatArray) -> FloatArray:
    root: FloatArray = np.asarray(np.linalg.cholesky(cov), np.float64)
    return root


def _tracklets(
    is_found: BoolArray, at_s: FloatArray, sight: Sight, noise: PeopleNoise, rng: np.random.Generator
) -> IntArray:
    """Number the people of one camera as a tracker of pictures would: gaps, breaks and mix-ups."""
    frames, n = is_found.shape
    tracklet = np.zeros((frames, n), np.int64)
    now = np.zeros(n, np.int64)
    last_s = np.full(n, -np.inf)
    met: set[tuple[int, int]] = set()
    breaks = rng.random((frames, n)) < noise.tracklet_breaks_per_minute / 600.0
    next_id = 1
    for frame in range(frames):
        found = np.flatnonzero(is_found[frame])
        near = _meetings(found, sight, frame)
        for pair in sorted(near - met):
            if rng.random() < noise.swap_share:
                now[list(pair)] = now[list(pair)][::-1]
        met = near
        for person in found:
            if at_s[frame] - last_s[person] > FORGOTTEN_S or breaks[frame, person]:
                now[person] = next_id
                next_id += 1
            last_s[person] = at_s[frame]
        tracklet[frame] = now
    return tracklet


def _meetings(found: IntArray, sight: Sight, frame: int) -> set[tuple[int, int]]:
    if len(found) < 2:
        return set()
    middle, tall = sight.middle_px[frame, found], sight.tall_px[frame, found]
    gap = np.linalg.norm(middle[:, None] - middle[None], axis=2)
    near = gap < MEETING_SHARE * np.minimum(tall[:, None], tall[None])
    return {(int(found[i]), int(found[j])) for i, j in zip(*np.nonzero(near), strict=True) if i < j}
