"""People who are none: posters, mannequins, figures on screens, which a network finds again and again.

Whatever looks like a person, has not moved by more than the noise of boxes and keypoints for 20 s, and did
not walk there, is a ghost: from then on detections of just that shape at just that place are left out, so
that they are neither followed nor hide slots. Somebody who stands before a poster has another shape. Whoever
walked is real for as long as they are there, however still they stand, also when they were lost for a moment;
and a real person at a ghost's place ends the ghost.
"""

from dataclasses import dataclass, field

import numpy as np

from vision.boxes import FloatArray, iou
from vision.types import BoolArray, Detections, IntArray, Tracklets

STILL_S = 20.0
SEEN_SHARE = 0.3  # of the frames meanwhile: networks find posters now and then
SAME_BOX = 0.8  # overlap of one still thing with itself; people who breathe and look around have less
SAME_POINTS = 0.04  # of the box's height: median distance of keypoints
SURE_POINT = 0.3
MOVED_BOX, MOVES_SHARE = 0.5, 0.15  # what overlaps by so much, so often, is the thing itself, moving
FORGET_STILL_S, FORGET_GHOST_S = 10.0, 600.0  # unseen
WALKER_SHARE, WALKER_GAIN = 0.3, 0.1  # of looks at which it was a walker: passers-by make no ghost real
WALKED_BOXES = 0.35  # way of a box's middle, over its height, by which somebody has walked
WALKER_BOX, LOST_BOX = 0.5, 0.3  # overlap with the last box of a walker who is there, or was lost there
LOST_S, VANISHED_S = 0.3, 60.0  # who walked and has been lost for so long may be who is found there now
GAIN = 0.05  # of the newest look in what a still thing looks like


@dataclass(slots=True)
class _Still:
    """Something at one place that looks like a person.

    Attributes:
        xyxy: `(4,)` its box.
        keypoints: `(11, 3)`.
        walker: Share of the latest looks, in [0, 1], at which somebody was there who had walked.
        looks: How often it was found, in `frames`.
        moves: How often something was found there that had another shape or lay a little off.
    """

    xyxy: FloatArray
    keypoints: FloatArray
    since_s: float
    seen_s: float
    walker: float
    looks: int = 1
    frames: int = 1
    moves: int = 0
    is_ghost: bool = False

    @property
    def is_real(self) -> bool:
        return self.walker > WALKER_SHARE


@dataclass(slots=True)
class _Walk:
    """Where a tracklet began, and whether it walked from there."""

    began: FloatArray
    xyxy: FloatArray
    seen_s: float
    has_walked: bool = False


@dataclass(slots=True)
class GhostWatch:
    """Learns the ghosts of one camera, from its frames in order of time."""

    _still: list[_Still] = field(default_factory=list)
    _walks: dict[int, _Walk] = field(default_factory=dict)

    def find(self, detections: Detections, tracklets: Tracklets, at_s: float) -> BoolArray:
        """Say which detections `(n,)` of the next frame are ghosts.

        Args:
            detections: All of the frame's.
            tracklets: Those followed in the frame before.
            at_s: Capture time of the frame.
        """
        self._note_walks(tracklets, at_s)
        walked = [walk for walk in self._walks.values() if walk.has_walked]
        walked_xyxy = np.array([walk.xyxy for walk in walked]).reshape(-1, 4)
        is_there = np.array([at_s - walk.seen_s <= LOST_S for walk in walked], np.bool_)
        overlap = iou(detections.xyxy, walked_xyxy)
        is_walker = np.any(overlap > np.where(is_there, WALKER_BOX, LOST_BOX), axis=1)
        self._forget(at_s)
        is_ghost = np.zeros(len(detections), np.bool_)
        row_of = self._match(detections)
        self._note_moves(detections, row_of)
        for row, number in enumerate(row_of.tolist()):
            if number < 0:
                self._still.append(
                    _Still(
                        detections.xyxy[row].copy(),
                        detections.keypoints[row].copy(),
                        at_s,
                        at_s,
                        walker=float(is_walker[row]),
                    )
                )
                continue
            still = self._still[number]
            if still.is_ghost and (overlap[row, is_there] >= SAME_BOX).any():
                still.is_ghost, still.walker = False, 1.0
            _look(still, detections, row, at_s, is_walker=bool(is_walker[row]))
            is_ghost[row] = still.is_ghost
        return is_ghost

    def _match(self, detections: Detections) -> IntArray:
        """For every detection the still thing that it is again, or -1."""
        row_of = np.full(len(detections), -1, np.int64)
        if not self._still or not len(detections):
            return row_of
        overlap = iou(detections.xyxy, np.array([still.xyxy for still in self._still]))
        free = np.ones(len(self._still), np.bool_)
        for row in range(len(detections)):
            shared = np.where(free, overlap[row], 0.0)
            best = int(shared.argmax())
            if shared[best] >= SAME_BOX and _same_points(self._still[best], detections.keypoints[row]):
                row_of[row], free[best] = best, False
        return row_of

    def _note_moves(self, detections: Detections, row_of: IntArray) -> None:
        for number, still in enumerate(self._still):
            if number not in row_of and (iou(detections.xyxy, still.xyxy[None]) > MOVED_BOX).any():
                still.moves += 1

    def _note_walks(self, tracklets: Tracklets, at_s: float) -> None:
        for tracklet_id, box in zip(tracklets.tracklet_id.tolist(), tracklets.people.xyxy, strict=True):
            if tracklet_id not in self._walks:
                self._walks[tracklet_id] = _Walk(box.copy(), box.copy(), at_s, self._is_at_real(box))
            walk = self._walks[tracklet_id]
            way = float(np.linalg.norm(_middle(box) - _middle(walk.began)))
            walk.has_walked |= way > WALKED_BOXES * float(box[3] - box[1])
            walk.xyxy, walk.seen_s = box.copy(), at_s
        lost = [name for name, walk in self._walks.items() if at_s - walk.seen_s > VANISHED_S]
        for name in lost:
            del self._walks[name]

    def _is_at_real(self, box: FloatArray) -> bool:
        """Whether somebody who walked stands where this box is: it is they, after a moment unseen."""
        real = np.array([still.xyxy for still in self._still if still.is_real]).reshape(-1, 4)
        return bool((iou(box[None], real) >= SAME_BOX).any())

    def _forget(self, at_s: float) -> None:
        for still in self._still:
            still.frames += 1
        self._still = [
            still
            for still in self._still
            if at_s - still.seen_s <= (FORGET_GHOST_S if still.is_ghost else FORGET_STILL_S)
            and (still.looks > 1 or at_s - still.since_s < 1.0)
        ]


def _look(still: _Still, detections: Detections, row: int, at_s: float, *, is_walker: bool) -> None:
    still.seen_s = at_s
    still.walker += WALKER_GAIN * (is_walker - still.walker)
    still.looks += 1
    still.xyxy += GAIN * (detections.xyxy[row] - still.xyxy)
    still.keypoints += GAIN * (detections.keypoints[row] - still.keypoints)
    is_old = at_s - still.since_s >= STILL_S and still.looks >= SEEN_SHARE * still.frames
    is_steady = still.moves <= MOVES_SHARE * still.looks
    still.is_ghost = still.is_ghost or (is_old and is_steady and not still.is_real)


def _same_points(still: _Still, keypoints: FloatArray) -> bool:
    """Whether the points that are seen both times lie where they were; true if there are none."""
    both = (still.keypoints[:, 2] >= SURE_POINT) & (keypoints[:, 2] >= SURE_POINT)
    if not both.any():
        return True
    distance = np.linalg.norm(still.keypoints[both, :2] - keypoints[both, :2], axis=1)
    return bool(np.median(distance) <= SAME_POINTS * (still.xyxy[3] - still.xyxy[1]))


def _middle(box: FloatArray) -> FloatArray:
    return np.asarray((box[:2] + box[2:]) / 2, np.float64)
