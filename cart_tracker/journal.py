"""The journal: everything the tracker was told, one JSON line each, written as it happens.

The first line is a header (format, version, digest of the store map). Numbers are written so that they
come back bit for bit. A torn last line, as left by `kill -9`, is ignored; damage elsewhere is an error.
"""

import hashlib
import json
import math
import os
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import numpy as np

from cart_tracker.errors import JournalError, ObservationError
from cart_tracker.observations import (
    CameraHealthChanged,
    CameraId,
    GateCrossed,
    GateScanned,
    Hand,
    HandSeen,
    Observation,
    PeopleSeen,
    SlotChanged,
    SlotLogLikelihood,
    SlotsWatched,
    TrackletId,
    VisitId,
)
from cart_tracker.store_map import SlotId, StoreMap

FORMAT = "walkout-journal"
VERSION = 3
# 1 told of slots only whether units moved, and the sign; 2 did not tell which slots are watched.
READABLE_VERSIONS = (1, 2, 3)
SYNC_S = 1.0  # at most so much is lost when the power fails; a killed process loses nothing


@dataclass(frozen=True, slots=True)
class ClockAdvanced:
    """`StoreTracker.advance` was called."""

    at_s: float


@dataclass(frozen=True, slots=True)
class FootageEnded:
    """`StoreTracker.finish` was called."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Restarted:
    """`StoreTracker.restart` was called: the program was started again, and cameras number people anew."""

    at_s: float


JournalEntry = Observation | ClockAdvanced | FootageEnded | Restarted


def store_map_digest(store_map: StoreMap) -> str:
    """Sha-256 (hex) of what the tracker knows of the store; changes when anything in it does."""
    parts = [
        store_map.store_id,
        *(
            polygon.tolist()
            for polygon in (
                store_map.floor_xy_m,
                store_map.gate_xy_m,
                store_map.exit_xy_m,
                store_map.scanner_xy_m,
            )
        ),
        repr(store_map.shelves),
        repr(store_map.products),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class JournalWriter:
    """Appends entries to a journal file; use as a context manager."""

    def __init__(self, path: Path, store_map: StoreMap, *, resume: bool = False) -> None:
        """Open `path`, new or empty; to resume, behind the last complete line of what is there.

        Raises:
            JournalError: If it has content that is not to be resumed, or is another store's, or cannot be
                written.
        """
        if resume and path.is_file() and path.stat().st_size > 0:
            _cut_torn_line(path)
            _check_header(path, path.read_bytes().split(b"\n", 1)[0], store_map)
        try:
            self._file: TextIO = path.open("a", encoding="utf-8", buffering=1)
        except OSError as error:
            raise JournalError(
                f"journal {path} cannot be written: {error.strerror}; check the folder"
            ) from error
        self._synced_at_s = -math.inf
        if resume and self._file.tell() > 0:
            return
        if self._file.tell() > 0:
            self._file.close()
            raise JournalError(f"journal {path} exists already; choose another name or remove it")
        header = {"format": FORMAT, "version": VERSION, "store_map_sha256": store_map_digest(store_map)}
        self._file.write(json.dumps(header) + "\n")

    def write(self, entry: JournalEntry) -> None:
        """Append one entry; it has reached the operating system when this returns.

        Raises:
            JournalError: If the disk refuses.
        """
        try:
            self._file.write(json.dumps(_to_json(entry), allow_nan=False, separators=(",", ":")) + "\n")
            if not entry.at_s < self._synced_at_s + SYNC_S:
                self._file.flush()
                os.fsync(self._file.fileno())
                self._synced_at_s = entry.at_s
        except OSError as error:
            raise JournalError(f"journal {self._file.name} cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Write everything to the disk and close the file."""
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def __enter__(self) -> "JournalWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def is_unfinished(path: Path, store_map: StoreMap) -> bool:
    """Say whether a journal of this store ends without the end of its footage: the program was killed."""
    if not path.is_file():
        return False
    lines = path.read_bytes().split(b"\n")
    try:
        _check_header(path, lines[0], store_map)
    except JournalError:
        return False
    complete = [line for line in lines[1:-1] if line]
    return not complete or json.loads(complete[-1]).get("type") != "end"


def _cut_torn_line(path: Path) -> None:
    """Cut off what was being written when the program died."""
    try:
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)
    except OSError as error:
        raise JournalError(
            f"journal {path} cannot be continued: {error.strerror}; check the folder"
        ) from error


def read_journal(path: Path, store_map: StoreMap) -> Iterator[JournalEntry]:
    """Read the entries of a journal in the order they were written.

    Raises:
        JournalError: If the file cannot be read, is of another version or store, or is damaged before
            its last line.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise JournalError(f"journal {path} cannot be read: {error.strerror}") from error
    _check_header(path, lines[0], store_map)
    for number, line in enumerate(lines[1:-1], start=2):
        try:
            yield _from_json(json.loads(line))
        except (ValueError, KeyError, TypeError, ObservationError) as error:
            raise JournalError(
                f"journal {path}, line {number} is damaged ({error}); keep the lines before it in a new file"
            ) from error


def _check_header(path: Path, line: bytes, store_map: StoreMap) -> None:
    try:
        header = json.loads(line)
        is_ours = header["format"] == FORMAT
    except (ValueError, KeyError, TypeError):
        is_ours = False
    if not is_ours:
        raise JournalError(f"{path} is not a journal of walkout: its first line is no header")
    if header.get("version") not in READABLE_VERSIONS:
        raise JournalError(
            f"journal {path} has version {header.get('version')}, this program reads 1 to {VERSION}; use the"
            " program that wrote it"
        )
    if header.get("store_map_sha256") != store_map_digest(store_map):
        raise JournalError(
            f"journal {path} was written in a store laid out otherwise; give its own store.toml"
        )


def _to_json(entry: JournalEntry) -> dict[str, Any]:
    match entry:
        case PeopleSeen():
            return {
                "type": "people",
                "camera": entry.camera_id,
                "at_s": entry.at_s,
                "tracklet": entry.tracklet_id.tolist(),
                "score": entry.score.tolist(),
                "xy_m": entry.xy_m.tolist(),
                "cov_m2": entry.cov_m2.tolist(),
                "wrist": _nan_to_none(entry.wrist_direction.tolist()),
                "wrist_sigma": _nan_to_none(entry.wrist_sigma_rad.tolist()),
                "camera_xyz_m": entry.camera_xyz_m.tolist(),
            }
        case HandSeen():
            return {
                "type": "hand",
                "camera": entry.camera_id,
                "at_s": entry.at_s,
                "tracklet": int(entry.tracklet_id),
                "hand": int(entry.hand),
                "log_likelihood": entry.log_likelihood.tolist(),
                "units": entry.units_log_likelihood.tolist(),
            }
        case SlotChanged():
            return {
                "type": "slot",
                "camera": entry.camera_id,
                "at_s": entry.at_s,
                "since_s": entry.since_s,
                "slot": entry.slot_id,
                "log_likelihood": list(astuple(entry.log_likelihood)),
                "units": entry.units,
            }
        case SlotsWatched():
            return {
                "type": "watched",
                "camera": entry.camera_id,
                "at_s": entry.at_s,
                "slot": list(entry.slot_id),
                "noticed": entry.noticed.tolist(),
            }
        case GateScanned():
            return {"type": "scan", "at_s": entry.at_s, "gate": entry.gate_id, "visit": entry.visit_id}
        case GateCrossed():
            return {
                "type": "cross",
                "at_s": entry.at_s,
                "gate": entry.gate_id,
                "is_inward": entry.is_inward,
            }
        case CameraHealthChanged():
            return {
                "type": "health",
                "at_s": entry.at_s,
                "camera": entry.camera_id,
                "is_usable": entry.is_usable,
                "reason": entry.reason,
            }
        case ClockAdvanced():
            return {"type": "clock", "at_s": entry.at_s}
        case FootageEnded():
            return {"type": "end", "at_s": entry.at_s}
        case Restarted():
            return {"type": "restart", "at_s": entry.at_s}


def _from_json(line: dict[str, Any]) -> JournalEntry:
    at_s = float(line["at_s"])
    match line["type"]:
        case "people":
            n = len(line["tracklet"])
            return PeopleSeen(
                CameraId(line["camera"]),
                at_s,
                np.array(line["tracklet"], np.int64),
                np.array(line["score"], np.float64),
                np.array(line["xy_m"], np.float64).reshape(n, 2),
                np.array(line["cov_m2"], np.float64).reshape(n, 2, 2),
                np.array(line["wrist"], np.float64).reshape(n, 2, 3),
                np.array(line["wrist_sigma"], np.float64).reshape(n, 2),
                np.array(line["camera_xyz_m"], np.float64),
            )
        case "hand":
            looks = np.array(line["log_likelihood"], np.float64)
            tracklet = TrackletId(int(line["tracklet"]))
            units = np.array(line.get("units", (0.0, 0.0, 0.0)), np.float64)  # version 1 did not count
            return HandSeen(CameraId(line["camera"]), at_s, tracklet, Hand(line["hand"]), looks, units)
        case "slot":
            return SlotChanged(
                CameraId(line["camera"]),
                at_s,
                float(line["since_s"]),
                SlotId(line["slot"]),
                _slot_log_likelihood(line),
                float(line["units"]),
            )
        case "watched":
            slots = tuple(SlotId(slot) for slot in line["slot"])
            return SlotsWatched(CameraId(line["camera"]), at_s, slots, np.array(line["noticed"], np.float64))
        case "scan":
            return GateScanned(at_s, line["gate"], VisitId(line["visit"]))
        case "cross":
            return GateCrossed(at_s, line["gate"], bool(line["is_inward"]))
        case "health":
            return CameraHealthChanged(
                at_s, CameraId(line["camera"]), bool(line["is_usable"]), line["reason"]
            )
        case "clock":
            return ClockAdvanced(at_s)
        case "end":
            return FootageEnded(at_s)
        case "restart":
            return Restarted(at_s)
        case other:
            raise ValueError(f"unknown type {other!r}")


def _slot_log_likelihood(line: dict[str, Any]) -> SlotLogLikelihood:
    if "log_likelihood" in line:
        return SlotLogLikelihood(*(float(value) for value in line["log_likelihood"]))
    return SlotLogLikelihood.of_ratio(float(line["log_ratio"]), float(line["units"]))


def _nan_to_none(values: Any) -> Any:
    """JSON has no NaN; unseen wrists are null, which `np.array(..., float)` reads as NaN."""
    if isinstance(values, list):
        return [_nan_to_none(value) for value in values]
    return None if math.isnan(values) else values
