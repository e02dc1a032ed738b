"""The scans of a live gate: a gate log that grows, one JSON object a line, as `gate_log` reads it.

Whatever opens the gate appends a line for every code that it accepted:

    {"at_s": 1777885202.5, "gate_id": "gate-1", "shopper": "anna"}

A line that cannot be read is logged and left out: it must not stop the store.
"""

import logging
from collections import Counter
from dataclasses import replace
from pathlib import Path

from vision.clock import StoreClock
from walkout.errors import GateLogError
from walkout.gate_log import GateScan, read_gate_line

logger = logging.getLogger(__name__)

# A scan from before the start counts if its shopper can still be at the gate.
LOOK_BACK_S = 30.0
# A gate whose clock is further off is believed to scan when its line is read.
MAX_GATE_CLOCK_ERROR_S = 5.0


class GateFeed:
    """Reads what a gate log gained since it was last asked."""

    def __init__(self, path: Path, clock: StoreClock) -> None:
        """Follow `path`, which may come to exist later.

        Args:
            path: The gate log.
            clock: The store's; the gate is taken to go by the same wall clock.
        """
        self._path = path
        self._clock = clock
        self._read_bytes = 0
        self._line = 0
        self._came_before: Counter[str] = Counter()
        self._is_first = True

    def new_scans(self) -> list[GateScan]:
        """Return the scans of complete lines that are new, with times on the store's clock."""
        lines = self._new_lines()
        now_s = self._clock.now_s()
        scans = []
        for line in lines:
            self._line += 1
            try:
                scan = read_gate_line(self._path, self._line, line)
            except GateLogError as error:
                logger.warning("%s", error)
                continue
            if scan is None:
                continue
            at_s = self._clock.from_wall(scan.at_s)
            if self._is_first and at_s < now_s - LOOK_BACK_S:
                continue
            if not self._is_first and abs(at_s - now_s) > MAX_GATE_CLOCK_ERROR_S:
                logger.warning("gate %s: its clock is %.0f s off; set it", scan.gate_id, at_s - now_s)
                at_s = now_s
            times_before = self._came_before[scan.shopper]
            self._came_before[scan.shopper] += 1
            scans.append(replace(scan, at_s=min(at_s, now_s), times_before=times_before))
        self._is_first = False
        return sorted(scans, key=lambda scan: scan.at_s)

    def _new_lines(self) -> list[str]:
        try:
            size = self._path.stat().st_size
            if size == self._read_bytes:
                return []
            if size < self._read_bytes:
                self._read_bytes = self._line = 0  # begun anew, as log rotation does
            with self._path.open("rb") as file:
                file.seek(self._read_bytes)
                data = file.read()
        except FileNotFoundError:
            return []
        except OSError as error:
            logger.warning("gate log %s cannot be read: %s", self._path, error.strerror)
            return []
        complete = data[: data.rfind(b"\n") + 1]
        self._read_bytes += len(complete)
        return [line for line in complete.decode("utf-8", errors="replace").splitlines() if line.strip()]
