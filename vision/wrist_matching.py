"""Put wrists where hands were found: a small box is found more exactly than a joint of a whole body.

The pose says roughly where the wrists are and whose; the hands say exactly where one is. Both come from
the same network in the same pass.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from vision.boxes import FloatArray
from vision.keypoints import WRISTS

# A wrist of the pose may be off by so much of the longer side of the person's box; three times the median
# error of wrists that nobody corrected.
MAX_DISTANCE = 0.3
# A wrist at which no hand was found is mostly hidden; its place is a guess, and its confidence says so.
UNFOUND_CONFIDENCE = 0.25


def with_hands(
    keypoints: FloatArray, xyxy: FloatArray, hand_xy: FloatArray, hand_score: FloatArray
) -> FloatArray:
    """Move wrists to the hands that are theirs, each hand to at most one wrist.

    Args:
        keypoints: `(n, 11, 3)` u, v, confidence of each person.
        xyxy: `(n, 4)` their boxes.
        hand_xy: `(m, 2)` centres of the hands found.
        hand_score: `(m,)` in [0, 1].

    Returns:
        Keypoints `(n, 11, 3)`; a wrist with a hand has at least the hand's confidence, one without at most
        `UNFOUND_CONFIDENCE` of its own.
    """
    matched = keypoints.copy()
    wrists = list(WRISTS)
    matched[:, wrists, 2] *= UNFOUND_CONFIDENCE
    if len(keypoints) == 0 or len(hand_xy) == 0:
        return matched
    reach = MAX_DISTANCE * (xyxy[:, 2:] - xyxy[:, :2]).max(axis=1)
    offset = keypoints[:, wrists, None, :2] - hand_xy
    cost = (np.linalg.norm(offset, axis=3) / np.maximum(reach, 1e-6)[:, None, None]).reshape(-1, len(hand_xy))
    # Beyond reach costs the same everywhere, so that it never decides between pairs within reach.
    rows, columns = linear_sum_assignment(np.minimum(cost, 1.0))
    near = cost[rows, columns] < 1.0
    person, side = np.divmod(rows[near], len(wrists))
    joint = np.asarray(wrists)[side]
    hand = columns[near]
    matched[person, joint, :2] = hand_xy[hand]
    matched[person, joint, 2] = np.maximum(keypoints[person, joint, 2], hand_score[hand])
    return matched
