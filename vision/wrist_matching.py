"""Put wrists where hands were found: a small box is found more exactly than a joint of a whole body.

The pose says roughly where the wrists are and whose; the hands say exactly where one is. Both come from
the same network in the same pass.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from vision.boxes import FloatArray
from vision.keypoints import KEYPOINT_COUNT, WRISTS

# All measured on held-out stores. A wrist of the pose may be off by so much of the longer side of the
# person's box; a hand's score counts against its distance as `SCORE_WEIGHT` reaches per factor e.
MAX_DISTANCE = 0.3
SCORE_WEIGHT = 0.2
# How much of a joint's own confidence is left: without a hand, two wrists of three are hidden and the others
# are 20 pixels off; from a score of 0.2 on, nine of ten are seen, and right.
UNFOUND_CONFIDENCE, CONFIDENCE_PER_SCORE = 0.4, 3.0
_OUT_OF_REACH = 50.0


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
        Keypoints `(n, 11, 3)`; wrists are believed more, the better a hand was found there, and never more
        than the joint itself.
    """
    matched = keypoints.copy()
    wrists = list(WRISTS)
    trust = np.full((len(keypoints), KEYPOINT_COUNT), UNFOUND_CONFIDENCE)
    if len(keypoints) == 0 or len(hand_xy) == 0:
        matched[:, wrists, 2] *= UNFOUND_CONFIDENCE
        return matched
    reach = MAX_DISTANCE * (xyxy[:, 2:] - xyxy[:, :2]).max(axis=1)
    offset = keypoints[:, wrists, None, :2] - hand_xy
    distance = np.linalg.norm(offset, axis=3) / np.maximum(reach, 1e-6)[:, None, None]
    cost = distance - SCORE_WEIGHT * np.log(np.maximum(hand_score, 1e-6))
    # Beyond reach costs the same everywhere, so that it never decides between pairs within reach.
    cost = np.where(distance < 1.0, cost, _OUT_OF_REACH).reshape(-1, len(hand_xy))
    rows, columns = linear_sum_assignment(cost)
    near = cost[rows, columns] < _OUT_OF_REACH
    person, side = np.divmod(rows[near], len(wrists))
    joint = np.asarray(wrists)[side]
    hand = columns[near]
    matched[person, joint, :2] = hand_xy[hand]
    trust[person, joint] = np.minimum(UNFOUND_CONFIDENCE + CONFIDENCE_PER_SCORE * hand_score[hand], 1.0)
    matched[:, wrists, 2] *= trust[:, wrists]
    return matched
