"""What differs between two looks of a slot, told in numbers that mean the same for all products and cameras.

Shadows and lamps change a look smoothly, things change it sharply: the difference is taken after a slowly
varying gain has been evened out, and against the noise each pixel is known to have. Whether units left or
came shows in what the changed place looks like before and after, beside the rest of its slot: a unit looks
like the other units of the slot, an empty place does not.
"""

from dataclasses import astuple, dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.boxes import FloatArray
from vision.slot_looks import Look, LookPair
from vision.types import BoolArray

SHADE_PX = 31  # shadows on shelves are softer than this many rectified pixels, units are smaller
SHADE_PASSES = 2
DARK_LEVELS = 8.0  # keeps gains of dark pixels finite
NOISE_LEVELS = 3.0  # what the codec may add to the noise that was seen
NOISE_FACTOR = 2.0
CHANGED_SIGMAS = 3.0
MIN_BLOB_PX = 4
PATCH_PX = 2  # around a blob: its outline tells whether something stands there
FLAT_LEVELS = 6.0  # what varies less has no print: what is left of light would be compared
ASIDE_PX = 8  # units that are turned or pushed end at most this far away
SLOT_MARGIN_PX = 2  # a blob belongs to the slot that its middle is in, give or take this much
_SMALL = 1e-3


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the look of a slot changed; areas are in fronts of one unit of its product.

    Attributes:
        area: All that changed in the slot.
        largest: Its largest connected part.
        contrast: Mean change in it, in the noise's standard deviations.
        levels: The same in grey levels.
        likeness: Correlation of the changed place with itself, before and after; 1 for light alone.
        spread: Share of the slot's clear part that changed.
        around: Share that changed of what is clear around the slot.
        beyond: Share of the largest part above or below the slot's opening: units do not cross boards.
        cut_off: Share of the largest part's outline that runs along what could not be seen.
        width: Of the largest part, in widths of a unit; so is `height`.
        emptier_print: How much print (edges), colour and light went; negative for what came.
        emptier_colour: See `emptier_print`.
        emptier_light: See `emptier_print`.
        less_alike: How much less the place looks like some other part of the slot than before.
        shifted: How well what was there before is found again close by, beyond `likeness`.
        unit_seen: Natural log of the pixels that the camera has of one unit.
        first_s: When the changed place was seen first after; NaN where nothing changed.
        since_s: When it was last seen before.
    """

    area: float
    largest: float
    contrast: float
    levels: float
    likeness: float
    spread: float
    around: float
    beyond: float
    cut_off: float
    width: float
    height: float
    emptier_print: float
    emptier_colour: float
    emptier_light: float
    less_alike: float
    shifted: float
    unit_seen: float
    since_s: float
    first_s: float

    def numbers(self) -> FloatArray:
        """All but the times, `(17,)`."""
        return np.array(astuple(self)[:-2], np.float64)


def compare(
    pair: LookPair, window: tuple[slice, slice], unit_px: tuple[float, float], unit_seen_px: float
) -> Comparison | None:
    """Compare two looks of the slot in `window` of the pair's pixels; None if nothing changed.

    Args:
        pair: The slot with what is around it.
        window: Rows and columns of the slot's opening.
        unit_px: Width and height of a unit's front in these pixels.
        unit_seen_px: Area of it in the camera's picture.
    """
    after = relit(pair)
    levels = np.abs(after - pair.before).max(axis=2)
    sigmas = np.where(pair.valid, levels / (NOISE_LEVELS + NOISE_FACTOR * pair.noise), 0.0)
    changed = sigmas > CHANGED_SIGMAS
    count, labels, stats, centres = cv2.connectedComponentsWithStats(changed.astype(np.uint8), connectivity=8)
    own = [label for label in range(1, count) if _is_in(centres[label], stats[label], window)]
    if not own:
        return None
    areas = stats[own, cv2.CC_STAT_AREA]
    label = own[int(areas.argmax())]
    inside: BoolArray = np.asarray(labels) == label
    in_slot = np.zeros(changed.shape, np.bool_)
    in_slot[window] = True
    patch = _around(stats[label], changed.shape)
    unit_area = max(unit_px[0] * unit_px[1], 1.0)
    fullness = _fullness(pair.before, inside) - _fullness(after, inside)
    likeness = _correlation(pair.before[patch], after[patch])
    since = float(np.median(pair.since_s[inside]))
    return Comparison(
        area=float(areas.sum()) / unit_area,
        largest=float(areas.max()) / unit_area,
        contrast=float(sigmas[inside].mean()),
        levels=float(levels[inside].mean()),
        likeness=likeness,
        spread=_share(changed, in_slot & pair.valid),
        around=_share(changed, ~in_slot & pair.valid),
        beyond=1.0 - float(inside[window[0]].sum()) / float(inside.sum()),
        cut_off=_cut_off(inside, pair.valid),
        width=float(stats[label, cv2.CC_STAT_WIDTH]) / max(unit_px[0], 1.0),
        height=float(stats[label, cv2.CC_STAT_HEIGHT]) / max(unit_px[1], 1.0),
        emptier_print=float(fullness[0]),
        emptier_colour=float(fullness[1]),
        emptier_light=float(fullness[2]),
        less_alike=_less_alike(pair.before, after, patch, window),
        shifted=_found_close(pair.before, after, patch) - likeness,
        unit_seen=float(np.log(max(unit_seen_px, 1.0))),
        since_s=since,
        first_s=float(np.median(pair.at_s[inside])),
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


def _around(stats: npt.NDArray[np.int32], shape: tuple[int, ...]) -> tuple[slice, slice]:
    left, top, width, height = (int(value) for value in stats[:4])
    return (
        slice(max(top - PATCH_PX, 0), min(top + height + PATCH_PX, shape[0])),
        slice(max(left - PATCH_PX, 0), min(left + width + PATCH_PX, shape[1])),
    )


def _share(changed: BoolArray, of: BoolArray) -> float:
    return float((changed & of).sum()) / max(int(of.sum()), 1)


def _cut_off(inside: BoolArray, valid: BoolArray) -> float:
    ring = (cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~inside
    return float((ring & ~valid).sum()) / max(int(ring.sum()), 1)


def _correlation(one: Look, other: Look) -> float:
    a, b = one.mean(axis=2).ravel(), other.mean(axis=2).ravel()
    a, b = a - a.mean(), b - b.mean()
    # Plain surfaces, with no more structure than noise, are alike.
    floor = NOISE_LEVELS**2 * len(a)
    return float((a @ b + floor) / np.sqrt((a @ a + floor) * (b @ b + floor)))


def _less_alike(before: Look, after: Look, patch: tuple[slice, slice], window: tuple[slice, slice]) -> float:
    """How much less a patch looks like others of its slot than before; exactly odd in the two looks."""
    less = [
        _found(before, where, patch, window) - _found(after, where, patch, window)
        for where in (before, after)
    ]
    return sum(less) / len(less)


def _found(what: Look, where: Look, patch: tuple[slice, slice], window: tuple[slice, slice]) -> float:
    """Best correlation of a patch with any other part of its slot's rows in `where`; 0 without print."""
    template = what[patch]
    rows = slice(max(patch[0].start - 3, 0), patch[0].stop + 3)
    strip = where[rows, window[1]]
    if strip.shape[0] < template.shape[0] or strip.shape[1] < template.shape[1] + 2:
        return 0.0
    scores = cv2.matchTemplate(strip, template, cv2.TM_CCOEFF_NORMED)
    own = patch[1].start - window[1].start
    width = template.shape[1]
    scores[:, max(own - width // 2 - 1, 0) : max(own + width // 2 + 2, 0)] = -1.0
    best = float(np.clip(np.nan_to_num(scores.max(), posinf=0.0, neginf=0.0), 0.0, 1.0))
    print_levels2 = float(template.var(axis=(0, 1)).mean())
    return best * print_levels2 / (print_levels2 + FLAT_LEVELS**2)


def _found_close(what: Look, where: Look, patch: tuple[slice, slice]) -> float:
    """Best correlation of a patch with what is at most `ASIDE_PX` away in `where`."""
    rows = slice(max(patch[0].start - ASIDE_PX, 0), patch[0].stop + ASIDE_PX)
    columns = slice(max(patch[1].start - ASIDE_PX, 0), patch[1].stop + ASIDE_PX)
    scores = cv2.matchTemplate(where[rows, columns], what[patch], cv2.TM_CCOEFF_NORMED)
    return float(np.clip(np.nan_to_num(scores.max(), posinf=0.0, neginf=0.0), -1.0, 1.0))


def _fullness(look: Look, inside: BoolArray) -> FloatArray:
    """How much print, colour and light there is in a blob: `(3,)` natural logs; only differences matter."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    patch, chosen = look[box], inside[box]
    across, down = cv2.Sobel(patch, cv2.CV_32F, 1, 0), cv2.Sobel(patch, cv2.CV_32F, 0, 1)
    printed = np.sqrt((np.square(across) + np.square(down)).sum(axis=2))[chosen].mean()
    colour = (patch.max(axis=2) - patch.min(axis=2))[chosen].mean()
    return np.log(np.array([printed, colour, patch[chosen].mean()], np.float64) + 5.0)
