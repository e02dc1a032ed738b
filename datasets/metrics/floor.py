"""Positions on the floor: HOTA, IDF1 and seconds under a wrong account.

HOTA and IDF1 are computed by `trackeval`; this file brings both sides to common ticks and hands them
over with the similarity max(0, 1 - d / 1 m), d the distance on the floor.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from trackeval.metrics.hota import HOTA
from trackeval.metrics.identity import Identity

FloatArray = npt.NDArray[np.float64]

SIMILARITY_RANGE_M = 1.0  # similarity falls to zero at this distance
MAX_GAP_S = 0.5  # a person walks half a metre in it; a straight line over more would be a guess
# Two people who pass shoulder to shoulder are within the position noise of each other: up to 10 cm
# of distance decide for the account's own body.
OWN_ACCOUNT_BONUS = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class FloorTracks:
    """Where people were at common times.

    Attributes:
        at_s: `(t,)` increasing.
        xy_m: Shopper -> `(t, 2)` metres, NaN where not in the store or not known.
    """

    at_s: FloatArray
    xy_m: Mapping[str, FloatArray]

    def __post_init__(self) -> None:
        """Check shapes.

        Raises:
            ValueError: If a track is not `(t, 2)`.
        """
        for shopper, xy in self.xy_m.items():
            if xy.shape != (len(self.at_s), 2):
                raise ValueError(f"track of {shopper!r} has shape {xy.shape}, expected {(len(self.at_s), 2)}")


@dataclass(frozen=True, slots=True, eq=False)
class FloorScore:
    """Counts from which HOTA and IDF1 of one or many recordings follow.

    Attributes:
        tp: `(19,)` matched positions per localisation threshold 0.05, 0.10, ... 0.95.
        fn: `(19,)` true positions without a match.
        fp: `(19,)` recognised positions without a match.
        ass_sum: `(19,)` association score summed over the matched positions.
        idtp: Positions under the right identity, at most 0.5 m off, after one matching of identities.
        idfn: True positions that are not.
        idfp: Recognised positions that are not.
        wrong_account_s: Time bodies spent under the account of somebody else.
        body_s: Time bodies spent in the store.
        bodies: People in the store.
    """

    tp: FloatArray
    fn: FloatArray
    fp: FloatArray
    ass_sum: FloatArray
    idtp: int
    idfn: int
    idfp: int
    wrong_account_s: float
    body_s: float
    bodies: int

    @property
    def hota(self) -> float | None:
        """Mean over thresholds of sqrt(DetA * AssA); None if nobody was there or seen."""
        total = self.tp + self.fn + self.fp
        if not total.any():
            return None
        detection = self.tp / np.maximum(1, total)
        association = self.ass_sum / np.maximum(1, self.tp)
        return float(np.mean(np.sqrt(detection * association)))

    @property
    def idf1(self) -> float | None:
        """2 IDTP / (2 IDTP + IDFP + IDFN); None if nobody was there or seen."""
        total = 2 * self.idtp + self.idfp + self.idfn
        return 2 * self.idtp / total if total else None


def pool_floor(scores: Sequence[FloorScore]) -> FloorScore:
    """Add the counts of recordings; identities never match across recordings."""
    zeros = np.zeros(19)
    return FloorScore(
        tp=sum((score.tp for score in scores), zeros),
        fn=sum((score.fn for score in scores), zeros),
        fp=sum((score.fp for score in scores), zeros),
        ass_sum=sum((score.ass_sum for score in scores), zeros),
        idtp=sum(score.idtp for score in scores),
        idfn=sum(score.idfn for score in scores),
        idfp=sum(score.idfp for score in scores),
        wrong_account_s=sum(score.wrong_account_s for score in scores),
        body_s=sum(score.body_s for score in scores),
        bodies=sum(score.bodies for score in scores),
    )


def resample(at_s: FloatArray, xy_m: FloatArray, ticks_s: FloatArray) -> FloatArray:
    """Interpolate the samples `(n,)`, `(n, 2)` of one person at `ticks_s` `(t,)`.

    Returns:
        `(t, 2)`; NaN before the first and after the last sample, and inside gaps over `MAX_GAP_S`.
    """
    if len(at_s) == 0:
        return np.full((len(ticks_s), 2), np.nan)
    order = np.argsort(at_s, kind="stable")
    times, points = at_s[order], xy_m[order]
    after = np.clip(np.searchsorted(times, ticks_s), 0, len(times) - 1)
    before = np.clip(np.searchsorted(times, ticks_s, side="right") - 1, 0, len(times) - 1)
    # Times since the epoch carry 2e-7 s of rounding; a sample taken at a tick belongs to it.
    inside = (ticks_s >= times[0] - 1e-4) & (ticks_s <= times[-1] + 1e-4)
    known = inside & (times[after] - times[before] <= MAX_GAP_S)
    xy = np.column_stack([np.interp(ticks_s, times, points[:, axis]) for axis in (0, 1)])
    xy[~known] = np.nan
    return xy


def score_floor(true: FloorTracks, seen: FloorTracks, accounts: Collection[str]) -> FloorScore:
    """Compare tracks at the same ticks.

    Args:
        true: Bodies, by the account they came with.
        seen: Tracks, by the name they carried.
        accounts: Names that are accounts; a body under another name is nobody's, not somebody else's.

    Raises:
        ValueError: If the ticks differ.
    """
    if not np.array_equal(true.at_s, seen.at_s):
        raise ValueError("true and recognised tracks have different ticks; resample first")
    data = _trackeval_data(true, seen)
    hota: dict[str, Any] = HOTA().eval_sequence(data)
    identity: dict[str, Any] = Identity({"THRESHOLD": 0.5, "PRINT_CONFIG": False}).eval_sequence(data)
    wrong_s, body_s = _account_seconds(true, seen, accounts)
    tp = np.asarray(hota["HOTA_TP"], dtype=np.float64)
    return FloorScore(
        tp=tp,
        fn=np.asarray(hota["HOTA_FN"], dtype=np.float64),
        fp=np.asarray(hota["HOTA_FP"], dtype=np.float64),
        ass_sum=np.asarray(hota["AssA"], dtype=np.float64) * tp,
        idtp=int(identity["IDTP"]),
        idfn=int(identity["IDFN"]),
        idfp=int(identity["IDFP"]),
        wrong_account_s=wrong_s,
        body_s=body_s,
        bodies=sum(bool(_present(xy).any()) for xy in true.xy_m.values()),
    )


def similarity(true_xy_m: FloatArray, seen_xy_m: FloatArray) -> FloatArray:
    """Return max(0, 1 - d / 1 m) of positions `(n, 2)` and `(m, 2)`: `(n, m)`."""
    distance = np.linalg.norm(true_xy_m[:, None] - seen_xy_m[None], axis=-1)
    result: FloatArray = np.maximum(0.0, 1.0 - distance / SIMILARITY_RANGE_M)
    return result


def _stack(tracks: FloorTracks) -> FloatArray:
    """All tracks as `(t, people, 2)`."""
    if not tracks.xy_m:
        return np.empty((len(tracks.at_s), 0, 2))
    return np.stack(list(tracks.xy_m.values()), axis=1)


def _present(xy_m: FloatArray) -> npt.NDArray[np.bool_]:
    """Which of `(..., 2)` positions are known."""
    return np.asarray(np.isfinite(xy_m).all(axis=-1))


def _trackeval_data(true: FloorTracks, seen: FloorTracks) -> dict[str, Any]:
    """The dictionary that trackeval's metrics read."""
    true_xy, seen_xy = _stack(true), _stack(seen)
    # An identity without any position would make HOTA divide zero by zero.
    true_xy = true_xy[:, _present(true_xy).any(axis=0)]
    seen_xy = seen_xy[:, _present(seen_xy).any(axis=0)]
    true_here, seen_here = _present(true_xy), _present(seen_xy)
    ticks = range(len(true.at_s))
    return {
        "num_timesteps": len(true.at_s),
        "num_gt_ids": true_xy.shape[1],
        "num_tracker_ids": seen_xy.shape[1],
        "num_gt_dets": int(true_here.sum()),
        "num_tracker_dets": int(seen_here.sum()),
        "gt_ids": [np.flatnonzero(true_here[t]) for t in ticks],
        "tracker_ids": [np.flatnonzero(seen_here[t]) for t in ticks],
        "similarity_scores": [similarity(true_xy[t][true_here[t]], seen_xy[t][seen_here[t]]) for t in ticks],
    }


def _account_seconds(true: FloorTracks, seen: FloorTracks, accounts: Collection[str]) -> tuple[float, float]:
    """Seconds in which a body was nearest to another account's track, and seconds of bodies."""
    if len(true.at_s) < 2:
        return 0.0, 0.0
    tick_s = float(true.at_s[-1] - true.at_s[0]) / (len(true.at_s) - 1)
    bodies, names = list(true.xy_m), list(seen.xy_m)
    own = np.array([[body == name for name in names] for body in bodies], dtype=np.float64)
    own = own.reshape(len(bodies), len(names))
    is_account = np.array([name in accounts for name in names], dtype=np.bool_)
    true_xy, seen_xy = _stack(true), _stack(seen)
    wrong_ticks = body_ticks = 0
    for t in range(len(true.at_s)):
        here = np.flatnonzero(_present(true_xy[t]))
        known = np.flatnonzero(_present(seen_xy[t]))
        body_ticks += len(here)
        near = similarity(true_xy[t][here], seen_xy[t][known])
        is_own = own[np.ix_(here, known)]
        rows, columns = linear_sum_assignment(near + OWN_ACCOUNT_BONUS * is_own * (near > 0), maximize=True)
        is_wrong = (is_own[rows, columns] == 0) & is_account[known][columns]
        wrong_ticks += int(np.sum(is_wrong & (near[rows, columns] > 0)))
    return wrong_ticks * tick_s, body_ticks * tick_s
