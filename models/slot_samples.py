"""Samples of changed shelves to learn from.

DIR/slots/{train,val}-SEED/slots.npz   `picture` (n, 10, 48, 64) uint8, `net_units` (n,), `is_shift` (n,)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from models.errors import TrainingDataError

IntArray = npt.NDArray[np.int64]

KINDS = ("nothing", "shifted", "taken", "came")
PLANES = 10  # as vision.slot_picture draws them
PICTURE_PX = (64, 48)  # width, height


@dataclass(frozen=True, slots=True, eq=False)
class SlotSamples:
    """Pictures of changes, and what happened.

    Attributes:
        picture: `(n, 10, 48, 64)` uint8.
        kind: `(n,)` rows of `KINDS`.
    """

    picture: npt.NDArray[np.uint8]
    kind: IntArray

    def __len__(self) -> int:
        """How many there are."""
        return len(self.kind)

    @property
    def is_moved(self) -> npt.NDArray[np.bool_]:
        """`(n,)` whether units left or came."""
        return self.kind >= KINDS.index("taken")


def any_store(_: int) -> bool:
    """Tell of every store's seed that it is wanted."""
    return True


def read_slot_samples(
    dataset_dir: Path, split: str, wanted: Callable[[int], bool] = any_store
) -> SlotSamples:
    """Read the samples of `train` or `val`.

    Args:
        dataset_dir: A slot set.
        split: Which part.
        wanted: Tells by a store's seed whether its samples are.

    Raises:
        TrainingDataError: If there are none, a file is damaged, or a kind never happened.
    """
    found = sorted((dataset_dir / "slots").glob(f"{split}-*/slots.npz"))
    paths = [path for path in found if wanted(int(path.parent.name.removeprefix(f"{split}-")))]
    if not paths:
        raise TrainingDataError(
            f"{dataset_dir} has no slots/{split}-*; make it:"
            f" walkout simulate --slot-set 100 --out {dataset_dir}"
        )
    pictures, kinds = [], []
    for path in paths:
        try:
            with np.load(path) as stored:
                picture, units, shifted = (stored[name] for name in ("picture", "net_units", "is_shift"))
        except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
            raise TrainingDataError(
                f"{path} is damaged ({error}); remove its folder and make the set again"
            ) from error
        if len(picture) == 0:
            continue
        if picture.shape[1:] != (PLANES, PICTURE_PX[1], PICTURE_PX[0]):
            raise TrainingDataError(f"{path} is of another version of walkout; make the set again")
        pictures.append(picture)
        kinds.append(np.select([units < 0, units > 0, shifted], [2, 3, 1], 0))
    kind = np.concatenate(kinds).astype(np.int64) if kinds else np.empty(0, np.int64)
    count = np.bincount(kind, minlength=len(KINDS))
    if (count == 0).any():
        raise TrainingDataError(
            f"{dataset_dir}, {split}: "
            + ", ".join(f"{number} {name}" for name, number in zip(KINDS, count, strict=True))
            + "; every kind is needed: make a set of more stores"
        )
    return SlotSamples(np.concatenate(pictures), kind)
