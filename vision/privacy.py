"""Heads are made unrecognisable before a picture is kept; all that keeps pictures of a store goes this way.

A head is replaced by at most 4x4 cells, which no matter how near the camera hangs is less than a face can be
told by; only the windows of heads are touched, so hands and products stay as sharp as they were. Raw
recordings stay what they are: they are made by the shop's own recorder, and read here but never written.
"""

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from models import zoo
from vision.boxes import touch
from vision.detector import PoseDetector, check_pose_card
from vision.inference import open_session
from vision.keypoints import Keypoint
from vision.providers import Provider
from vision.settings import SHOPPER_MODEL
from vision.types import BoolArray, Detections, FloatArray, Image

CELLS = 4
MIN_CONFIDENCE = 0.3
GUESS_CONFIDENCE = 0.05  # of a head: below, the network has no idea where it is
# A head's radius, over what is seen of a body: heads are 0.24 m high and shoulders 0.4 m apart; half as much
# again is for hair, hats and the noise of keypoints.
RADIUS_OF_NECK, RADIUS_OF_SHOULDERS, RADIUS_OF_BOX = 0.75, 0.45, 0.06
UPPER_SHARE, UPPER_SHARE_FROM_ABOVE = 0.3, 0.7  # of the box, where the head's place is not known
FROM_ABOVE = 0.75  # width over height of a box from which on the head may be in its middle
KEPT_S = 1.0  # how long a head that is not found any more stays hidden where it was
_NECK = [Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]


def hide_heads(image: Image, windows_xyxy: FloatArray) -> None:
    """Make what lies in the windows `(n, 4)`, pixels, unrecognisable; in place."""
    height, width = image.shape[:2]
    lows = np.maximum(np.floor(windows_xyxy[:, :2]), 0).astype(int)
    highs = np.minimum(np.ceil(windows_xyxy[:, 2:]), (width, height)).astype(int)
    for (left, top), (right, bottom) in zip(lows.tolist(), highs.tolist(), strict=True):
        if right > left and bottom > top:
            patch = image[top:bottom, left:right]
            coarse = cv2.resize(patch, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
            patch[:] = cv2.resize(coarse, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)


def head_windows(people: Detections) -> FloatArray:
    """Return where heads are or may be: `(n, 4)` boxes in pixels, one per person, weak detections too.

    Where head and a shoulder are seen, around both; else the upper part of the box, and where the network
    guesses the head to be.
    """
    if len(people) == 0:
        return np.empty((0, 4))
    size = people.xyxy[:, 2:] - people.xyxy[:, :2]
    head, shoulders = people.keypoints[:, Keypoint.HEAD_TOP], people.keypoints[:, _NECK]
    is_seen: BoolArray = shoulders[..., 2] >= MIN_CONFIDENCE
    share = is_seen / np.maximum(is_seen.sum(axis=1), 1)[:, None]
    neck = (shoulders[..., :2] * share[..., None]).sum(axis=1)
    breadth = np.linalg.norm(shoulders[:, 0, :2] - shoulders[:, 1, :2], axis=1) * is_seen.all(axis=1)
    radius = np.maximum.reduce(
        [
            RADIUS_OF_NECK * np.linalg.norm(head[:, :2] - neck, axis=1),
            RADIUS_OF_SHOULDERS * breadth,
            RADIUS_OF_BOX * size[:, 1],
        ]
    )
    is_known = (head[:, 2] >= MIN_CONFIDENCE) & is_seen.any(axis=1)
    known = _around((head[:, :2] + neck) / 2, radius)
    is_guessed = head[:, 2] >= GUESS_CONFIDENCE
    guess = _around(head[:, :2], UPPER_SHARE / 2 * size.max(axis=1))
    return np.where(is_known[:, None], known, _joined(upper_parts(people.xyxy), guess, is_guessed))


def upper_parts(people_xyxy: FloatArray) -> FloatArray:
    """Return the upper parts `(n, 4)` of boxes whose heads nothing is known of."""
    windows = people_xyxy.copy()
    size = people_xyxy[:, 2:] - people_xyxy[:, :2]
    is_from_above = size[:, 0] > FROM_ABOVE * size[:, 1]
    share = np.where(is_from_above, UPPER_SHARE_FROM_ABOVE, UPPER_SHARE)
    windows[:, 3] = people_xyxy[:, 1] + share * size[:, 1]
    return windows


class FaceHider:
    """Hides heads in pictures of one camera that are about to be kept, by looking for people in them."""

    def __init__(self, detector: PoseDetector) -> None:
        """Look with `detector`."""
        self._detector = detector

    def hidden(self, image: Image) -> Image:
        """Return the picture, BGR, without faces."""
        return _without(image, head_windows(self._detector.detect(image)))

    def hidden_clip(self, pictures: Iterable[tuple[float, Image]]) -> Iterator[tuple[float, Image]]:
        """Yield capture time in seconds and picture of a clip without faces.

        Every second picture is looked at; those between hide what either neighbour does. A head that is
        lost stays hidden where it was for a second.
        """
        kept, kept_s = np.empty((0, 4)), np.empty(0)
        between: tuple[float, Image] | None = None
        for index, (at_s, image) in enumerate(pictures):
            if index % 2:
                between = (at_s, image)
                continue
            found = head_windows(self._detector.detect(image))
            if between is not None:
                yield between[0], _without(between[1], np.concatenate([found, kept]))
            is_lost = ~touch(kept, found).any(axis=1) & (at_s - kept_s <= KEPT_S)
            kept = np.concatenate([found, kept[is_lost]])
            kept_s = np.concatenate([np.full(len(found), at_s), kept_s[is_lost]])
            yield at_s, _without(image, kept)
            between = None
        if between is not None:
            yield between[0], _without(between[1], kept)


def open_face_hider(model: str = SHOPPER_MODEL, provider: Provider = Provider.AUTO) -> FaceHider:
    """Load the network that finds people.

    Raises:
        models.errors.ModelError: If its weights are missing or do not match their card.
        vision.errors.ModelError: If they do not fit this code.
    """
    loaded = zoo.load(model)
    return FaceHider(PoseDetector(open_session(loaded.path, provider), check_pose_card(loaded)))


def _without(image: Image, windows_xyxy: FloatArray) -> Image:
    copy = image.copy()
    hide_heads(copy, windows_xyxy)
    return copy


def _around(centre: FloatArray, radius: FloatArray) -> FloatArray:
    return np.concatenate([centre - radius[:, None], centre + radius[:, None]], axis=1)


def _joined(first: FloatArray, second: FloatArray, is_joined: BoolArray) -> FloatArray:
    """The boxes around both, where `is_joined`; else the first."""
    low, high = np.minimum(first[:, :2], second[:, :2]), np.maximum(first[:, 2:], second[:, 2:])
    return np.where(is_joined[:, None], np.concatenate([low, high], axis=1), first)
