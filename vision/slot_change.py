"""What differs between two looks of a slot: where, how much, and a picture of it for the network to judge.

Shadows and lamps change a look smoothly, things change it sharply: the difference is taken after a slowly
varying gain has been evened out, and against the noise each pixel is known to have.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.boxes import FloatArray
from vision.slot_looks import Look, LookPair
from vision.slot_picture import PlaneArray, slot_picture
from vision.types import BoolArray

SHADE_PX = 31  # shadows on shelves are softer than this many rectified pixels, units are smaller
SHADE_PASSES = 2
DARK_LEVELS = 8.0  # keeps gains of dark pixels finite
NOISE_LEVELS = 3.0  # what the codec may add to the noise that was seen
NOISE_FACTOR = 2.0
CHANGED_SIGMAS = 3.0
MIN_BLOB_PX = 4
SLOT_MARGIN_PX = 2  # a blob belongs to the slot that its middle is in, give or take this much
_SMALL = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """How the look of a slot changed; areas are in fronts of one unit of its product.

    Attributes:
        area: All that changed in the slot.
        largest: Its largest connected part.
        height: Of that part, in heights of a unit.
        spread: Share of the slot's clear part that changed.
        beyond: Share of the largest part above or below the slot's opening: units do not cross boards.
        since_s: When the changed place was last seen before.
        first_s: When it was seen first after.
        picture: `(10, 48, 64)` of the largest part and what is around it, see `slot_picture`.
    """

    area: float
    largest: float
    height: float
    spread: float
    beyond: float
    since_s: float
    first_s: float
    picture: PlaneArray


def compare(pair: LookPair, window: tuple[slice, slice], unit_px: tuple[float, float]) -> Comparison | None:
    """Compare two looks of the slot in `window` of the pair's pixels; None if nothing changed.

    Args:
        pair: The slot with what is around it.
        window: Rows and columns of the slot's opening.
        unit_px: Width and height of a unit's front in these pixels.
    """
    after = relit(pair)
    levels = np.abs(after - pair.before).max(axis=2)
    sigmas = np.where(pair.valid, levels / (NOISE_LEVELS + NOISE_FACTOR * pair.noise), np.float32(0.0))
    changed = sigmas > CHANGED_SIGMAS
    count, labels, stats, centres = cv2.connectedComponentsWithStats(changed.astype(np.uint8), connectivity=8)
    own = [label for label in range(1, count) if _is_in(centres[label], stats[label], window)]
    if not own:
        return None
    areas = stats[own, cv2.CC_STAT_AREA]
    label = own[int(areas.argmax())]
    place: BoolArray = np.asarray(labels) == label
    in_slot = np.zeros(changed.shape, np.bool_)
    in_slot[window] = True
    unit_area = max(unit_px[0] * unit_px[1], 1.0)
    return Comparison(
        area=float(areas.sum()) / unit_area,
        largest=float(areas.max()) / unit_area,
        height=float(stats[label, cv2.CC_STAT_HEIGHT]) / max(unit_px[1], 1.0),
        spread=_share(changed, in_slot & pair.valid),
        beyond=1.0 - float(place[window[0]].sum()) / float(place.sum()),
        since_s=float(np.median(pair.since_s[place])),
        first_s=float(np.median(pair.at_s[place])),
        picture=slot_picture(pair.before, after, sigmas, pair.valid, place, window, unit_px),
    )


def relit(pair: LookPair) -> Look:
    """The look after, in the light of the look before wherever the two differ smoothly."""
    weight: Look = pair.valid.astype(np.float32)
    gain: Look = np.ones((*pair.valid.shape, 1), np.float32)
    for _ in range(SHADE_PASSES):
        before, after = (look.sum(axis=2) + 3 * DARK_LEVELS for look in (pair.before, pair.after))
        size = (SHADE_PX, SHADE_PX)
        over = cv2.blur(weight * before * after, size, borderType=cv2.BORDER_REFLECT)
        under = cv2.blur(weight * after * after, size, borderType=cv2.BORDER_REFLECT)
        gain = np.where(under > _SMALL, over / np.maximum(under, _SMALL), 1.0).astype(np.float32)[..., None]
        off = np.abs(gain * pair.after - pair.before).max(axis=2) / (NOISE_LEVELS + NOISE_FACTOR * pair.noise)
        weight = pair.valid / (1.0 + np.square(off, dtype=np.float32))
    return (gain * (pair.after + DARK_LEVELS) - DARK_LEVELS).astype(np.float32)


def _is_in(centre: FloatArray, stats: npt.NDArray[np.int32], window: tuple[slice, slice]) -> bool:
    rows, columns = window
    is_inside = (
        columns.start - SLOT_MARGIN_PX <= centre[0] < columns.stop + SLOT_MARGIN_PX
        and rows.start - SLOT_MARGIN_PX <= centre[1] < rows.stop + SLOT_MARGIN_PX
    )
    return bool(is_inside and stats[cv2.CC_STAT_AREA] >= MIN_BLOB_PX)


def _share(changed: BoolArray, of: BoolArray) -> float:
    return float((changed & of).sum()) / max(int(of.sum()), 1)
