"""Which pixels show whom or what, packed as COCO packs them; `masks/CAM.npz` holds those of one camera.

size_px    (2,) width and height
frame      (n,) row of the frame in the truth
shopper    (n,) text, empty for a unit
unit       (n,) -1 for a shopper
end        (n,) where its bytes end in `counts`; they begin where those before end
counts     (m,) uint8: COCO's compressed run lengths, one after the other
"""

import io
import struct
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from pycocotools import mask as coco_mask

from datasets.errors import RecordingError

# What reading a damaged archive of arrays can raise.
DAMAGED_ARCHIVE = (
    *(OSError, EOFError, ValueError, TypeError, IndexError, RuntimeError, MemoryError),
    *(BadZipFile, zlib.error, struct.error),
)


@dataclass(frozen=True, slots=True)
class PackedMask:
    """The pixels of one shopper or one unit in one frame.

    Attributes:
        shopper_id: None for a unit.
        unit_id: None for a shopper.
        size_px: Width and height of the picture.
        counts: COCO's compressed run lengths.
    """

    shopper_id: str | None
    unit_id: int | None
    size_px: tuple[int, int]
    counts: bytes

    @property
    def area_px(self) -> int:
        """How many pixels it has."""
        return int(coco_mask.area(self._coco()))

    def unpack(self) -> npt.NDArray[np.bool_]:
        """Return the pixels `(h, w)`."""
        with warnings.catch_warnings():
            # pycocotools 2.0 does not know NumPy 2's `copy` keyword; the result is right.
            warnings.simplefilter("ignore", DeprecationWarning)
            return np.asarray(coco_mask.decode(self._coco()), dtype=np.bool_)

    def _coco(self) -> dict[str, object]:
        return {"size": self.size_px[::-1], "counts": self.counts}


def pack_mask(
    pixels: npt.NDArray[np.bool_], shopper_id: str | None = None, unit_id: int | None = None
) -> PackedMask:
    """Pack pixels `(h, w)` of a shopper or a unit."""
    packed = coco_mask.encode(np.asfortranarray(pixels.astype(np.uint8)))
    return PackedMask(shopper_id, unit_id, (pixels.shape[1], pixels.shape[0]), packed["counts"])


def masks_path(folder: Path, camera_id: str) -> Path:
    """Return where a recording keeps the masks of a camera, if it was made with masks."""
    return folder / "masks" / f"{camera_id}.npz"


def write_masks(
    folder: Path, camera_id: str, size_px: tuple[int, int], frames: Sequence[Sequence[PackedMask]]
) -> None:
    """Write the masks of one camera, frame by frame as its frames are in the truth."""
    rows = [(index, mask) for index, masks in enumerate(frames) for mask in masks]
    path = masks_path(folder, camera_id)
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            size_px=np.array(size_px, dtype=np.int32),
            frame=np.array([index for index, _ in rows], dtype=np.int32),
            shopper=np.array([mask.shopper_id or "" for _, mask in rows], dtype=np.str_),
            unit=np.array([-1 if mask.unit_id is None else mask.unit_id for _, mask in rows], dtype=np.int32),
            end=np.cumsum([len(mask.counts) for _, mask in rows], dtype=np.int64),
            counts=np.frombuffer(b"".join(mask.counts for _, mask in rows), dtype=np.uint8),
        )


def read_masks(folder: Path, camera_id: str, frame_count: int) -> tuple[tuple[PackedMask, ...], ...]:
    """Read the masks of one camera: one tuple per frame; no masks at all if the recording has none.

    Raises:
        RecordingError: If the file is damaged or belongs to another number of frames.
    """
    path = masks_path(folder, camera_id)
    if not path.exists():
        return ((),) * frame_count
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            return _masks({name: file[name] for name in file.files}, frame_count)
    except KeyError as error:
        raise RecordingError(f"masks {path} lack {error.args[0]}; make the recording again") from error
    except DAMAGED_ARCHIVE as error:
        raise RecordingError(f"masks {path} are damaged ({error}); make the recording again") from error


def _masks(
    arrays: dict[str, npt.NDArray[np.generic]], frame_count: int
) -> tuple[tuple[PackedMask, ...], ...]:
    width, height = (int(side) for side in arrays["size_px"])
    counts, start = arrays["counts"].tobytes(), 0
    masks: list[list[PackedMask]] = [[] for _ in range(frame_count)]
    columns = (arrays[name].tolist() for name in ("frame", "shopper", "unit", "end"))
    for frame, shopper, unit, end in zip(*columns, strict=True):
        if not 0 <= frame < frame_count:
            raise ValueError(f"a mask of frame {frame}, the truth has {frame_count}")
        masks[frame].append(
            PackedMask(shopper or None, None if unit < 0 else unit, (width, height), counts[start:end])
        )
        start = end
    return tuple(tuple(frame) for frame in masks)
