"""Recording folders: what a store's cameras and gate saw, and, beside it, the truth.

NAME/store.toml       what an installed store knows (map, planogram, cameras)
     recording.toml   which scenario and seed, when it starts, how long it is
     cam1.mp4 ...     H.264; frame k was captured at start + k / fps
     gate.jsonl       one line per accepted entry code
     truth.json.gz    the truth; only evaluation reads it, and it may be deleted
"""

import json
import tomllib
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
from datasets.truth_file import read_truth_files, refuse_constant, truth_path

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
    "truth_path",
]


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
    videos: dict[str, Path]
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
            gate_events=_read_gate_log(folder / "gate.jsonl"),
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
    return read_truth_files(folder)


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
