"""Two clocks of a live store: one that never jumps, and the capture times of one stream on it.

Nothing here trusts the wall clock for more than the date: it is read once, and a step of it (NTP, an
operator) moves neither time-outs nor capture times.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

# A stream's delay is the least seen in so long: long enough for one packet to come through unhindered.
ENVELOPE_S = 30.0
# Quartz drifts by up to 100 ppm, two of them apart by twice that; what rises faster is congestion.
MAX_DRIFT = 200e-6
# Stream time that runs ahead of real time by more than this, or backwards: the camera has started anew.
MAX_JUMP_S = 1.0
# The sender's own clock is believed if it says what arrival says but for a plausible delay, and steadily.
MAX_SENDER_OFFSET_S = 0.5
MAX_SENDER_SPREAD_S = 0.05
SENDER_TRIAL_S = 6.0  # more than one interval of sender reports, 5 s (RFC 3550, 6.2)
# Going over to the sender's clock stretches time by so much, so that capture times still rise evenly.
SLEW = 0.05
MIN_STEP_S = 1e-3


class StoreClock:
    """Seconds since the epoch on the store's clock: the wall's at the start, then monotonic."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the wall clock, once."""
        self._wall = wall
        self._monotonic = monotonic
        self._epoch_s = wall() - monotonic()

    def now_s(self) -> float:
        """Return the store's time; never goes back, whatever happens to the wall clock."""
        return self._epoch_s + self._monotonic()

    def from_wall(self, wall_s: float) -> float:
        """Return the store's time at which the wall clock showed, or will show, `wall_s`."""
        return wall_s + self.now_s() - self._wall()


@dataclass(frozen=True, slots=True)
class Stamp:
    """What is known about when one frame was captured.

    Attributes:
        pts_s: The stream's own time; starts anywhere.
        arrival_s: When it came, on the store's clock.
        sender_s: When the sender says it was captured (RTCP sender reports), on the store's clock; None
            where it says nothing.
    """

    pts_s: float
    arrival_s: float
    sender_s: float | None = None


@dataclass(slots=True)
class CaptureClock:
    """Capture times of one stream on the store's clock.

    Arrival is capture plus a delay that varies; the stream's own stamps have no such jitter but drift and
    start anywhere. So the offset between both is the lower envelope of (arrival - stamp): its minimum over
    30 s, which may fall at once (nothing arrives before it was captured) and rise by 200 ppm. The constant
    part of the delay stays in; where the sender tells its own clock and that is sane, it is taken out.
    (The minimum filter is NTP's clock filter, RFC 5905 section 10; the slope limit is ours.)

    Attributes:
        anchors: How often the clock was set: 1, and once more for each jump of the stream's time.
    """

    anchors: int = 0
    _window: deque[tuple[float, float]] = field(default_factory=deque)  # (arrival, offset), offsets rising
    _offset_s: float = 0.0
    _correction_s: float = 0.0
    _sender: deque[tuple[float, float]] = field(default_factory=deque)  # (arrival, sender - envelope)
    _last: Stamp | None = None
    _last_at_s: float = float("-inf")

    def at_s(self, stamp: Stamp) -> float:
        """Return the capture time of the next frame; later than that of the frame before."""
        if self._last is None or self._has_jumped(stamp, self._last):
            self._anchor(stamp)
        elapsed_s = 0.0 if self._last is None else max(stamp.arrival_s - self._last.arrival_s, 0.0)
        self._follow_envelope(stamp, elapsed_s)
        self._follow_sender(stamp, elapsed_s)
        at_s = min(stamp.pts_s + self._offset_s + self._correction_s, stamp.arrival_s)
        self._last = stamp
        self._last_at_s = max(at_s, self._last_at_s + MIN_STEP_S)
        return self._last_at_s

    @property
    def late_s(self) -> float:
        """How much longer than the quickest lately the newest frame was under way."""
        return 0.0 if self._last is None else self._last.arrival_s - self._last.pts_s - self._offset_s

    @property
    def sender_offset_s(self) -> float | None:
        """Newest difference between the sender's clock and arrival; None where it tells none."""
        return self._sender[-1][1] if self._sender else None

    @property
    def trusts_sender(self) -> bool:
        """Whether the sender's clock is being used."""
        differences = [difference_s for _, difference_s in self._sender]
        return (
            bool(differences)
            and self._sender[-1][0] - self._sender[0][0] >= SENDER_TRIAL_S
            and max(map(abs, differences)) < MAX_SENDER_OFFSET_S
            and max(differences) - min(differences) < MAX_SENDER_SPREAD_S
        )

    def _has_jumped(self, stamp: Stamp, last: Stamp) -> bool:
        step_s = stamp.pts_s - last.pts_s
        return step_s < 0 or step_s - (stamp.arrival_s - last.arrival_s) > MAX_JUMP_S

    def _anchor(self, stamp: Stamp) -> None:
        self.anchors += 1
        self._window.clear()
        self._sender.clear()
        self._offset_s = stamp.arrival_s - stamp.pts_s
        self._correction_s = 0.0

    def _follow_envelope(self, stamp: Stamp, elapsed_s: float) -> None:
        offset_s = stamp.arrival_s - stamp.pts_s
        while self._window and self._window[-1][1] >= offset_s:
            self._window.pop()
        self._window.append((stamp.arrival_s, offset_s))
        while self._window[0][0] < stamp.arrival_s - ENVELOPE_S:
            self._window.popleft()
        self._offset_s = min(self._window[0][1], self._offset_s + MAX_DRIFT * elapsed_s)

    def _follow_sender(self, stamp: Stamp, elapsed_s: float) -> None:
        if stamp.sender_s is None:
            self._sender.clear()
        else:
            self._sender.append((stamp.arrival_s, stamp.sender_s - stamp.pts_s - self._offset_s))
            while self._sender[0][0] < stamp.arrival_s - ENVELOPE_S:
                self._sender.popleft()
        target_s = self._sender[-1][1] if self.trusts_sender else 0.0
        step_s = SLEW * elapsed_s
        self._correction_s += min(max(target_s - self._correction_s, -step_s), step_s)
