"""Recording folders: what a store's cameras and gate saw, and, beside it, the truth.

NAME/store.toml       what an installed store knows (map, planogram, cameras)
     recording.toml   which scenario and seed, when it starts, how long it is
     cam1.mp4 ...     H.264; frame k was captured at start + k / fps
     gate.jsonl       one line per accepted entry code
     truth.json.gz    the truth; only evaluation reads it, and it may be deleted
"""

import gzip
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cart_tracker.errors import StoreMapError
from cart_tracker.store_map import StoreMap, store_map_from_toml
from datasets.errors import RecordingError

FloatArray = npt.NDArray[np.float64]
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class GateScan:
    """One accepted entry code; `shopper` names the account it belonged to."""

    at_s: float
    gate_id: str
    shopper: str


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What a store could know of a recording.

    Attributes:
        videos: Camera id to file.
        start_s: Capture time of the first frames, seconds since the Unix epoch.
        scans: In order of time.
    """

    folder: Path
    scenario: str
    seed: int
    start_s: float
    duration_s: float
    fps: float
    store_map: StoreMap
    videos: dict[str, Path]
    scans: tuple[GateScan, ...]


@dataclass(frozen=True, slots=True)
class ShopperTruth:
    """One shopper; times since the Unix epoch.

    Attributes:
        cart: Product id to count, as they left.
        left_s: When they stepped out through the exit.
    """

    shopper_id: str
    entered_s: float
    left_s: float
    height_m: float
    cart: dict[str, int]


@dataclass(frozen=True, slots=True)
class EventTruth:
    """One hand in one slot; times since the Unix epoch.

    Attributes:
        kind: "pick", "put" or "touch".
        product_id: None for a touch; so is `unit_id`.
        slot_id: Where the hand was.
        hand: "left" or "right".
        start_s: The palm crosses the shelf's front inward.
        contact_s: The palm is at the unit.
        end_s: The palm crosses the front outward.
        is_misplaced: Put back where it does not belong.
    """

    event_id: int
    kind: str
    shopper_id: str
    product_id: str | None
    unit_id: int | None
    slot_id: str
    hand: str
    start_s: float
    contact_s: float
    end_s: float
    is_misplaced: bool


@dataclass(frozen=True, slots=True)
class UnitTruth:
    """Every place of one unit: `(from_s, place)` in order of time.

    Places are written `slot:SLOT`, `hand:SHOPPER:left`, `bag:SHOPPER` or `outside:SHOPPER`.
    """

    unit_id: int
    product_id: str
    places: tuple[tuple[float, str], ...]

    def place_at(self, at_s: float) -> str:
        """Return where the unit is at a time."""
        return [place for from_s, place in self.places if from_s <= at_s or from_s == self.places[0][0]][-1]


@dataclass(frozen=True, slots=True, eq=False)
class PersonInFrame:
    """What one camera sees of one shopper in one frame, pixels.

    Attributes:
        visible_xyxy: `(4,)` box of what is seen.
        amodal_xyxy: `(4,)` box of the whole body, not clipped.
        visibility: Share of the body in the picture that nothing hides.
        truncation: Share of the amodal box outside the picture.
        keypoints: `(11, 3)` u, v and 0 outside, 1 hidden, 2 seen.
    """

    shopper_id: str
    visible_xyxy: FloatArray
    amodal_xyxy: FloatArray
    visibility: float
    truncation: float
    keypoints: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class RecordingTruth:
    """Everything that was true in a recording.

    Attributes:
        ticks_s: `(n,)` capture times of the frames.
        floor_xy_m: Shopper to `(n, 2)`; NaN while not in the store.
        left_wrist_m: Shopper to `(n, 3)`; NaN likewise.
        right_wrist_m: Shopper to `(n, 3)`.
        cameras: Camera to one tuple of people per frame.
    """

    scenario: str
    seed: int
    fps: float
    start_s: float
    duration_s: float
    shoppers: tuple[ShopperTruth, ...]
    events: tuple[EventTruth, ...]
    ticks_s: FloatArray
    floor_xy_m: Mapping[str, FloatArray]
    left_wrist_m: Mapping[str, FloatArray] = field(default_factory=dict)
    right_wrist_m: Mapping[str, FloatArray] = field(default_factory=dict)
    units: tuple[UnitTruth, ...] = ()
    cameras: Mapping[str, tuple[tuple[PersonInFrame, ...], ...]] = field(default_factory=dict)


def truth_path(folder: Path) -> Path:
    """Return where a recording keeps its truth."""
    return folder / "truth.json.gz"


def read_recording(folder: Path) -> Recording:
    """Read a recording without its truth.

    Raises:
        RecordingError: If a file is missing or malformed; one line says which and what to do.
    """
    if not folder.is_dir():
        raise RecordingError(
            f"recording {folder} is not a folder; give the path of one that `walkout simulate` wrote"
        )
    about, store = _read_toml(folder / "recording.toml"), _read_toml(folder / "store.toml")
    try:
        videos = {str(camera["id"]): folder / str(camera["video"]) for camera in store["cameras"]}
        recording = Recording(
            folder=folder,
            scenario=str(about["scenario"]),
            seed=int(about["seed"]),
            start_s=_epoch_s(about["start_at"]),
            duration_s=float(about["duration_s"]),
            fps=float(about["fps"]),
            store_map=store_map_from_toml(store),
            videos=videos,
            scans=_read_scans(folder / "gate.jsonl"),
        )
    except KeyError as error:
        raise RecordingError(
            f"recording {folder}: {error.args[0]!r} is missing from its toml files; make it again"
        ) from error
    except (TypeError, ValueError, StoreMapError) as error:
        raise RecordingError(f"recording {folder}: {error}; make it again") from error
    for camera, path in videos.items():
        if not path.is_file() or path.stat().st_size == 0:
            raise RecordingError(
                f"recording {folder}: the video {path.name} of {camera} is missing or empty; make it again"
            )
    return recording


def read_truth(folder: Path) -> RecordingTruth:
    """Read the truth of a recording.

    Raises:
        RecordingError: If there is none, or it is damaged; one line says what to do.
    """
    path = truth_path(folder)
    if not path.is_file():
        raise RecordingError(
            f"recording {folder} has no truth.json.gz; evaluation needs it, make the recording again"
        )
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            document = json.load(file)
        return _truth(document)
    except KeyError as error:
        raise RecordingError(
            f"truth {path}: {error.args[0]!r} is missing; make the recording again"
        ) from error
    except (OSError, EOFError, ValueError, TypeError, IndexError) as error:
        raise RecordingError(f"truth {path} is damaged ({error}); make the recording again") from error


def _truth(document: Mapping[str, Any]) -> RecordingTruth:
    if document["schema_version"] != SCHEMA_VERSION:
        raise ValueError(
            f"schema_version is {document['schema_version']}, this version reads {SCHEMA_VERSION}"
        )
    ticks = document["ticks"]
    return RecordingTruth(
        scenario=str(document["scenario"]),
        seed=int(document["seed"]),
        fps=float(document["fps"]),
        start_s=float(document["start_s"]),
        duration_s=float(document["duration_s"]),
        shoppers=tuple(
            ShopperTruth(
                str(entry["id"]),
                float(entry["entered_s"]),
                float(entry["left_s"]),
                float(entry["height_m"]),
                {str(product): int(count) for product, count in entry["cart"].items()},
            )
            for entry in document["shoppers"]
        ),
        events=tuple(_event(entry) for entry in document["events"]),
        ticks_s=np.asarray(ticks["at_s"], dtype=np.float64),
        floor_xy_m=_tracks(ticks["floor_xy_m"], 2),
        left_wrist_m=_tracks(ticks["left_wrist_m"], 3),
        right_wrist_m=_tracks(ticks["right_wrist_m"], 3),
        units=tuple(
            UnitTruth(
                int(entry["unit"]),
                str(entry["product"]),
                tuple((float(place["from_s"]), str(place["place"])) for place in entry["places"]),
            )
            for entry in document["units"]
        ),
        cameras={
            str(camera): tuple(tuple(_person(entry) for entry in frame) for frame in frames)
            for camera, frames in document["cameras"].items()
        },
    )


def _event(entry: Mapping[str, Any]) -> EventTruth:
    return EventTruth(
        event_id=int(entry["id"]),
        kind=str(entry["kind"]),
        shopper_id=str(entry["shopper"]),
        product_id=None if entry["product"] is None else str(entry["product"]),
        unit_id=None if entry["unit"] is None else int(entry["unit"]),
        slot_id=str(entry["slot"]),
        hand=str(entry["hand"]),
        start_s=float(entry["start_s"]),
        contact_s=float(entry["contact_s"]),
        end_s=float(entry["end_s"]),
        is_misplaced=bool(entry["misplaced"]),
    )


def _person(entry: Mapping[str, Any]) -> PersonInFrame:
    return PersonInFrame(
        shopper_id=str(entry["shopper"]),
        visible_xyxy=np.asarray(entry["visible_xyxy"], dtype=np.float64),
        amodal_xyxy=np.asarray(entry["amodal_xyxy"], dtype=np.float64),
        visibility=float(entry["visibility"]),
        truncation=float(entry["truncation"]),
        keypoints=np.asarray(entry["keypoints"], dtype=np.float64),
    )


def _tracks(entries: Mapping[str, Any], columns: int) -> dict[str, FloatArray]:
    nothing = [np.nan] * columns
    return {
        str(shopper): np.array(
            [nothing if point is None else point for point in points], dtype=np.float64
        ).reshape(-1, columns)
        for shopper, points in entries.items()
    }


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RecordingError(f"recording {path.parent} has no {path.name}; make it again") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecordingError(f"{path} cannot be read ({error}); make the recording again") from error


def _read_scans(path: Path) -> tuple[GateScan, ...]:
    try:
        entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise RecordingError(f"recording {path.parent} has no readable {path.name}; make it again") from error
    return tuple(GateScan(float(e["at_s"]), str(e["gate_id"]), str(e["shopper"])) for e in entries)


def _epoch_s(start_at: datetime | str) -> float:
    at = start_at if isinstance(start_at, datetime) else datetime.fromisoformat(start_at)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
