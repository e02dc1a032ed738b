"""Follow people in one camera: every person keeps one id while they are seen.

Source: Zhang et al., ByteTrack, ECCV 2022 (two rounds by score). Differs: constant velocity instead of a
Kalman filter, boxes grown before they are compared (Yang et al., C-BIoU, WACV 2023), all people in arrays.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from vision.boxes import FloatArray, IntArray, grown, iou
from vision.types import BoolArray, Detections, Tracklets

HIGH_SCORE = 0.45  # first round; may start a new tracklet
GROWN_BY = 0.15  # a hand stretched out, or a step towards the camera, between two frames
MIN_OVERLAP = 0.15
MIN_OVERLAP_LOW_SCORE = 0.4  # a weak detection must lie where somebody is expected
HITS_BEFORE_SHOWN = 2  # one frame alone is more often a reflection than a person
FORGET_AFTER_S = 1.5  # longer gaps are bridged on the floor, where other cameras help
VELOCITY_GAIN = 0.4  # share of the newest displacement; boxes jitter by some pixels


@dataclass(frozen=True, slots=True, eq=False)
class _Followed:
    """People being followed, one row each; `velocity` is of the box's centre, pixels a second."""

    tracklet_id: IntArray
    xyxy: FloatArray
    velocity: FloatArray
    seen_s: FloatArray
    hits: IntArray

    def take(self, rows: IntArray | BoolArray) -> "_Followed":
        return _Followed(
            self.tracklet_id[rows], self.xyxy[rows], self.velocity[rows], self.seen_s[rows], self.hits[rows]
        )

    def predicted(self, at_s: float) -> FloatArray:
        step = self.velocity * (at_s - self.seen_s)[:, None]
        boxes: FloatArray = self.xyxy + np.concatenate([step, step], axis=1)
        return boxes


class TrackletFollower:
    """Gives the people of one camera their ids, frame by frame in order of time."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._next_id = 1
        self._followed = _Followed(
            np.empty(0, np.int64), np.empty((0, 4)), np.empty((0, 2)), np.empty(0), np.empty(0, np.int64)
        )

    def follow(self, detections: Detections, at_s: float) -> Tracklets:
        """Match the detections of the next frame to the people followed so far."""
        followed = self._followed.take(at_s - self._followed.seen_s <= FORGET_AFTER_S)
        row_of = _match(followed, detections, at_s)

        matched = np.flatnonzero(row_of >= 0)
        known = row_of[matched]
        moved = _moved(followed.take(known), detections.xyxy[matched], at_s)
        born = np.flatnonzero((row_of < 0) & (detections.score >= HIGH_SCORE))
        lost = np.setdiff1d(np.arange(len(followed.hits)), known)

        self._followed = _joined(moved, followed.take(lost), self._born(detections.xyxy[born], at_s))
        shown = moved.hits >= HITS_BEFORE_SHOWN
        return Tracklets(moved.tracklet_id[shown], detections.take(matched[shown]))

    def missing_xyxy(self, at_s: float) -> FloatArray:
        """Boxes `(n, 4)` of those who were followed but are not seen in the frame of `at_s`."""
        missing = (self._followed.seen_s < at_s) & (self._followed.hits >= HITS_BEFORE_SHOWN)
        return self._followed.take(missing).predicted(at_s)

    def _born(self, xyxy: FloatArray, at_s: float) -> _Followed:
        n = len(xyxy)
        ids = np.arange(self._next_id, self._next_id + n, dtype=np.int64)
        self._next_id += n
        return _Followed(ids, xyxy, np.zeros((n, 2)), np.full(n, at_s), np.ones(n, np.int64))


def _match(followed: _Followed, detections: Detections, at_s: float) -> IntArray:
    """For every detection the row of `followed` it continues, or -1."""
    predicted = followed.predicted(at_s)
    overlap = iou(grown(detections.xyxy, GROWN_BY), grown(predicted, GROWN_BY))
    row_of = np.full(len(detections), -1, np.int64)
    free = np.ones(len(predicted), np.bool_)
    high = detections.score >= HIGH_SCORE
    for candidates, least in ((high, MIN_OVERLAP), (~high, MIN_OVERLAP_LOW_SCORE)):
        rows, columns = np.flatnonzero(candidates), np.flatnonzero(free)
        if len(rows) == 0 or len(columns) == 0:
            continue
        shared = overlap[np.ix_(rows, columns)]
        picked, partner = linear_sum_assignment(np.where(shared >= least, -shared, 1.0))
        good = shared[picked, partner] >= least
        row_of[rows[picked[good]]] = columns[partner[good]]
        free[columns[partner[good]]] = False
    return row_of


def _moved(known: _Followed, xyxy: FloatArray, at_s: float) -> _Followed:
    elapsed = np.maximum(at_s - known.seen_s, 1e-3)[:, None]
    step = (xyxy[:, :2] + xyxy[:, 2:] - known.xyxy[:, :2] - known.xyxy[:, 2:]) / 2
    gain = np.where(known.hits[:, None] == 1, 1.0, VELOCITY_GAIN)
    velocity = known.velocity + gain * (step / elapsed - known.velocity)
    return _Followed(known.tracklet_id, xyxy, velocity, np.full(len(xyxy), at_s), known.hits + 1)


def _joined(*parts: _Followed) -> _Followed:
    return _Followed(
        np.concatenate([part.tracklet_id for part in parts]),
        np.concatenate([part.xyxy for part in parts]),
        np.concatenate([part.velocity for part in parts]),
        np.concatenate([part.seen_s for part in parts]),
        np.concatenate([part.hits for part in parts]),
    )
