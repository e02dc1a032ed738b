"""Find people, their keypoints and hands in one frame with a YOLO pose network.

The picture is scaled to fit the network's input and padded with grey, as in training; the network's raw
output is decoded for all candidates at once. Source of the output layout: ultralytics' YOLOv8-pose.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from models.zoo import LoadedModel
from vision.boxes import FloatArray, suppress
from vision.errors import ModelError
from vision.inference import Float32Array, Session
from vision.keypoints import KEYPOINT_COUNT, Keypoint
from vision.types import Detections, Image, no_detections, people_found
from vision.wrist_matching import with_hands

PADDING_GREY = 114  # what ultralytics pads with
MIN_SCORE = 0.1  # low scores still carry an existing tracklet (ByteTrack)
MAX_OVERLAP = 0.6  # two shoppers side by side overlap up to this; one shopper's duplicates more
MAX_CANDIDATES = 300  # before suppression: ten times more than people fit into a view
CLASSES = ("person", "hand")
OUTPUT_ROWS = 4 + len(CLASSES) + 3 * KEYPOINT_COUNT
MIN_HAND_SCORE = 0.05  # near a wrist of the pose even a weak hand is right more often than the pose
MAX_HAND_OVERLAP = 0.4


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a frame sits in the network's input: `input = frame * scale + offset`."""

    scale: float
    width: int
    height: int
    left: int
    top: int


def fit(frame_px: tuple[int, int], input_px: tuple[int, int]) -> Letterbox:
    """Centre a frame of (width, height) in an input of (width, height), as large as it fits."""
    scale = min(input_px[0] / frame_px[0], input_px[1] / frame_px[1])
    width, height = round(frame_px[0] * scale), round(frame_px[1] * scale)
    return Letterbox(scale, width, height, (input_px[0] - width) // 2, (input_px[1] - height) // 2)


class PoseDetector:
    """A pose network with the buffers of one worker; not for two threads at once."""

    def __init__(self, session: Session, input_px: tuple[int, int]) -> None:
        """Prepare buffers for inputs of `input_px` (width, height)."""
        width, height = input_px
        self._session = session
        self._input_px = input_px
        self._canvas: Image = np.full((height, width, 3), PADDING_GREY, np.uint8)
        self._batch: Float32Array = np.empty((1, 3, height, width), np.float32)
        self._letterbox: tuple[tuple[int, int], Letterbox] | None = None

    def detect(self, image: Image) -> Detections:
        """Find the people in a BGR picture, best first."""
        letterbox = self._fill(image)
        raw = self._session.run(self._batch)
        return decode(raw, letterbox, (image.shape[1], image.shape[0]))

    def network_input(self, image: Image) -> Float32Array:
        """Return what the network is given for a BGR picture: `(1, 3, height, width)`, for calibrating it."""
        self._fill(image)
        return self._batch.copy()

    def _fill(self, image: Image) -> Letterbox:
        frame_px = (image.shape[1], image.shape[0])
        if self._letterbox is None or self._letterbox[0] != frame_px:
            self._canvas[:] = PADDING_GREY
            self._letterbox = (frame_px, fit(frame_px, self._input_px))
        box = self._letterbox[1]
        inside = self._canvas[box.top : box.top + box.height, box.left : box.left + box.width]
        cv2.resize(image, (box.width, box.height), dst=inside, interpolation=cv2.INTER_LINEAR)
        for plane, channel in zip(self._batch[0], cv2.split(self._canvas)[::-1], strict=True):
            np.multiply(channel, np.float32(1 / 255), out=plane, casting="unsafe")
        return box


def decode(raw: Float32Array, letterbox: Letterbox, frame_px: tuple[int, int]) -> Detections:
    """Turn raw network output into people in pixels of the frame, their wrists where hands were found.

    Args:
        raw: `(1, 39, candidates)`: centre x, centre y, width, height, score as a person and as a hand, then
            x, y, confidence of each keypoint; pixels of the network's input.
        letterbox: How the frame sat in the input.
        frame_px: Width and height of the frame; boxes are clipped to it, keypoints are not.

    Raises:
        ModelError: If the output has another shape.
    """
    if raw.ndim != 3 or raw.shape[0] != 1 or raw.shape[1] != OUTPUT_ROWS:
        raise ModelError(
            f"the shopper network returned shape {raw.shape}, expected (1, {OUTPUT_ROWS}, n);"
            " export it again with 'walkout export'"
        )
    people, xyxy = _best(raw[0], 4, MIN_SCORE, MAX_OVERLAP, letterbox)
    if len(people) == 0:
        return no_detections()
    hands, hands_xyxy = _best(raw[0], 5, MIN_HAND_SCORE, MAX_HAND_OVERLAP, letterbox)
    keypoints = people[:, 6:].reshape(-1, KEYPOINT_COUNT, 3)
    keypoints[..., :2] = (keypoints[..., :2] - _offset(letterbox)) / letterbox.scale
    keypoints = with_hands(keypoints, xyxy, (hands_xyxy[:, :2] + hands_xyxy[:, 2:]) / 2, hands[:, 5])
    limit = np.array([frame_px[0], frame_px[1], frame_px[0], frame_px[1]], np.float64)
    return people_found(np.clip(xyxy, 0.0, limit), people[:, 4].copy(), keypoints)


def _best(
    raw: Float32Array, score_row: int, min_score: float, max_overlap: float, letterbox: Letterbox
) -> tuple[FloatArray, FloatArray]:
    """Return the candidates of one class `(k, rows)`, best first, and their boxes `(k, 4)` in the frame."""
    scores = raw[score_row]
    candidates = np.flatnonzero(scores > min_score)
    order = np.argsort(-scores[candidates], kind="stable")[:MAX_CANDIDATES]
    columns = raw[:, candidates[order]].T.astype(np.float64)
    centre = (columns[:, 0:2] - _offset(letterbox)) / letterbox.scale
    size = columns[:, 2:4] / letterbox.scale
    xyxy = np.concatenate([centre - size / 2, centre + size / 2], axis=1)
    kept = suppress(xyxy, max_overlap)
    return columns[kept], xyxy[kept]


def _offset(letterbox: Letterbox) -> FloatArray:
    return np.array([letterbox.left, letterbox.top], np.float64)


def check_pose_card(model: LoadedModel) -> tuple[int, int]:
    """Return the input size (width, height) of a pose network whose card fits this code.

    Raises:
        ModelError: If it finds other things than people with our keypoints, and hands.
    """
    expected = tuple(point.name.lower() for point in Keypoint)
    if model.card.task != "pose" or model.card.classes != CLASSES or model.card.keypoints != expected:
        raise ModelError(
            f"model {model.card.name!r} does not find {' and '.join(CLASSES)} with the keypoints"
            f" {', '.join(expected)}; choose another model or train it again"
        )
    return model.card.input.width, model.card.input.height
