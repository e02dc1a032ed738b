"""Where bodies and their hands are at every tick of a recording, as arrays."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datasets.recording import RecordingTruth, UnitTruth

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

EMPTY = -1


@dataclass(frozen=True, slots=True, eq=False)
class Bodies:
    """Everybody in a recording; rows of `names`, NaN while not in the store.

    Attributes:
        names: The truth's shoppers.
        at_s: `(t,)`.
        floor_m: `(t, p, 2)`.
        head_m: `(t, p, 3)` top of the head.
        wrist_m: `(t, p, 2, 3)` left and right.
        held: `(t, p, 2)` column of the product in each hand, `EMPTY` for none.
        units: `(t, p, 2)` how many things each hand holds.
    """

    names: tuple[str, ...]
    at_s: FloatArray
    floor_m: FloatArray
    head_m: FloatArray
    wrist_m: FloatArray
    held: IntArray
    units: IntArray

    @property
    def is_present(self) -> npt.NDArray[np.bool_]:
        """`(t, p)` who is in the store."""
        return np.asarray(np.isfinite(self.floor_m[..., 0]))


def bodies_of(truth: RecordingTruth, product_ids: tuple[str, ...]) -> Bodies:
    """Take the bodies out of a truth; `product_ids` number what hands hold."""
    names = tuple(shopper.shopper_id for shopper in truth.shoppers)
    left, right = ([tracks[name] for name in names] for tracks in (truth.left_wrist_m, truth.right_wrist_m))
    wrists = np.stack([np.stack(left, axis=1), np.stack(right, axis=1)], axis=2)
    return Bodies(
        names,
        truth.ticks_s,
        np.stack([truth.floor_xy_m[name] for name in names], axis=1),
        np.stack([truth.head_m[name] for name in names], axis=1),
        wrists,
        *_held(truth.units, truth.ticks_s, names, product_ids),
    )


def _held(
    units: tuple[UnitTruth, ...], at_s: FloatArray, names: tuple[str, ...], product_ids: tuple[str, ...]
) -> tuple[IntArray, IntArray]:
    held = np.full((len(at_s), len(names), 2), EMPTY, np.int64)
    count = np.zeros_like(held)
    row = {name: index for index, name in enumerate(names)}
    column = {product: index for index, product in enumerate(product_ids)}
    for unit in units:
        ends = [place.from_s for place in unit.places[1:]] + [np.inf]
        for place, until_s in zip(unit.places, ends, strict=True):
            kind, _, rest = place.place.partition(":")
            if kind == "hand" and unit.product_id in column:
                name, _, side = rest.rpartition(":")
                during = slice(*np.searchsorted(at_s, [place.from_s, until_s]))
                held[during, row[name], int(side == "right")] = column[unit.product_id]
                count[during, row[name], int(side == "right")] += 1
    return held, count
