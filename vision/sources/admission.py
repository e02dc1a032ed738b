"""Which frames of one connection are good: whole, fresh, new, of the right size; and when to give it up."""

from vision.clock import MAX_JUMP_S, CaptureClock, Stamp
from vision.sources.stream import StreamFrame, StreamLostError

RECONNECT_AFTER_S = 2.0  # without a good frame although something comes
KEY_FRAME_TIMEOUT_S = 15.0  # cameras that save bits send key frames as rarely as this
MAX_LATE_S = 0.5
# After a connection cameras send what they have kept. That flood is over when frames come at the pace at
# which they were made, or half of it, twice running; and in any case after 3 s.
FLOOD_PACE = 0.5
STEADY_FRAMES = 2
LONGEST_FLOOD_S = 3.0
REPEATS = 5  # some cameras stamp two frames alike now and then


class Admission:
    """Judges the frames of one connection in order.

    Attributes:
        clock: Tells their capture times.
        problem: Why the newest frame was not good, for people; empty if it was, or while a connection is new.
    """

    def __init__(self, size_px: tuple[int, int], now_s: float) -> None:
        """Begin with a connection made at `now_s` to a camera calibrated at `size_px`."""
        self.clock = CaptureClock()
        self.problem = ""
        self._size_px = size_px
        self._good_s = now_s
        self._patience_s = KEY_FRAME_TIMEOUT_S
        self._needs_key = True
        self._flood_until_s = now_s + KEY_FRAME_TIMEOUT_S
        self._steady = 0
        self._last: StreamFrame | None = None
        self._repeats = 0

    def damaged(self) -> None:
        """Take note of a frame that could not be decoded: nothing that builds on it is good."""
        self._needs_key = True
        self.problem = "sends damaged pictures; check its cable and the network"

    def capture_s(self, frame: StreamFrame, sender_s: float | None) -> float | None:
        """Return the capture time of a good frame on the store's clock, None for one that must not be used.

        Args:
            frame: The next frame of the connection.
            sender_s: The sender's own time of it on the store's clock, if it tells one.
        """
        last = self._last
        if last is not None and last.pts_s - MAX_JUMP_S < frame.pts_s <= last.pts_s:
            self._repeats += frame.pts_s == last.pts_s
            if self._repeats >= REPEATS:
                self.problem = "repeats the same picture; restart it"
            return None
        self._last, self._repeats = frame, 0
        at_s = self.clock.at_s(Stamp(frame.pts_s, frame.arrival_s, sender_s))
        is_flood = self._is_flood(frame, last)
        if self._needs_key and not frame.is_key:
            return None
        if self._needs_key:
            self._needs_key = False
            self._patience_s = RECONNECT_AFTER_S
        if is_flood:
            return None
        if frame.size_px != self._size_px:
            self.problem = (
                f"sends {_text(frame.size_px)} pixels but was calibrated at {_text(self._size_px)}; set it"
                " back or calibrate again"
            )
            return None
        if self.clock.late_s > MAX_LATE_S:
            self.problem = (
                "is late by more than half a second; check the network and whether this computer keeps up"
            )
            return None
        self.problem = ""
        self._good_s = frame.given_s
        return at_s

    def check_patience(self, now_s: float) -> None:
        """Give the connection up when nothing good has come for too long.

        Raises:
            StreamLostError: Then.
        """
        if now_s - self._good_s > self._patience_s:
            raise StreamLostError(self.problem or "gives no picture; restart it")

    def _is_flood(self, frame: StreamFrame, last: StreamFrame | None) -> bool:
        if self._steady >= STEADY_FRAMES:
            return False
        if last is None:
            self._flood_until_s = frame.given_s + LONGEST_FLOOD_S
            return True
        is_paced = frame.given_s - last.given_s >= FLOOD_PACE * (frame.pts_s - last.pts_s)
        self._steady = self._steady + 1 if is_paced else 0
        if frame.given_s >= self._flood_until_s:
            self._steady = STEADY_FRAMES
        return self._steady < STEADY_FRAMES


def _text(size_px: tuple[int, int]) -> str:
    return f"{size_px[0]}x{size_px[1]}"
