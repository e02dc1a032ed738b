"""What the hands near shelves hold: crops around wrists, one network for all of them, the store's gallery.

Only people within reach of a shelf are looked at, so that most frames cost nothing.
"""

from dataclasses import dataclass

import numpy as np

from cart_tracker.observations import Hand, HandSeen, TrackletId
from cart_tracker.store_map import StoreMap
from vision.boxes import FloatArray
from vision.hand_crop import cut_hands, hand_crop_box
from vision.keypoints import ELBOWS, WRISTS
from vision.products import Gallery, ProductEyes
from vision.types import BoolArray, Frame, Image, IntArray, Tracklets

REACH_M = 1.2  # from the front of a shelf: an arm, a step and the error of the floor point
BEHIND_M = 0.3  # leaning in, the floor point may lie inside the shelf
BESIDE_M = 0.6
MIN_WRIST_CONFIDENCE = 0.4
MIN_ELBOW_CONFIDENCE = 0.2
# The less a wrist is sure, the further off its crop and the less its classes mean: least negative
# log-likelihood on 1,926 crops cut around wrists that the shopper network found, in two recordings of stores
# not trained on. That training hands were empty in 28 % of crops is left in: dividing it out made the empty
# hands in front of full shelves look full, and the likelihood worse (1.46 against 1.26 nats).
CONFIDENCE_RANGE = (0.45, 0.75)
TEMPERATURE_RANGE = (2.3, 1.2)
LEAST_LOG_LIKELIHOOD = -8.0  # one crop is never worth more: blur and occlusion are not in the softmax


@dataclass(frozen=True, slots=True, eq=False)
class HandContents:
    """What `n` hands seem to hold.

    Attributes:
        log_likelihood: `(n, 1 + n_products)` of "empty" and of each product; 0 for the likeliest.
        units_log_likelihood: `(n, 3)` of one, two, three and more units, should there be any.
    """

    log_likelihood: FloatArray
    units_log_likelihood: FloatArray


class HandClassifier:
    """Says what hands hold in one store."""

    def __init__(self, eyes: ProductEyes, gallery: Gallery) -> None:
        """Prepare.

        Args:
            eyes: The network.
            gallery: What the store's products look like, in the store's order.
        """
        self._eyes = eyes
        self._gallery = gallery

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
        confidence = tracklets.people.keypoints[rows, np.asarray(WRISTS)[hands], 2]
        held = self.classify(cut_hands(frame.image, boxes), confidence)
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

    def classify(self, crops: Image, confidence: FloatArray) -> HandContents:
        """Say what is in BGR crops `(n, 96, 96, 3)`.

        Args:
            crops: Pictures of hands.
            confidence: `(n,)` of the wrists they were cut around. Divides the network's sureness by a
                temperature (Guo et al., ICML 2017).
        """
        looks = self._eyes.look(crops)
        temperature = np.interp(confidence, CONFIDENCE_RANGE, TEMPERATURE_RANGE)[:, None]
        units = looks.units_log_odds / temperature
        units -= np.logaddexp.reduce(units, axis=1, keepdims=True)
        holding = np.logaddexp.reduce(units[:, 1:], axis=1, keepdims=True)
        products = self._gallery.log_likelihood(looks.embedding / temperature)
        # The gallery shares one hand among all products; a likelihood asks how well each alone explains it.
        each = holding + products + np.log(products.shape[1])
        contents = np.concatenate([units[:, :1], each], axis=1)
        contents -= contents.max(axis=1, keepdims=True)
        return HandContents(
            np.maximum(contents, LEAST_LOG_LIKELIHOOD),
            np.maximum(units[:, 1:] - holding, LEAST_LOG_LIKELIHOOD),
        )


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
