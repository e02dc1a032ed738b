"""What the scales under a store's shelves said, `scales.npz` of a recording."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from datasets.errors import RecordingError
from datasets.masks import DAMAGED_ARCHIVE

FloatArray = npt.NDArray[np.float64]
GramArray = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class ScalePlate:
    """One plate on load cells.

    Attributes:
        slot_ids: What stands on it.
        along_m: From and to along the shelf.
    """

    plate_id: str
    shelf_id: str
    slot_ids: tuple[str, ...]
    along_m: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class ScaleReadings:
    """Readings of all plates.

    Attributes:
        plates: In the order of the columns.
        at_s: `(n,)` seconds since the Unix epoch, rising.
        grams: `(n, plates)` as the scales say, with everything that is wrong with them.
    """

    plates: tuple[ScalePlate, ...]
    at_s: FloatArray
    grams: GramArray


def scales_path(folder: Path) -> Path:
    """Return where a recording keeps its scales' readings; most have none."""
    return folder / "scales.npz"


def write_scales(folder: Path, readings: ScaleReadings) -> None:
    """Write `scales.npz` and describe the plates in the folder's `store.toml`, which is there already.

    The file holds `at_s`, `grams`, and for every plate `plate_id`, `shelf_id`, `slot_ids` (separated by
    spaces) and `along_m`.
    """
    np.savez_compressed(
        scales_path(folder),
        at_s=readings.at_s,
        grams=readings.grams,
        plate_id=np.array([plate.plate_id for plate in readings.plates]),
        shelf_id=np.array([plate.shelf_id for plate in readings.plates]),
        slot_ids=np.array([" ".join(plate.slot_ids) for plate in readings.plates]),
        along_m=np.array([plate.along_m for plate in readings.plates]).reshape(-1, 2),
    )
    tables = [_table(plate) for plate in readings.plates]
    with (folder / "store.toml").open("a", encoding="utf-8") as file:
        file.write("".join(tables))


def read_scales(folder: Path) -> ScaleReadings | None:
    """Read a recording's scales; None if it has none.

    Raises:
        RecordingError: If the file is damaged.
    """
    path = scales_path(folder)
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            plates = tuple(
                ScalePlate(str(plate), str(shelf), tuple(str(slots).split()), (float(low), float(high)))
                for plate, shelf, slots, (low, high) in zip(
                    file["plate_id"], file["shelf_id"], file["slot_ids"], file["along_m"], strict=True
                )
            )
            at_s, grams = file["at_s"].astype(np.float64), file["grams"].astype(np.int32)
    except (KeyError, *DAMAGED_ARCHIVE) as error:
        raise RecordingError(f"scales {path} are damaged ({error}); make the recording again") from error
    rises = np.isfinite(at_s).all() and (np.diff(at_s) > 0).all()
    if grams.shape != (len(at_s), len(plates)) or not rises:
        raise RecordingError(
            f"scales {path} have {grams.shape} readings for {len(at_s)} times and {len(plates)} plates, or"
            " times that do not rise; make the recording again"
        )
    return ScaleReadings(plates, at_s, grams)


def _table(plate: ScalePlate) -> str:
    slots = ", ".join(f'"{slot}"' for slot in plate.slot_ids)
    low, high = (round(value, 4) for value in plate.along_m)
    return (
        f'\n[[scales]]\nid = "{plate.plate_id}"\nshelf = "{plate.shelf_id}"\n'
        f"slots = [{slots}]\nalong_m = [{low}, {high}]\n"
    )
