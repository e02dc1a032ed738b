"""The truth of a recording in two files: `truth.json.gz`, what happened, and `truth.npz`, numbers over time.

`truth.json.gz` holds the types of `recording_truth` under their own names. `truth.npz` holds whole numbers,
because they pack to half of what text takes; the lowest number of an array's type is "not there" (NaN):

    ticks_s                             (n,) float64
    floor/SHOPPER                       (n, 2) millimetres; left_wrist/, right_wrist/, head/ (n, 3)
    camera/CAM/captured_s, stamped_s    (frames,) float64
    camera/CAM/person/frame, shopper    (p,) rows of the frames and of the shoppers in truth.json.gz
              /person/boxes             (p, 8) tenths of a pixel: visible, then amodal xyxy
              /person/shares            (p, 2) ten-thousandths: visibility, truncation
              /person/keypoints         (p, 22) tenths of a pixel: u, v eleven times
              /person/keypoint_states   (p, 11) 0 outside, 1 hidden, 2 seen
    camera/CAM/unit/frame, unit, holder (u,) rows; holder -1 if nobody's
              /unit/hand                (u,) 0 left, 1 right, -1 nobody's
              /unit/box                 (u, 4) tenths of a pixel
              /unit/share               (u,) ten-thousandths: visibility

The first names the second's SHA-256, so that no pair of different recordings and no damage goes unnoticed.
"""

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from datasets.errors import RecordingError
from datasets.recording_truth import (
    EventTruth,
    Expectation,
    FaultTruth,
    FloatArray,
    FrameTruth,
    PersonInFrame,
    RecordingTruth,
    ShopperTruth,
    UnitInFrame,
    UnitTruth,
    VisitTruth,
)

SCHEMA_VERSION = 2
_PER_METRE, _PER_PIXEL, _PER_ONE = 1000, 10, 10_000
_HANDS = ("left", "right")
_TRACKS = (("floor", 2), ("left_wrist", 3), ("right_wrist", 3), ("head", 3))

_Row = TypeVar("_Row")
Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What `truth.json.gz` holds, beside its version."""

    scenario: str
    seed: int
    fps: float
    start_s: float
    duration_s: float
    arrays_sha256: str
    cameras: tuple[str, ...]
    shoppers: tuple[ShopperTruth, ...]
    visits: tuple[VisitTruth, ...]
    events: tuple[EventTruth, ...]
    units: tuple[UnitTruth, ...]
    faults: tuple[FaultTruth, ...]
    expectations: tuple[Expectation, ...]


_FACTS = TypeAdapter(_Facts)


def truth_path(folder: Path) -> Path:
    """Return where a recording keeps what happened; without this file it has no truth."""
    return folder / "truth.json.gz"


def arrays_path(folder: Path) -> Path:
    """Return where a recording keeps what is true from tick to tick and frame to frame."""
    return folder / "truth.npz"


def write_truth(folder: Path, truth: RecordingTruth) -> None:
    """Write the truth of a recording; the same truth gives the same bytes."""
    packed = io.BytesIO()
    np.savez_compressed(packed, **_arrays(truth))  # type: ignore[arg-type]  # numpy's allow_pickle keyword
    facts = _Facts(
        scenario=truth.scenario,
        seed=truth.seed,
        fps=truth.fps,
        start_s=truth.start_s,
        duration_s=truth.duration_s,
        arrays_sha256=hashlib.sha256(packed.getvalue()).hexdigest(),
        cameras=tuple(truth.cameras),
        shoppers=truth.shoppers,
        visits=truth.visits,
        events=truth.events,
        units=truth.units,
        faults=truth.faults,
        expectations=truth.expectations,
    )
    text = json.dumps({"schema_version": SCHEMA_VERSION, **asdict(facts)}, separators=(",", ":"))
    arrays_path(folder).write_bytes(packed.getvalue())
    # No file name and no time in the header: the same truth gives the same bytes.
    truth_path(folder).write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


def read_truth_files(folder: Path) -> RecordingTruth:
    """Read the truth of a recording as it stands in its files.

    Raises:
        RecordingError: If there is none, or it is damaged; one line says what to do.
    """
    path = truth_path(folder)
    if not path.is_file():
        raise RecordingError(
            f"recording {folder} has no {path.name}; evaluation needs it, make the recording again"
        )
    try:
        facts = _read_facts(path)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RecordingError(f"truth {path}: {where}: {first['msg']}; make the recording again") from error
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise RecordingError(f"truth {path} is damaged ({error}); make the recording again") from error
    path = arrays_path(folder)
    try:
        return _truth(facts, _read_arrays(path, facts.arrays_sha256))
    except KeyError as error:
        raise RecordingError(f"truth {path} lacks {error.args[0]}; make the recording again") from error
    except (OSError, ValueError, TypeError, IndexError, BadZipFile) as error:
        raise RecordingError(f"truth {path} is damaged ({error}); make the recording again") from error


def _read_facts(path: Path) -> _Facts:
    document = json.loads(gzip.decompress(path.read_bytes()), parse_constant=refuse_constant)
    version = document.get("schema_version") if isinstance(document, dict) else None
    if version != SCHEMA_VERSION:
        raise ValueError(f"schema_version is {version}, this version reads {SCHEMA_VERSION}")
    return _FACTS.validate_python(document)


def refuse_constant(name: str) -> NoReturn:
    """Refuse what JSON does not know but `json` reads: NaN and Infinity; for its `parse_constant`.

    Raises:
        ValueError: Always.
    """
    raise ValueError(f"{name} is no number")


def _read_arrays(path: Path, sha256: str) -> Arrays:
    packed = path.read_bytes()
    if hashlib.sha256(packed).hexdigest() != sha256:
        raise ValueError("its checksum is not the one in truth.json.gz")
    with np.load(io.BytesIO(packed), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _truth(facts: _Facts, arrays: Arrays) -> RecordingTruth:
    floor, left_wrist, right_wrist, head = (_tracks(arrays, name, columns) for name, columns in _TRACKS)
    return RecordingTruth(
        scenario=facts.scenario,
        seed=facts.seed,
        fps=facts.fps,
        start_s=facts.start_s,
        duration_s=facts.duration_s,
        shoppers=facts.shoppers,
        events=facts.events,
        ticks_s=arrays["ticks_s"],
        floor_xy_m=floor,
        left_wrist_m=left_wrist,
        right_wrist_m=right_wrist,
        head_m=head,
        visits=facts.visits,
        units=facts.units,
        cameras={camera: _frames(facts, arrays, f"camera/{camera}") for camera in facts.cameras},
        faults=facts.faults,
        expectations=facts.expectations,
    )


def _arrays(truth: RecordingTruth) -> dict[str, npt.NDArray[Any]]:
    arrays: dict[str, npt.NDArray[Any]] = {"ticks_s": np.asarray(truth.ticks_s, dtype=np.float64)}
    tracks = (truth.floor_xy_m, truth.left_wrist_m, truth.right_wrist_m, truth.head_m)
    for (name, _), track in zip(_TRACKS, tracks, strict=True):
        arrays |= {f"{name}/{shopper}": _fixed(points, _PER_METRE) for shopper, points in track.items()}
    shoppers = {shopper.shopper_id: row for row, shopper in enumerate(truth.shoppers)}
    units = {unit.unit_id: row for row, unit in enumerate(truth.units)}
    for camera, frames in truth.cameras.items():
        key = f"camera/{camera}"
        arrays[f"{key}/captured_s"] = np.array([frame.captured_s for frame in frames], dtype=np.float64)
        arrays[f"{key}/stamped_s"] = np.array([frame.stamped_s for frame in frames], dtype=np.float64)
        arrays |= _people_arrays(f"{key}/person", frames, shoppers)
        arrays |= _unit_arrays(f"{key}/unit", frames, shoppers, units)
    return arrays


def _people_arrays(
    key: str, frames: Sequence[FrameTruth], shoppers: Mapping[str, int]
) -> dict[str, npt.NDArray[Any]]:
    rows = [(index, person) for index, frame in enumerate(frames) for person in frame.people]
    keypoints = _table((person.keypoints.ravel() for _, person in rows), 33).reshape(-1, 11, 3)
    boxes = _table((np.concatenate([p.visible_xyxy, p.amodal_xyxy]) for _, p in rows), 8)
    shares = _table(([person.visibility, person.truncation] for _, person in rows), 2)
    return {
        f"{key}/frame": np.array([index for index, _ in rows], dtype=np.int32),
        f"{key}/shopper": np.array([shoppers[person.shopper_id] for _, person in rows], dtype=np.int16),
        f"{key}/boxes": _fixed(boxes, _PER_PIXEL),
        f"{key}/shares": _fixed(shares, _PER_ONE),
        f"{key}/keypoints": _fixed(keypoints[:, :, :2].reshape(-1, 22), _PER_PIXEL),
        f"{key}/keypoint_states": keypoints[:, :, 2].astype(np.uint8),
    }


def _unit_arrays(
    key: str, frames: Sequence[FrameTruth], shoppers: Mapping[str, int], units: Mapping[int, int]
) -> dict[str, npt.NDArray[Any]]:
    rows = [(index, unit) for index, frame in enumerate(frames) for unit in frame.units]
    holders = [-1 if unit.holder_id is None else shoppers[unit.holder_id] for _, unit in rows]
    hands = [-1 if unit.hand is None else _HANDS.index(unit.hand) for _, unit in rows]
    return {
        f"{key}/frame": np.array([index for index, _ in rows], dtype=np.int32),
        f"{key}/unit": np.array([units[unit.unit_id] for _, unit in rows], dtype=np.int32),
        f"{key}/holder": np.array(holders, dtype=np.int16),
        f"{key}/hand": np.array(hands, dtype=np.int8),
        f"{key}/box": _fixed(_table((unit.visible_xyxy for _, unit in rows), 4), _PER_PIXEL),
        f"{key}/share": _fixed(np.array([unit.visibility for _, unit in rows]), _PER_ONE),
    }


def _frames(facts: _Facts, arrays: Arrays, key: str) -> tuple[FrameTruth, ...]:
    captured_s, stamped_s = arrays[f"{key}/captured_s"].tolist(), arrays[f"{key}/stamped_s"].tolist()
    people = _by_frame(
        arrays[f"{key}/person/frame"], _people(facts, arrays, f"{key}/person"), len(captured_s)
    )
    units = _by_frame(arrays[f"{key}/unit/frame"], _units(facts, arrays, f"{key}/unit"), len(captured_s))
    return tuple(FrameTruth(*frame) for frame in zip(captured_s, stamped_s, people, units, strict=True))


def _people(facts: _Facts, arrays: Arrays, key: str) -> list[PersonInFrame]:
    shopper_ids = [shopper.shopper_id for shopper in facts.shoppers]
    boxes, shares = _floats(arrays[f"{key}/boxes"], _PER_PIXEL), _floats(arrays[f"{key}/shares"], _PER_ONE)
    points = _floats(arrays[f"{key}/keypoints"], _PER_PIXEL).reshape(-1, 11, 2)
    keypoints = np.concatenate([points, arrays[f"{key}/keypoint_states"][:, :, None]], axis=2)
    rows = zip(arrays[f"{key}/shopper"].tolist(), boxes, shares.tolist(), keypoints, strict=True)
    return [
        PersonInFrame(_row_of(shopper_ids, shopper), box[:4], box[4:], visibility, truncation, points)
        for shopper, box, (visibility, truncation), points in rows
    ]


def _units(facts: _Facts, arrays: Arrays, key: str) -> list[UnitInFrame]:
    shopper_ids = [shopper.shopper_id for shopper in facts.shoppers]
    shares = _floats(arrays[f"{key}/share"], _PER_ONE).tolist()
    indices = (arrays[f"{key}/{name}"].tolist() for name in ("unit", "holder", "hand"))
    rows = zip(*indices, _floats(arrays[f"{key}/box"], _PER_PIXEL), shares, strict=True)
    seen = []
    for row, holder, hand, box, share in rows:
        unit = _row_of(facts.units, row)
        holder_id = None if holder < 0 else _row_of(shopper_ids, holder)
        hand_name = None if hand < 0 else _row_of(_HANDS, hand)
        seen.append(UnitInFrame(unit.unit_id, unit.product_id, holder_id, hand_name, box, share))
    return seen


def _by_frame(frame_rows: npt.NDArray[Any], seen: Sequence[_Row], frames: int) -> list[tuple[_Row, ...]]:
    """Divide what was seen, in order of frames, into frames."""
    if len(frame_rows) != len(seen):
        raise ValueError(f"{len(frame_rows)} frame numbers for {len(seen)} sights")
    is_ordered = (np.diff(frame_rows, prepend=0, append=frames - 1) >= 0).all()
    if len(frame_rows) and not is_ordered:
        raise ValueError("frame numbers are out of order or out of range")
    ends = np.searchsorted(frame_rows, np.arange(frames + 1)).tolist()
    return [tuple(seen[first:end]) for first, end in pairwise(ends)]


def _row_of(rows: Sequence[_Row], row: int) -> _Row:
    if not 0 <= row < len(rows):
        raise IndexError(f"row {row} of {len(rows)}")
    return rows[row]


def _tracks(arrays: Arrays, name: str, columns: int) -> dict[str, FloatArray]:
    prefix = f"{name}/"
    tracks = {
        key.removeprefix(prefix): _floats(values, _PER_METRE)
        for key, values in arrays.items()
        if key.startswith(prefix)
    }
    for shopper, points in tracks.items():
        if points.shape != (len(arrays["ticks_s"]), columns):
            raise ValueError(f"{prefix}{shopper} has shape {points.shape} for {len(arrays['ticks_s'])} ticks")
    return tracks


def _table(rows: Iterable[Sequence[float] | FloatArray], columns: int) -> FloatArray:
    return np.array(list(rows), dtype=np.float64).reshape(-1, columns)


def _fixed(values: FloatArray, per_unit: int) -> npt.NDArray[Any]:
    """Return values as whole numbers of a fraction of their unit, in the smallest type that holds them."""
    scaled = np.round(np.asarray(values, dtype=np.float64) * per_unit)
    is_there = np.isfinite(scaled)
    largest = np.abs(scaled, where=is_there, out=np.zeros_like(scaled)).max(initial=0.0)
    integer = np.int16 if largest <= np.iinfo(np.int16).max else np.int32
    ends = np.iinfo(integer)
    return np.where(is_there, np.clip(scaled, -ends.max, ends.max), ends.min).astype(integer)


def _floats(values: npt.NDArray[Any], per_unit: int) -> FloatArray:
    floats: FloatArray = np.where(values == np.iinfo(values.dtype).min, np.nan, values / per_unit)
    return floats
