"""What a live gate tells: a gate log that grows, one JSON object a line, as `gate_log` reads it.

Whatever opens the gate appends a line for every code that it accepted, and where there are light barriers one
for everybody who goes through:

    {"at_s": 1777885202.5, "gate_id": "gate-1", "shopper": "anna"}
    {"at_s": 1777885204.1, "gate_id": "gate-1", "kind": "cross-in"}

A line that cannot be read is logged and left out: it must not stop the store.
"""

import logging
from collections import Counter
from dataclasses import replace
from pathlib import Path

from cart_tracker.observations import GateCrossed
from vision.clock import StoreClock
from walkout.errors import GateLogError
from walkout.gate_log import GateScan, read_crossing, read_gate_line

logger = logging.getLogger(__name__)

# What was before the start counts if its shopper can still be at the gate.
LOOK_BACK_S = 30.0
# A gate whose clock is further off is taken to mean the moment in which its line is read.
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

    def new_events(self) -> list[GateScan | GateCrossed]:
        """Return what complete new lines tell, in order of time, with times on the store's clock."""
        lines = self._new_lines()
        now_s = self._clock.now_s()
        events: list[GateScan | GateCrossed] = []
        for line in lines:
            self._line += 1
            try:
                event = read_gate_line(self._path, self._line, line) or read_crossing(
                    self._path, self._line, line
                )
            except GateLogError as error:
                logger.warning("%s", error)
                continue
            at_s = None if event is None else self._time_of(event, now_s)
            if event is not None and at_s is not None:
                events.append(self._numbered(replace(event, at_s=at_s)))
        self._is_first = False
        return sorted(events, key=lambda event: event.at_s)

    def _time_of(self, event: GateScan | GateCrossed, now_s: float) -> float | None:
        """Return when it happened on the store's clock, None if that is history."""
        at_s = self._clock.from_wall(event.at_s)
        if self._is_first and at_s < now_s - LOOK_BACK_S:
            return None
        if not self._is_first and abs(at_s - now_s) > MAX_GATE_CLOCK_ERROR_S:
            logger.warning("gate %s: its clock is %.0f s off; set it", event.gate_id, at_s - now_s)
            return now_s
        return min(at_s, now_s)

    def _numbered(self, event: GateScan | GateCrossed) -> GateScan | GateCrossed:
        """Tell the visits of one account apart."""
        if isinstance(event, GateCrossed):
            return event
        times_before = self._came_before[event.shopper]
        self._came_before[event.shopper] += 1
        return replace(event, times_before=times_before)

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
