"""Where the picture of a hand is cut out: one function, the same in training and at run time.

Only the wrist and the elbow are known; what is held lies beyond the wrist, on the line of the forearm.
"""

import cv2
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8]

BEYOND_WRIST = 0.35  # of the forearm: the middle of a closed hand plus half a carton
SIDE_PER_PERSON_HEIGHT = 0.28  # a hand with a bottle, seen from the ceiling
MIN_SIDE_PX = 28.0
MAX_SIDE_PX = 110.0
CROP_PX = 96  # the side the crop is resized to: what the network is fed


def hand_crop_box(elbow_uv: FloatArray, wrist_uv: FloatArray, person_height_px: FloatArray) -> FloatArray:
    """Square boxes around hands.

    Args:
        elbow_uv: `(..., 2)` pixels; NaN when unknown, the crop is then centred on the wrist.
        wrist_uv: `(..., 2)` pixels.
        person_height_px: `(...)` height of the person's box.

    Returns:
        `(..., 4)` xyxy in pixels; may reach outside the picture.
    """
    elbow, wrist = np.asarray(elbow_uv, dtype=np.float64), np.asarray(wrist_uv, dtype=np.float64)
    forearm = np.where(np.isfinite(elbow), wrist - elbow, 0.0)
    centre = wrist + BEYOND_WRIST * forearm
    side = np.clip(SIDE_PER_PERSON_HEIGHT * np.asarray(person_height_px), MIN_SIDE_PX, MAX_SIDE_PX)
    half = side[..., None] / 2
    return np.concatenate([centre - half, centre + half], axis=-1)


def cut_hands(image: Image, boxes: FloatArray, side_px: int = CROP_PX) -> Image:
    """Cut `(n, 4)` square boxes out of a BGR picture: `(n, side, side, 3)`; outside, its edge is repeated."""
    crops: Image = np.empty((len(boxes), side_px, side_px, 3), np.uint8)
    for crop, (left, top, right, _) in zip(crops, boxes, strict=True):
        step = (right - left) / side_px
        # Pixel centres lie at +0.5, in the crop as in the picture.
        shift = np.array([left, top]) + 0.5 * step - 0.5
        affine = np.array([[step, 0.0, shift[0]], [0.0, step, shift[1]]])
        cv2.warpAffine(
            image,
            affine,
            (side_px, side_px),
            dst=crop,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return crops
