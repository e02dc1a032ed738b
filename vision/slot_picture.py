"""What the slot network judges: before, after and what is known of the difference, around one place.

Its scale is that of a unit: the network needs not know how large products are, or how far away.
"""

import cv2
import numpy as np
import numpy.typing as npt

from models.slot_samples import PICTURE_PX
from vision.boxes import FloatArray
from vision.slot_looks import Look
from vision.types import BoolArray

PlaneArray = npt.NDArray[np.uint8]

# So much is shown to each side of the place that changed, in units of the product (across, up and down): what
# stands beside, and both boards.
REACH_UNITS = (2.5, 1.3)
BEYOND_PLACE_UNITS = (0.75, 0.35)  # and at least so much around a place that is larger
LEAST_REACH_PX = (16.0, 12.0)  # rectified; around the smallest products
MOST_STRETCH = 1.6  # of one side against the other
LEVELS_PER_SIGMA = 16.0  # differences of 16 sigmas and more look alike


def slot_picture(
    before: Look,
    after: Look,
    sigmas: npt.NDArray[np.float32],
    valid: BoolArray,
    place: BoolArray,
    window: tuple[slice, slice],
    unit_px: tuple[float, float],
) -> PlaneArray:
    """Draw what changed: `(10, 48, 64)`.

    The planes: blue, green, red before; the same after; the difference in the noise's standard deviations,
    times 16; what both looks show; the slot's opening; the place that changed. The last three are 0 or 255.

    Args:
        before: `(h, w, 3)` BGR.
        after: The same in the light of `before`.
        sigmas: `(h, w)`.
        valid: `(h, w)`.
        place: `(h, w)` what the picture is about; some of it is True.
        window: Rows and columns of the slot's opening.
        unit_px: Width and height of a unit's front in these pixels.
    """
    to_picture = _around(place, unit_px)
    opening = np.zeros(place.shape, np.uint8)
    opening[window] = 255
    differs = np.clip(sigmas * LEVELS_PER_SIGMA, 0.0, 255.0)
    masks = np.stack([valid.astype(np.uint8) * 255, opening, place.astype(np.uint8) * 255], axis=-1)
    layers = [
        cv2.warpAffine(layer.astype(np.float32), to_picture, PICTURE_PX, flags=cv2.INTER_LINEAR)
        for layer in (before, after, differs, masks)
    ]
    picture = np.concatenate([layer.reshape(*layer.shape[:2], -1) for layer in layers], axis=2)
    return np.ascontiguousarray(np.clip(picture, 0, 255).astype(np.uint8).transpose(2, 0, 1))


def _around(place: BoolArray, unit_px: tuple[float, float]) -> FloatArray:
    """Affine map `(2, 3)` from the pixels of the looks into the picture."""
    rows, columns = np.flatnonzero(place.any(axis=1)), np.flatnonzero(place.any(axis=0))
    low = np.array([columns[0], rows[0]], np.float64)
    high = np.array([columns[-1] + 1, rows[-1] + 1], np.float64)
    size, unit = np.array(PICTURE_PX, np.float64), np.array(unit_px)
    far, least = np.array(REACH_UNITS) * unit, np.array(LEAST_REACH_PX)
    needed = 0.5 * (high - low) + np.array(BEYOND_PLACE_UNITS) * unit
    reach = np.maximum(np.maximum(far, needed), least)
    px_each = reach / size
    scale = 1.0 / (2.0 * np.maximum(px_each, px_each[::-1] / MOST_STRETCH))
    shift = size / 2.0 - 0.5 - scale * (0.5 * (low + high) - 0.5)
    return np.array([[scale[0], 0.0, shift[0]], [0.0, scale[1], shift[1]]])
