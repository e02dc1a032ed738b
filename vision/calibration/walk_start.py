"""First guesses of how late each camera's clock is: at which shift do two cameras see one walker?"""

from collections.abc import Sequence

import numpy as np

from vision.calibration.walk_sightings import WalkTrack
from vision.errors import CalibrationError
from vision.types import FloatArray

MOST_LATE_S = 3.0
_STEP_S = 0.05
_GAP_S = 0.7  # between two sightings the way is taken as straight up to this
_FEW = 15  # shared sightings; fewer say nothing about a clock
_MOST_APART_M = 0.6  # median at the best shift; more means that a calibration or the walk is wrong


def first_lateness(tracks: Sequence[WalkTrack]) -> FloatArray:
    """Return how late each camera is `(cameras,)`, seconds, against the first of them.

    Cameras are joined over their best overlap, as sheets join them on the floor.

    Raises:
        CalibrationError: If a camera shares no stretch of the walk with the others, or sees it elsewhere.
    """
    known = {0: 0.0}
    while len(known) < len(tracks):
        best: tuple[int, float, float, int] | None = None
        for row in (n for n in range(len(tracks)) if n not in known):
            for other in known:
                shift, apart, shared = _best_shift(tracks[other], tracks[row])
                if shared >= _FEW and (best is None or shared > best[3]):
                    best = (row, known[other] + shift, apart, shared)
        if best is None:
            alone = ", ".join(str(tracks[n].camera_id) for n in range(len(tracks)) if n not in known)
            raise CalibrationError(
                f"the walk never went where {alone} and another camera both look; walk again, a zig-zag"
                " over the whole"
                " floor, or leave the camera out with --without"
            )
        row, late, apart, _ = best
        if apart > _MOST_APART_M:
            raise CalibrationError(
                f"camera {tracks[row].camera_id!r} sees the walker {apart:.1f} m from where the others"
                " do, at any"
                f" clock within {MOST_LATE_S:g} s; calibrate it again with 'walkout calibrate floor'"
            )
        known[row] = late
    return np.array([known[n] for n in range(len(tracks))])


def _best_shift(one: WalkTrack, other: WalkTrack) -> tuple[float, float, int]:
    """Return the lateness of `other` against `one`, the median distance left, and how many said so."""
    results = []
    for shift in np.arange(-MOST_LATE_S, MOST_LATE_S + _STEP_S / 2, _STEP_S).tolist():
        apart = _apart_m(one, other, shift)
        results.append((shift, float(np.median(apart)) if len(apart) else np.inf, len(apart)))
    # A shift that leaves only a short overlap fits by chance.
    most = max(count for _, _, count in results)
    return min((r for r in results if r[2] >= 0.5 * most), key=lambda r: (r[1], abs(r[0])))


def _apart_m(one: WalkTrack, other: WalkTrack, shift_s: float) -> FloatArray:
    known = np.isfinite(one.floor_xy_m[:, 0])
    at, xy = one.at_s[known], one.floor_xy_m[known]
    seen = np.isfinite(other.floor_xy_m[:, 0])
    when, there = other.at_s[seen] - shift_s, other.floor_xy_m[seen]
    if len(at) < 2:
        return np.empty(0)
    after = np.clip(np.searchsorted(at, when), 1, len(at) - 1)
    inside = (when >= at[after - 1]) & (when <= at[after]) & (at[after] - at[after - 1] <= _GAP_S)
    here = np.column_stack([np.interp(when, at, xy[:, axis]) for axis in (0, 1)])
    apart: FloatArray = np.linalg.norm(here - there, axis=1)[inside]
    return apart
