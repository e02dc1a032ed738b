"""Tell a unit that left or came from everything else that changes between two pictures of a slot.

A unit is one compact blob that differs strongly, about as large as the product's front. Shadows and
exposure differ weakly and everywhere; the codec differs at edges. Where a unit stands there is print, colour
and light; where one stood there is the shaded board or the back of the shelf.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Patch = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

CHANGED_LEVELS = 16.0  # grey levels; noise and codec stay below
MIN_INNER_PX = 6
# Weights of the three signs of emptiness, and how far from even they must be. Chosen on 73 changes in
# three rendered stores: 71 signs right, 1 wrong, 1 left open.
COLOUR_WEIGHT = BRIGHTNESS_WEIGHT = 0.5
SURE_FROM = 0.15


@dataclass(frozen=True, slots=True)
class Blob:
    """The largest connected part of a patch that differs.

    Attributes:
        area_px: Its area.
        contrast: Mean difference inside it, grey levels.
        centre: Column and row of its middle in the patch.
        emptier: Over 0 if it looks more like an empty place than before, under 0 if less.
    """

    area_px: float
    contrast: float
    centre: tuple[float, float]
    emptier: float

    @property
    def units(self) -> float:
        """-1 where something left, 1 where something came, 0 where the look does not say."""
        return float(-np.sign(self.emptier)) if abs(self.emptier) > SURE_FROM else 0.0


NO_BLOB = Blob(0.0, 0.0, (0.0, 0.0), 0.0)


def largest_blob(before: Patch, after: Patch) -> Blob:
    """Compare two `(h, w, 3)` patches after evening out their exposure."""
    gain = np.median((before + 4.0) / (after + 4.0), axis=(0, 1))
    even = after * np.clip(gain, 0.5, 2.0).astype(np.float32)
    difference = np.abs(even - before).max(axis=2)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(
        (difference > CHANGED_LEVELS).astype(np.uint8), connectivity=4
    )
    if count < 2:
        return NO_BLOB
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    inside: Mask = np.asarray(labels) == largest
    column, row = centres[largest]
    return Blob(
        area_px=float(stats[largest, cv2.CC_STAT_AREA]),
        contrast=float(difference[inside].mean()),
        centre=(float(column), float(row)),
        emptier=_fullness(before, inside) - _fullness(even, inside),
    )


def _fullness(patch: Patch, inside: Mask) -> float:
    """How much print, colour and light there is inside a blob, off its rim; only differences matter."""
    inner: Mask = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    chosen = inner if inner.sum() > MIN_INNER_PX else inside
    across, down = cv2.Sobel(patch, cv2.CV_32F, 1, 0), cv2.Sobel(patch, cv2.CV_32F, 0, 1)
    print_levels = np.sqrt((np.square(across) + np.square(down)).sum(axis=2))[chosen].mean()
    colour = (patch.max(axis=2) - patch.min(axis=2))[chosen].mean()
    light = patch[chosen].mean()
    return float(
        np.log(print_levels + 5.0)
        + COLOUR_WEIGHT * np.log(colour + 5.0)
        + BRIGHTNESS_WEIGHT * np.log(light + 1.0)
    )
