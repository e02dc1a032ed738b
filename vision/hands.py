"""What the hands near shelves hold: crops around wrists, one network for all of them.

Only people within reach of a shelf are looked at, so that most frames cost nothing.
"""

import numpy as np

from cart_tracker.observations import Hand, HandSeen, TrackletId
from cart_tracker.store_map import StoreMap
from vision.boxes import FloatArray
from vision.hand_crop import cut_hands, hand_crop_box
from vision.hand_readers import HandReader
from vision.keypoints import ELBOWS, WRISTS
from vision.types import BoolArray, Frame, IntArray, Tracklets

REACH_M = 1.2  # from the front of a shelf: an arm, a step and the error of the floor point
BEHIND_M = 0.3  # leaning in, the floor point may lie inside the shelf
BESIDE_M = 0.6
MIN_WRIST_CONFIDENCE = 0.4
MIN_ELBOW_CONFIDENCE = 0.2


class HandClassifier:
    """Says what hands hold in one store."""

    def __init__(self, reader: HandReader) -> None:
        """Prepare for one way to read pictures."""
        self._reader = reader

    def look(
        self, frame: Frame, tracklets: Tracklets, floor_xy_m: FloatArray, store_map: StoreMap
    ) -> list[HandSeen]:
        """Look at the visible hands near shelves, person by person, left hand first.

        Args:
            frame: The picture.
            tracklets: Who is in it.
            floor_xy_m: `(n, 2)` where they stand; NaN where unknown.
            store_map: The shelves.
        """
        near = near_shelves(floor_xy_m, store_map)
        rows, hands, boxes = visible_hands(tracklets, near, (frame.image.shape[1], frame.image.shape[0]))
        if len(rows) == 0:
            return []
        held = self._reader.read(cut_hands(frame.image, boxes, self._reader.crop_px))
        return [
            HandSeen(
                frame.camera_id,
                frame.at_s,
                TrackletId(int(tracklets.tracklet_id[row])),
                Hand(int(hand)),
                np.round(what, 3),
                np.round(units, 3),
            )
            for row, hand, what, units in zip(
                rows, hands, held.log_likelihood, held.units_log_likelihood, strict=True
            )
        ]


def near_shelves(floor_xy_m: FloatArray, store_map: StoreMap) -> BoolArray:
    """Whether people at `(n, 2)` floor points are within reach of any shelf: `(n,)`."""
    near = np.zeros(len(floor_xy_m), np.bool_)
    points = np.column_stack([floor_xy_m, np.zeros(len(floor_xy_m))])
    for shelf in store_map.shelves:
        along, inward, _ = shelf.to_shelf(points).T
        beside = np.maximum(-along, along - shelf.width_m)
        near |= (inward > -REACH_M) & (inward < BEHIND_M) & (beside < BESIDE_M)
    return near


def visible_hands(
    tracklets: Tracklets, chosen: BoolArray, frame_px: tuple[int, int]
) -> tuple[IntArray, IntArray, FloatArray]:
    """Where the seen hands of the `chosen` people are.

    Returns:
        `(m,)` rows of `tracklets`, `(m,)` hands (0 left, 1 right) and `(m, 4)` crop boxes.
    """
    keypoints = tracklets.people.keypoints
    wrists, elbows = keypoints[:, list(WRISTS)], keypoints[:, list(ELBOWS)]
    uv = wrists[..., :2]
    inside = ((uv >= 0) & (uv < frame_px)).all(axis=2)
    seen = inside & (wrists[..., 2] >= MIN_WRIST_CONFIDENCE) & chosen[:, None]
    rows, hands = np.nonzero(seen)
    elbow = np.where(elbows[..., 2:] >= MIN_ELBOW_CONFIDENCE, elbows[..., :2], np.nan)[rows, hands]
    heights = tracklets.people.xyxy[:, 3] - tracklets.people.xyxy[:, 1]
    return rows, hands, hand_crop_box(elbow, uv[rows, hands], heights[rows])
