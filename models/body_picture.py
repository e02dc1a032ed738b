"""The picture of a body that wrists are found in: made by one function, in training and in the store.

Beside the colours it has two planes with the arms as the shopper network found them, left and right: they
tell whose wrists are asked for where people stand close together (Moon et al., PoseFix, CVPR 2019, refine a
pose that is shown in a similar way).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from models.training_data import KEYPOINTS

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Image = npt.NDArray[np.uint8]

SIDE_PER_BOX = 1.25  # of the longer side of a person's box: arms reach out of boxes, and boxes are off
PICTURE_PX = 128  # a body of a camera of 640x480 is 60 to 150 pixels long
OUTSIDE_GREY = 114  # as the shopper network's pictures are padded
PLANES = 5  # blue, green, red, left arm, right arm
_LEAST_SIDE_PX = 8
# Each arm is drawn from the head on, with the hip: which side of whom.
_LIMBS = (("head_top", "{}_shoulder"), ("{}_shoulder", "{}_hip"), ("{}_shoulder", "{}_elbow"))
_FOREARM = ("{}_elbow", "{}_wrist")
_ARMS = tuple(
    tuple(tuple(KEYPOINTS.index(name.format(side)) for name in limb) for limb in (*_LIMBS, _FOREARM))
    for side in ("left", "right")
)
_LINE_WIDTH, _WRIST_RADIUS = 1 / 42, 1 / 32  # of the picture's side
_FRACTION_BITS = 4  # of coordinates that lines are drawn at


def body_squares(xyxy: FloatArray, side_per_box: float = SIDE_PER_BOX) -> IntArray:
    """Squares around boxes.

    Args:
        xyxy: `(n, 4)` boxes in pixels.
        side_per_box: Side of a square per longer side of its box.

    Returns:
        `(n, 3)` left, top and side in whole pixels; may reach outside the picture.
    """
    centre = (xyxy[:, :2] + xyxy[:, 2:]) / 2
    side = side_per_box * (xyxy[:, 2:] - xyxy[:, :2]).max(axis=1, initial=0.0)
    side = np.maximum(np.round(side), _LEAST_SIDE_PX)
    corner = np.round(centre - side[:, None] / 2)
    return np.column_stack([corner, side]).astype(np.int64)


def body_pictures(image: Image, squares: IntArray, keypoints: FloatArray, side_px: int = PICTURE_PX) -> Image:
    """Cut bodies out of a BGR picture and draw their arms beside it.

    Args:
        image: The frame.
        squares: `(n, 3)` of `body_squares`.
        keypoints: `(n, 11, 3)` as the shopper network found them, in pixels of the frame.
        side_px: Side of the pictures.

    Returns:
        `(n, side_px, side_px, 5)`; grey outside the frame. An arm is the brighter, the surer its joints are.
    """
    pictures: Image = np.zeros((len(squares), side_px, side_px, PLANES), np.uint8)
    pictures[..., :3] = _cut(image, squares, side_px)
    shown = keypoints[..., :2] - squares[:, None, :2]
    shown = shown * (side_px / squares[:, None, 2:])
    for picture, joints, sure in zip(pictures, shown, keypoints[..., 2], strict=True):
        for plane, arm in enumerate(_ARMS, start=3):
            picture[..., plane] = _drawn(arm, joints, sure, side_px)
    return pictures


def _drawn(arm: Sequence[Sequence[int]], joints: FloatArray, sure: FloatArray, side_px: int) -> Image:
    plane: Image = np.zeros((side_px, side_px), np.uint8)
    # Pixel centres lie at +0.5; what is far outside need not be exact.
    places = np.clip((joints - 0.5) * (1 << _FRACTION_BITS), -30_000, 30_000).round().astype(int).tolist()
    light = np.clip(sure * 255, 0, 255).tolist()
    for start, end in arm:
        width = max(round(_LINE_WIDTH * side_px), 1)
        cv2.line(plane, places[start], places[end], light[end], width, cv2.LINE_AA, _FRACTION_BITS)
    wrist = arm[-1][-1]
    radius = round(_WRIST_RADIUS * side_px * (1 << _FRACTION_BITS))
    cv2.circle(plane, places[wrist], radius, light[wrist], -1, cv2.LINE_AA, _FRACTION_BITS)
    return plane


def _cut(image: Image, squares: IntArray, side_px: int) -> Image:
    height, width = image.shape[:2]
    pictures: Image = np.full((len(squares), side_px, side_px, 3), OUTSIDE_GREY, np.uint8)
    for picture, (left, top, side) in zip(pictures, squares.tolist(), strict=True):
        inside = image[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)]
        if inside.size == 0:
            continue
        above, before = max(-top, 0), max(-left, 0)
        below, behind = max(top + side - height, 0), max(left + side - width, 0)
        if above or before or below or behind:
            grey = (OUTSIDE_GREY,) * 3
            inside = np.asarray(
                cv2.copyMakeBorder(inside, above, below, before, behind, cv2.BORDER_CONSTANT, value=grey),
                np.uint8,
            )
        smaller = side > side_px
        cv2.resize(
            inside,
            (side_px, side_px),
            dst=picture,
            interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR,
        )
    return pictures
