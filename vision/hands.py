"""What the hands near shelves hold: crops around wrists, one small classifier for all of them.

Only people within reach of a shelf are looked at, so that most frames cost nothing.
"""

import numpy as np

from cart_tracker.observations import Hand, HandSeen, TrackletId
from cart_tracker.store_map import StoreMap
from models.zoo import LoadedModel
from vision.boxes import FloatArray
from vision.errors import ModelError
from vision.hand_crop import CROP_PX, cut_hands, hand_crop_box
from vision.inference import Session
from vision.keypoints import ELBOWS, WRISTS
from vision.types import BoolArray, Frame, Image, IntArray, Tracklets

EMPTY_CLASS = "empty"
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


class HandClassifier:
    """A classifier of hand crops for the products of one store."""

    def __init__(self, session: Session, columns: IntArray) -> None:
        """Prepare for a network that returns probabilities.

        Args:
            session: The network: RGB crops in [0, 1] in, probabilities of its classes out.
            columns: `(1 + n_products,)` its output columns for "empty" and the store's products; see
                `columns_for`.
        """
        self._session = session
        self._columns = columns
        self._knows_all = bool((columns >= 0).all())

    def look(
        self, frame: Frame, tracklets: Tracklets, floor_xy_m: FloatArray, store_map: StoreMap
    ) -> list[HandSeen]:
        """Classify the visible hands near shelves, person by person, left hand first.

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
        log_likelihood = np.round(self.classify(cut_hands(frame.image, boxes), confidence), 3)
        return [
            HandSeen(
                frame.camera_id,
                frame.at_s,
                TrackletId(int(tracklets.tracklet_id[row])),
                Hand(int(hand)),
                values,
            )
            for row, hand, values in zip(rows, hands, log_likelihood, strict=True)
        ]

    def classify(self, crops: Image, confidence: FloatArray) -> FloatArray:
        """Log-likelihoods `(n, 1 + n_products)` of BGR crops `(n, 64, 64, 3)`.

        Args:
            crops: Pictures of hands.
            confidence: `(n,)` of the wrists they were cut around. Divides the network's sureness by a
                temperature (Guo et al., ICML 2017).
        """
        batch = np.ascontiguousarray(crops[..., ::-1].transpose(0, 3, 1, 2), np.float32) / np.float32(255)
        probability = self._told_apart(self._session.run(batch).astype(np.float64))
        temperature = np.interp(confidence, CONFIDENCE_RANGE, TEMPERATURE_RANGE)
        scaled = np.log(np.maximum(probability, 1e-12)) / temperature[:, None]
        best = scaled.max(axis=1, keepdims=True)
        normal = scaled - best - np.log(np.exp(scaled - best).sum(axis=1, keepdims=True))
        log_likelihood: FloatArray = np.maximum(normal, LEAST_LOG_LIKELIHOOD)
        return log_likelihood

    def _told_apart(self, probability: FloatArray) -> FloatArray:
        """Return `(n, 1 + n_products)`: "empty", then the store's products.

        A network that was not trained on all of them still tells full hands from empty ones. What it says
        of the products it knows means nothing then: a hand that holds something holds any of them.
        """
        if self._knows_all:
            return probability[:, self._columns]
        empty = probability[:, self._columns[:1]]
        told: FloatArray = np.hstack([empty, np.repeat(1.0 - empty, len(self._columns) - 1, axis=1)])
        return told


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


def columns_for(model: LoadedModel, store_map: StoreMap) -> IntArray:
    """Output columns of a hand network for "empty" and the store's products, in their order.

    Returns:
        `(1 + n_products,)`; -1 for products that the network was not trained on.

    Raises:
        ModelError: If the network does not know empty hands, or takes crops of another size.
    """
    card = model.card
    if card.task != "classify" or (card.input.width, card.input.height) != (CROP_PX, CROP_PX):
        raise ModelError(
            f"model {card.name!r} does not classify crops of {CROP_PX}x{CROP_PX} pixels;"
            " choose another or train it again"
        )
    if EMPTY_CLASS not in card.classes:
        raise ModelError(
            f"model {card.name!r} does not know {EMPTY_CLASS!r} hands; choose another or train it again"
        )
    wanted = (EMPTY_CLASS, *store_map.product_ids)
    return np.array([card.classes.index(n) if n in card.classes else -1 for n in wanted], np.int64)
