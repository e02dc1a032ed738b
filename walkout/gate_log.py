"""What a gate wrote down: which code it accepted, when, and which visit began."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from cart_tracker.observations import GateCrossed
from walkout.accounts import repeated
from walkout.errors import GateLogError

_CROSSINGS = {"cross-in": True, "cross-out": False}  # kinds of lines, and whether they are inward


@dataclass(frozen=True, slots=True)
class GateScan:
    """One accepted entry code.

    Attributes:
        at_s: When, seconds since the Unix epoch.
        shopper: Whose account the code belonged to, as the recording names it; the visit, where only that is
            known.
        times_before: How often that account had come in before.
        visit_id: What the checkout API calls the visit; None where it was not asked.
        event_id: What the gate called this opening when it asked.
    """

    at_s: float
    gate_id: str
    shopper: str
    times_before: int = 0
    visit_id: str | None = None
    event_id: str | None = None

    @property
    def label(self) -> str:
        """Name of the visit that begins: the account, with a number where it comes again."""
        return repeated(self.shopper, self.times_before)


def read_gate_log(path: Path) -> tuple[GateScan, ...]:
    """Read the accepted codes of a gate log, one JSON object a line, in order of time.

    Lines of another `kind` than "scan" (doors that open, people who cross) are left out; a line without
    kind is a scan.

    Raises:
        GateLogError: If the file is missing or a line is malformed; the message names the line.
    """
    entries = [read_gate_line(path, number, line) for number, line in _lines(path)]
    scans = sorted((entry for entry in entries if entry is not None), key=lambda scan: scan.at_s)
    seen: Counter[str] = Counter()
    numbered = []
    for scan in scans:
        numbered.append(replace(scan, times_before=seen[scan.shopper]))
        seen[scan.shopper] += 1
    return tuple(numbered)


def read_crossings(path: Path) -> tuple[GateCrossed, ...]:
    """Read who went through the light barriers, in order of time; none where there are no barriers.

    Raises:
        GateLogError: If the file is missing or a line is malformed; the message names the line.
    """
    crossings = (read_crossing(path, number, line) for number, line in _lines(path))
    return tuple(sorted((one for one in crossings if one is not None), key=lambda one: one.at_s))


def read_crossing(path: Path, number: int, line: str) -> GateCrossed | None:
    """Read line `number` of the gate log `path`; None if nobody went through a light barrier.

    Raises:
        GateLogError: If it is malformed.
    """
    try:
        entry = json.loads(line)
        kind = entry.get("kind", "scan")
        if kind not in _CROSSINGS:
            return None
        return GateCrossed(float(entry["at_s"]), str(entry["gate_id"]), _CROSSINGS[kind])
    except (AttributeError, ValueError, KeyError, TypeError) as error:
        raise GateLogError(
            f"gate log {path}, line {number}: expected at_s and gate_id ({error}); correct the line"
        ) from error


def _lines(path: Path) -> list[tuple[int, str]]:
    """Number the lines of a gate log that are not empty."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GateLogError(f"gate log {path} cannot be read ({error}); check the recording folder") from error
    return [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def read_gate_line(path: Path, number: int, line: str) -> GateScan | None:
    """Read line `number` of the gate log `path`; None if it is of another kind than "scan".

    Raises:
        GateLogError: If it is malformed.
    """
    try:
        entry = json.loads(line)
        if entry.get("kind", "scan") != "scan":
            return None
        visit_id, event_id = (
            None if entry.get(name) is None else str(entry[name]) for name in ("visit_id", "event_id")
        )
        shopper = str(entry["shopper"]) if visit_id is None else str(entry.get("shopper", visit_id))
        return GateScan(
            float(entry["at_s"]), str(entry["gate_id"]), shopper, visit_id=visit_id, event_id=event_id
        )
    except (AttributeError, ValueError, KeyError, TypeError) as error:
        raise GateLogError(
            f"gate log {path}, line {number}: expected at_s, gate_id and shopper or visit_id ({error});"
            " correct the line"
        ) from error
