"""The rules of a closed store: born at the gate, dead at the exit, found again by elimination.

Pure functions; `shoppers` keeps the state.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from cart_tracker.polygons import distance

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

ORPHAN_RADIUS_M = 0.7  # two cameras' foot points of one person are nearer than this
REACH_START_M = 0.8  # error of the last known place and of the new one
REACH_SPEED_M_S = 1.6  # brisk indoor walk
GATE_MARGIN_M = 0.3
EXIT_MARGIN_M = 0.3
GONE_MOVING_OUT_S = 0.8  # unseen this long after walking outward through the exit: gone
GONE_STANDING_S = 1.5  # unseen this long without having moved outward: gone too
NEAR_EXIT_M = 0.9  # the last steps out are often hidden by the gate itself
GONE_NEAR_EXIT_S = 4.0
_OUTWARD_M_S = 0.15
_IMPOSSIBLE = 1e6


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who appeared is one of the missing.

    Attributes:
        orphan: Row of who appeared.
        missing: Row of who it is.
        doubt: Probability that it is another of the missing.
        rival: The likeliest other one, -1 if it can be nobody else.
    """

    orphan: int
    missing: int
    doubt: float
    rival: int


def cluster_orphans(xy_m: FloatArray, camera: IntArray) -> list[IntArray]:
    """Group detections nobody claimed into people: near each other, and never two of one camera.

    Greedy complete linkage, nearest pairs first.

    Args:
        xy_m: `(n, 2)`.
        camera: `(n,)` index of the camera of each.

    Returns:
        Index arrays; each detection in exactly one.
    """
    groups = [[index] for index in range(len(xy_m))]
    gap = np.linalg.norm(xy_m[:, None] - xy_m[None], axis=2)
    gap[camera[:, None] == camera[None]] = np.inf
    while True:
        best: tuple[float, int, int] = (ORPHAN_RADIUS_M, -1, -1)
        for first in range(len(groups)):
            for second in range(first + 1, len(groups)):
                widest = float(gap[np.ix_(groups[first], groups[second])].max())
                if widest < best[0]:
                    best = (widest, first, second)
        if best[1] < 0:
            return [np.array(group, np.int64) for group in groups]
        groups[best[1]] += groups.pop(best[2])


def find_again(
    orphan_xy_m: FloatArray, orphan_since_s: FloatArray, lost_xy_m: FloatArray, lost_since_s: FloatArray
) -> list[Found]:
    """Match people who appeared from nowhere with people who went missing, jointly.

    Nobody enters or leaves inside the store, so an orphan is one of the missing. A pair costs its
    squared distance in units of what could have been walked meanwhile.

    Args:
        orphan_xy_m: `(o, 2)` where each orphan first appeared.
        orphan_since_s: `(o,)` when.
        lost_xy_m: `(m, 2)` where each missing person was last seen.
        lost_since_s: `(m,)` when.

    Returns:
        One for each orphan that can be one of the missing.
    """
    if len(orphan_xy_m) == 0 or len(lost_xy_m) == 0:
        return []
    elapsed_s = np.maximum(orphan_since_s[:, None] - lost_since_s[None], 0.0)
    reach_m = REACH_START_M + REACH_SPEED_M_S * elapsed_s
    metres = np.linalg.norm(orphan_xy_m[:, None] - lost_xy_m[None], axis=2)
    cost = np.where(metres < reach_m, (metres / (0.5 * reach_m)) ** 2, _IMPOSSIBLE)
    pairs = []
    for orphan, lost in zip(*linear_sum_assignment(cost), strict=True):
        if cost[orphan, lost] < _IMPOSSIBLE:
            likelihood = np.exp(-0.5 * cost[orphan])
            chosen, likelihood[lost] = likelihood[lost], 0.0
            others = float(likelihood.sum())
            rival = int(np.argmax(likelihood)) if others > 0.0 else -1
            pairs.append(Found(int(orphan), int(lost), others / (others + float(chosen)), rival))
    return pairs


def has_left(
    exit_xy_m: FloatArray,
    inner_xy_m: FloatArray,
    last_xy_m: FloatArray,
    velocity_m_s: FloatArray,
    unseen_s: float,
) -> bool:
    """Say whether a person last seen at `last_xy_m` `(2,)` has gone out.

    Args:
        exit_xy_m: The exit polygon.
        inner_xy_m: `(2,)` a point well inside the store, which tells outward from inward.
        last_xy_m: `(2,)`.
        velocity_m_s: `(2,)` when last seen.
        unseen_s: How long ago that was.
    """
    outward = exit_xy_m.mean(axis=0) - inner_xy_m
    outward = outward / max(float(np.linalg.norm(outward)), 1e-9)
    moved_out = float(velocity_m_s @ outward) > _OUTWARD_M_S
    metres = float(distance(exit_xy_m, last_xy_m[None])[0])
    beyond = float((last_xy_m - exit_xy_m.mean(axis=0)) @ outward) > 0.0
    if metres <= EXIT_MARGIN_M or (beyond and metres <= 2.0):
        return unseen_s > (GONE_MOVING_OUT_S if moved_out else GONE_STANDING_S)
    return metres <= NEAR_EXIT_M and moved_out and unseen_s > GONE_NEAR_EXIT_S


def strangers(xy_m: FloatArray, visible_xy_m: Sequence[FloatArray], radius_m: float) -> BoolArray:
    """Say which points `(n, 2)` are farther than `radius_m` from everybody who is in sight."""
    if len(visible_xy_m) == 0:
        return np.ones(len(xy_m), np.bool_)
    gap = np.linalg.norm(xy_m[:, None] - np.stack(list(visible_xy_m))[None], axis=2)
    far: BoolArray = gap.min(axis=1) > radius_m
    return far
