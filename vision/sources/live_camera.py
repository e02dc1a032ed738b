"""A live camera: read in its own thread, always at its newest frame, back within seconds when it fails."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from vision.clock import StoreClock
from vision.settings import CameraSettings
from vision.sources.admission import Admission
from vision.sources.backoff import Backoff
from vision.sources.stream import Stream, StreamFrame, StreamLostError
from vision.types import Frame

logger = logging.getLogger(__name__)

STALL_AFTER_S = 0.5  # or four frames, whichever is longer
STALL_AFTER_FRAMES = 4
JOIN_TIMEOUT_S = 8.0  # longer than opening and reading may take


@dataclass(frozen=True, slots=True)
class StreamCounts:
    """What happened to one camera's frames since the start.

    Attributes:
        received: Decoded whole.
        taken: Given to the pipeline.
        dropped: Replaced by a newer one before anybody took them.
        discarded: Too old, repeated, before the first key frame, of the wrong size.
        damaged: Could not be decoded.
        connections: How often the camera was connected to.
        clock_resets: How often its time started anew without a new connection.
    """

    received: int = 0
    taken: int = 0
    dropped: int = 0
    discarded: int = 0
    damaged: int = 0
    connections: int = 0
    clock_resets: int = 0


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """How a live camera is doing.

    Attributes:
        is_usable: A good frame came lately.
        reason: Why not, for people; empty when it is.
        last_frame_s: Arrival of the newest good frame, store clock; None before the first.
        sender_offset_s: Newest difference between the camera's own clock and arrival; None if it tells none.
        trusts_sender: Whether capture times follow the camera's own clock.
    """

    is_usable: bool
    reason: str
    last_frame_s: float | None
    sender_offset_s: float | None
    trusts_sender: bool


class LiveCamera:
    """A `FrameSource` that never ends by itself; `start` it, and `stop` it when done.

    Frames that nobody takes in time are replaced by newer ones and counted. Frames that are damaged, stale,
    repeated or of another size than the calibration are never given out.
    """

    def __init__(
        self,
        settings: CameraSettings,
        clock: StoreClock,
        rng: np.random.Generator,
        arrived: threading.Condition | None = None,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            settings: The camera.
            clock: The store's; capture times are on it.
            rng: For the waits between connections.
            arrived: Notified of every frame; one for all cameras where somebody waits for whichever is first.
        """
        self.camera_id = settings.camera_id
        self.stall_after_s = max(STALL_AFTER_S, STALL_AFTER_FRAMES / settings.fps)
        self._settings = settings
        self._clock = clock
        self._backoff = Backoff(rng)
        self._admission = Admission(settings.camera.size_px, clock.now_s())
        self._thread = threading.Thread(target=self._run, name=f"camera-{self.camera_id}", daemon=True)
        self._is_stopped = threading.Event()
        self._arrived = arrived or threading.Condition()
        self._newest: tuple[float, StreamFrame] | None = None
        self._index = count()
        self._counts = StreamCounts()
        self._problem = "connecting"
        self._last_good_s: float | None = None

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Let go of the camera; iterations end."""
        self._is_stopped.set()
        with self._arrived:
            self._arrived.notify_all()
        if self._thread.is_alive():
            self._thread.join(JOIN_TIMEOUT_S)

    @property
    def has_frame(self) -> bool:
        """Whether a frame waits to be taken."""
        return self._newest is not None

    @property
    def counts(self) -> StreamCounts:
        """What happened to the frames so far."""
        return self._counts

    def health(self) -> StreamHealth:
        """Say how the camera is doing now."""
        last_s = self._last_good_s
        is_usable = last_s is not None and self._clock.now_s() - last_s <= self.stall_after_s
        capture = self._admission.clock
        return StreamHealth(
            is_usable,
            "" if is_usable else self._problem or "no picture comes",
            last_s,
            capture.sender_offset_s,
            capture.trusts_sender,
        )

    def __iter__(self) -> Iterator[Frame]:
        """Yield the newest frame, then wait for the next; ends after `stop`."""
        while True:
            with self._arrived:
                self._arrived.wait_for(lambda: self._newest is not None or self._is_stopped.is_set())
                if self._newest is None or self._is_stopped.is_set():
                    return
                at_s, frame = self._newest
                self._newest = None
                self._count(taken=1)
            yield Frame(self.camera_id, at_s, next(self._index), frame.image())

    def _run(self) -> None:
        while not self._is_stopped.is_set():
            began_s = self._clock.now_s()
            try:
                self._read_connection()
            except StreamLostError as error:
                self._problem = str(error)
            except Exception:  # the thread must outlive whatever a camera sends
                logger.exception("camera %s: unexpected trouble; connecting again", self.camera_id)
                self._problem = "gave unexpected trouble, see the log"
            last_s = self._last_good_s or 0.0
            wait_s = self._backoff.failed(good_s=max(0.0, last_s - began_s))
            logger.info("camera %s: %s; next try in %.1f s", self.camera_id, self._problem, wait_s)
            self._is_stopped.wait(wait_s)

    def _read_connection(self) -> None:
        """Read one connection until it is lost.

        Raises:
            StreamLostError: When it is over or useless.
        """
        stream = Stream(self._settings)
        try:
            self._count(connections=1)
            self._admission = Admission(self._settings.camera.size_px, self._clock.now_s())
            for frame in stream.frames(self._clock.now_s):
                if self._is_stopped.is_set():
                    return
                if frame is None:
                    self._count(damaged=1)
                    self._admission.damaged()
                else:
                    self._judge(frame)
                self._problem = self._admission.problem or self._problem
                self._admission.check_patience(self._clock.now_s())
        finally:
            stream.close()

    def _judge(self, frame: StreamFrame) -> None:
        sender_s = None if frame.sender_wall_s is None else self._clock.from_wall(frame.sender_wall_s)
        anchors = self._admission.clock.anchors
        at_s = self._admission.capture_s(frame, sender_s)
        self._count(received=1, clock_resets=int(0 < anchors < self._admission.clock.anchors))
        if at_s is None:
            self._count(discarded=1)
        else:
            self._deliver(at_s + self._settings.clock_offset_s, frame)

    def _deliver(self, at_s: float, frame: StreamFrame) -> None:
        with self._arrived:
            self._count(dropped=int(self._newest is not None))
            self._newest = (at_s, frame)
            self._last_good_s = frame.arrival_s
            self._problem = ""
            self._arrived.notify_all()

    def _count(self, **more: int) -> None:
        with self._arrived:
            counts = self._counts
            self._counts = replace(counts, **{name: getattr(counts, name) + n for name, n in more.items()})
