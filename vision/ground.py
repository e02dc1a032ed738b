"""From a body in pixels to where it stands, in metres with an honest covariance.

Three points of the body vote, each through the horizontal plane at its usual height: the middle of the
ankles, the middle of the hips, the top of the head. A vote's covariance is that of its pixels and of the
height, carried to the floor; hips and head are dropped where they contradict better votes (crouching,
bending, children). Source: Yi et al., UCMCTrack, AAAI 2024 (pixel noise mapped to the floor); differs:
several body points, numeric Jacobian through the lens distortion.
"""

from dataclasses import dataclass

import numpy as np

from vision.boxes import FloatArray
from vision.camera_model import Camera, CameraModel
from vision.keypoints import ANKLES, HIPS, Keypoint
from vision.types import BoolArray, Detections

MIN_CONFIDENCE = 0.3  # of a keypoint: below, it is a guess at something hidden
# At 640 pixels of picture width and full confidence. Over the confidence it follows what 160 held-out frames
# showed: wrists 11 px at 0.4, 7 at 0.6, 4 at 0.8; feet and head alike.
KEYPOINT_SIGMA_PX = 4.0
CALIBRATION_SIGMA_M = 0.05  # a calibration made with tape measures
MAX_SIGMA_M = 2.0  # points near the horizon say nothing
DISAGREEMENT = 9.21  # chi square, 2 degrees of freedom, 99 %
EDGE_PX = 2.0  # a box that ends here goes on outside the picture

_RIGHT, _DOWN = np.array([1.0, 0.0]), np.array([0.0, 1.0])  # one pixel: the step of the Jacobian


@dataclass(frozen=True, slots=True)
class _Cue:
    """A body point as a hint at the floor point.

    Attributes:
        height_m: Usual height over the floor; adults standing or walking.
        height_sigma_m: Spread of that height between people.
        beside_sigma_m: How far from over the feet it may be: stride, lean.
    """

    height_m: float
    height_sigma_m: float
    beside_sigma_m: float


_ANKLES = _Cue(0.09, 0.03, 0.06)
_ONE_ANKLE = _Cue(0.09, 0.04, 0.14)
_HIPS = _Cue(0.93, 0.07, 0.08)
_HEAD = _Cue(1.68, 0.10, 0.15)
_SOLES = _Cue(0.0, 0.02, 0.15)


@dataclass(frozen=True, slots=True, eq=False)
class FloorPoints:
    """Where people stand.

    Attributes:
        xy_m: `(n, 2)`; NaN where `known` is false.
        cov_m2: `(n, 2, 2)` symmetric, positive definite where `known`.
        known: `(n,)` whether anything could be said.
    """

    xy_m: FloatArray
    cov_m2: FloatArray
    known: BoolArray


def floor_points(camera: Camera, people: Detections) -> FloorPoints:
    """Locate everybody in one frame on the floor."""
    n = len(people)
    votes = _votes(camera, people) if n else []
    xy, cov, known = np.full((n, 2), np.nan), np.full((n, 2, 2), np.nan), np.zeros(n, np.bool_)
    for order, vote in enumerate(votes):
        is_last_resort = order == len(votes) - 1
        fresh = vote.known & ~known
        xy[fresh], cov[fresh] = vote.xy_m[fresh], vote.cov_m2[fresh]
        both = vote.known & known & ~fresh & (not is_last_resort)
        xy[both], cov[both] = _combine(xy[both], cov[both], vote.xy_m[both], vote.cov_m2[both])
        known = known | fresh
    cov[known] += np.eye(2) * CALIBRATION_SIGMA_M**2
    return FloorPoints(xy, cov, known)


def carry_to_height(
    camera: Camera, uv_px: FloatArray, sigma_px: FloatArray, height_m: FloatArray, height_sigma_m: FloatArray
) -> FloorPoints:
    """Intersect pixels with horizontal planes and carry their noise along.

    Args:
        camera: Full, or floor only: then the heights are ignored.
        uv_px: `(n, 2)`; NaN where unknown.
        sigma_px: `(n,)` standard deviation of both coordinates.
        height_m: `(n,)` of the planes.
        height_sigma_m: `(n,)` their standard deviation.
    """
    n = len(uv_px)
    usable: BoolArray = np.isfinite(uv_px.sum(axis=1))
    uv = np.where(usable[:, None], uv_px, 0.0)
    shifted = np.concatenate([uv, uv + _RIGHT, uv + _DOWN])
    if isinstance(camera, CameraModel):
        rays = camera.rays(shifted)
        with np.errstate(divide="ignore", invalid="ignore"):
            per_metre = rays[:, :2] / rays[:, 2:]
        drop = np.tile(height_m - camera.position_m[2], 3)
        points = camera.position_m[:2] + per_metre * drop[:, None]
        usable &= (rays[:, 2] * drop > 0).reshape(3, n).all(axis=0)
        by_height = per_metre[:n]
    else:
        points = camera.at_height(shifted)
        by_height = np.zeros((n, 2))
    xy = points[:n]
    usable &= np.isfinite(points.sum(axis=1).reshape(3, n).sum(axis=0))
    jacobian = np.stack([points[n : 2 * n] - xy, points[2 * n :] - xy], axis=2)
    cov = jacobian @ jacobian.transpose(0, 2, 1) * np.square(sigma_px)[:, None, None]
    cov = cov + by_height[:, :, None] * by_height[:, None, :] * np.square(height_sigma_m)[:, None, None]
    usable &= ~(np.trace(cov, axis1=1, axis2=2) > MAX_SIGMA_M**2)
    return FloorPoints(
        np.where(usable[:, None], xy, np.nan), np.where(usable[:, None, None], cov, np.nan), usable
    )


def pixel_sigma(camera: Camera, confidence: FloatArray) -> FloatArray:
    """Standard deviation in pixels of keypoints of this confidence, any shape; NaN for confidence NaN."""
    scale = KEYPOINT_SIGMA_PX * camera.size_px[0] / 640
    return scale / np.clip(confidence, MIN_CONFIDENCE, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Sight:
    """Where a body point of everybody is seen: `uv` `(n, 2)`, NaN where it is not, and `sigma_px` `(n,)`."""

    uv: FloatArray
    sigma_px: FloatArray
    cue: _Cue


def _votes(camera: Camera, people: Detections) -> list[FloorPoints]:
    """Votes of all body points for everybody, the best first; carried to the floor together."""
    sights = [*_body_sights(camera, people), _box_sight(camera, people)]
    n, k = len(people), len(sights)
    together = carry_to_height(
        camera,
        np.concatenate([sight.uv for sight in sights]),
        np.concatenate([sight.sigma_px for sight in sights]),
        np.repeat([sight.cue.height_m for sight in sights], n),
        np.repeat([sight.cue.height_sigma_m for sight in sights], n),
    )
    beside = np.repeat([sight.cue.beside_sigma_m**2 for sight in sights], n)
    cov = together.cov_m2 + np.eye(2) * beside[:, None, None]
    parts = [slice(number * n, (number + 1) * n) for number in range(k)]
    return [FloorPoints(together.xy_m[part], cov[part], together.known[part]) for part in parts]


def _body_sights(camera: Camera, people: Detections) -> list[_Sight]:
    ankle_uv, ankle_confidence, ankle_count = _middle(people, ANKLES)
    ankle_sigma = pixel_sigma(camera, ankle_confidence)
    one, two = ankle_count == 1, ankle_count == 2
    sights = [
        _Sight(np.where(two[:, None], ankle_uv, np.nan), ankle_sigma, _ANKLES),
        _Sight(np.where(one[:, None], ankle_uv, np.nan), ankle_sigma, _ONE_ANKLE),
    ]
    if isinstance(camera, CameraModel):
        for points, cue in ((HIPS, _HIPS), ((Keypoint.HEAD_TOP,), _HEAD)):
            uv, confidence, _ = _middle(people, points)
            sights.append(_Sight(uv, pixel_sigma(camera, confidence), cue))
    return sights


def _box_sight(camera: Camera, people: Detections) -> _Sight:
    """The middle of the box's lower edge, for bodies without a single usable point."""
    left, top, right, bottom = people.xyxy.T
    cut = bottom > camera.size_px[1] - EDGE_PX
    sigma = np.clip(0.05 * (bottom - top), 2.0, 13.0) * np.where(cut, 4.0, 1.0)
    return _Sight(np.stack([(left + right) / 2, bottom], axis=1), sigma, _SOLES)


def _middle(people: Detections, points: tuple[Keypoint, ...]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean position and confidence of those `points` that are seen, and how many are."""
    chosen = people.keypoints[:, list(points)]
    seen = chosen[..., 2] >= MIN_CONFIDENCE
    count = seen.sum(axis=1)
    share = seen / np.maximum(count, 1)[:, None]
    mean = (chosen * share[..., None]).sum(axis=1)
    mean[count == 0] = np.nan
    return mean[:, :2], mean[:, 2], count.astype(np.float64)


def _combine(
    xy: FloatArray, cov: FloatArray, other_xy: FloatArray, other_cov: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Weigh two estimates by their covariances; keep the first where they contradict each other."""
    if len(xy) == 0:
        return xy, cov
    innovation = other_xy - xy
    total = np.linalg.inv(cov + other_cov)
    distance = np.einsum("ni,nij,nj->n", innovation, total, innovation)
    gain = np.where((distance < DISAGREEMENT)[:, None, None], cov @ total, 0.0)
    better = cov - gain @ cov
    return xy + (gain @ innovation[:, :, None])[:, :, 0], (better + better.transpose(0, 2, 1)) / 2
