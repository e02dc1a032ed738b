"""Recording folders: what a store's cameras and gate saw, and, beside it, the truth.

NAME/store.toml       what an installed store knows (map, planogram, cameras)
     recording.toml   which scenario and seed, when it starts, how long it is
     cam1.mp4 ...     H.264; every frame is shown at the time its camera stamped it with, minus the start
     gate.jsonl       one line per event at the gate
     truth.json.gz    the truth, with numbers over time in truth.npz; only evaluation reads them, and they may
                      be deleted
     masks/, scales.npz where asked for; datasets/README.md describes every field
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from cart_tracker.errors import StoreMapError
from cart_tracker.store_map import StoreMap, store_map_from_toml
from datasets.errors import RecordingError
from datasets.recording_truth import (
    KEYPOINT_NAMES,
    EventTruth,
    Expectation,
    FaultTruth,
    FrameTruth,
    Outcome,
    PersonInFrame,
    PersonLooksTruth,
    RecordingTruth,
    Role,
    ShopperTruth,
    UnitInFrame,
    UnitPlace,
    UnitTruth,
    VisitTruth,
)
from datasets.truth_checks import first_contradiction
from datasets.truth_file import read_truth_files, refuse_constant, truth_path
from vision.camera_model import Camera, camera_from_toml
from vision.errors import CalibrationError

__all__ = [
    "KEYPOINT_NAMES",
    "EventTruth",
    "Expectation",
    "FaultTruth",
    "FrameTruth",
    "GateEvent",
    "GateKind",
    "Outcome",
    "PersonInFrame",
    "PersonLooksTruth",
    "Recording",
    "RecordingTruth",
    "Role",
    "ShopperTruth",
    "UnitInFrame",
    "UnitPlace",
    "UnitTruth",
    "VisitTruth",
    "read_recording",
    "read_truth",
    "read_without_videos",
    "truth_path",
]

# What values of wrong types make of reading.
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    StoreMapError,
    CalibrationError,
)


class GateKind(StrEnum):
    """What happened at the gate."""

    SCAN = "scan"  # a code was accepted
    REFUSED = "refused"
    OPEN = "open"
    CROSS_IN = "cross-in"
    CROSS_OUT = "cross-out"


@dataclass(frozen=True, slots=True)
class GateEvent:
    """What the gate reported.

    Attributes:
        shopper: The account of a scan, accepted or refused; None for what has no account.
    """

    kind: GateKind
    at_s: float
    gate_id: str
    shopper: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What a store could know of a recording.

    Attributes:
        videos: Camera id to file.
        cameras: Camera id to its calibration, as the store knows it.
        start_s: Time of the first frames, seconds since the Unix epoch.
        gate_events: In order of time.
    """

    folder: Path
    scenario: str
    seed: int
    start_s: float
    duration_s: float
    fps: float
    store_map: StoreMap
    videos: Mapping[str, Path]
    cameras: Mapping[str, Camera]
    gate_events: tuple[GateEvent, ...]

    @property
    def scans(self) -> tuple[GateEvent, ...]:
        """The accepted codes, in order of time."""
        return tuple(event for event in self.gate_events if event.kind is GateKind.SCAN)


def read_recording(folder: Path) -> Recording:
    """Read a recording without its truth.

    Raises:
        RecordingError: If a file is missing or malformed; one line says which and what to do.
    """
    recording = read_without_videos(folder)
    for camera, path in recording.videos.items():
        if not path.is_file() or path.stat().st_size == 0:
            raise RecordingError(
                f"recording {folder}: the video {path.name} of {camera} is missing or empty; make it again"
            )
    return recording


def read_truth(folder: Path) -> RecordingTruth:
    """Read the truth of a recording, and check it against itself and against what the store knows.

    Raises:
        RecordingError: If there is none, or it is damaged or contradicts itself or the recording; one line
            says what to do.
    """
    truth = read_truth_files(folder)
    wrong = first_contradiction(truth) or _first_stranger(truth, read_without_videos(folder))
    if wrong is not None:
        raise RecordingError(f"truth of {folder}: {wrong}; make the recording again")
    return truth


def read_without_videos(folder: Path) -> Recording:
    """Read a recording whether its videos are there or not.

    Raises:
        RecordingError: If another file is missing or malformed.
    """
    if not folder.is_dir():
        raise RecordingError(
            f"recording {folder} is not a folder; give the path of one that `walkout simulate` wrote"
        )
    about, store = _read_toml(folder / "recording.toml"), _read_toml(folder / "store.toml")
    try:
        return Recording(
            folder=folder,
            scenario=str(about["scenario"]),
            seed=int(about["seed"]),
            start_s=_epoch_s(about["start_at"]),
            duration_s=float(about["duration_s"]),
            fps=float(about["fps"]),
            store_map=store_map_from_toml(store),
            videos={str(camera["id"]): folder / str(camera["video"]) for camera in store["cameras"]},
            cameras={str(camera["id"]): camera_from_toml(camera) for camera in store["cameras"]},
            gate_events=_read_gate_log(folder / "gate.jsonl"),
        )
    except KeyError as error:
        raise RecordingError(
            f"recording {folder}: {error.args[0]!r} is missing from its toml files; make it again"
        ) from error
    except _MALFORMED as error:
        raise RecordingError(f"recording {folder}: {error}; make it again") from error


def _first_stranger(truth: RecordingTruth, recording: Recording) -> str | None:
    """Return what a truth names that its store does not know, in one line; None if it knows everything."""
    accounts = {visit.account for visit in truth.visits}
    products = {str(product.product_id) for product in recording.store_map.products}
    carts = (
        *((f"visit {visit.visit_id!r}", visit.cart) for visit in truth.visits),
        *((f"shopper {shopper.shopper_id!r}", shopper.cart) for shopper in truth.shoppers),
    )
    slots = {str(slot.slot_id) for shelf in recording.store_map.shelves for slot in shelf.slots}
    strangers = (
        *(
            f"camera {camera!r} is not in store.toml"
            for camera in truth.cameras
            if camera not in recording.videos
        ),
        *(
            f"the gate let in {scan.shopper!r}, who has no visit"
            for scan in recording.scans
            if scan.shopper not in accounts
        ),
        *(
            f"{who} has {product!r}, which store.toml does not sell"
            for who, cart in carts
            for product in cart
            if product not in products
        ),
        *(
            f"event {event.event_id} is at slot {event.slot_id!r}, which store.toml lacks"
            for event in truth.events
            if event.slot_id is not None and event.slot_id not in slots
        ),
    )
    return next(iter(strangers), None)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RecordingError(f"recording {path.parent} has no {path.name}; make it again") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecordingError(f"{path} cannot be read ({error}); make the recording again") from error


def _read_gate_log(path: Path) -> tuple[GateEvent, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"recording {path.parent} has no readable {path.name}; make it again") from error
    events = [_gate_event(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    return tuple(sorted(events, key=lambda event: event.at_s))


def _gate_event(path: Path, number: int, line: str) -> GateEvent:
    try:
        entry = json.loads(line, parse_constant=refuse_constant)
        kind = GateKind(entry.get("kind", GateKind.SCAN))
        # Only a scan has to name an account.
        shopper = entry["shopper"] if kind is GateKind.SCAN else entry.get("shopper")
        return GateEvent(
            kind, float(entry["at_s"]), str(entry["gate_id"]), None if shopper is None else str(shopper)
        )
    except KeyError as error:
        raise RecordingError(
            f"{path}, line {number}: {error.args[0]} is missing; make the recording again"
        ) from error
    except (AttributeError, ValueError, TypeError, RecursionError) as error:
        raise RecordingError(
            f"{path}, line {number}: no event of a gate ({error}); make the recording again"
        ) from error


def _epoch_s(start_at: datetime | str) -> float:
    at = start_at if isinstance(start_at, datetime) else datetime.fromisoformat(start_at)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
