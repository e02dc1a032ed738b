"""Live cameras in, observations out as it happens. Frames are skipped and never queued."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

from cart_tracker.observations import CameraHealthChanged, CameraId, Observation, PeopleSeen
from vision.clock import StoreClock
from vision.clock_comparison import ClockComparison
from vision.health import StreamWatch
from vision.live_merge import LiveMerge
from vision.pipeline import WORKERS, CameraTick, CameraWorker, Networks, StageTimes, gate_of
from vision.settings import StoreSettings
from vision.sources.live_camera import LiveCamera, StreamCounts, StreamHealth

logger = logging.getLogger(__name__)

POLL_S = 0.05
TIME_TOLD_EVERY_S = 0.2  # when nothing is seen; visits close and carts are read by it


@dataclass(frozen=True, slots=True, eq=False)
class LiveTick:
    """What has been seen since the tick before.

    Attributes:
        at_s: Everything captured up to here has been told.
        observations: In order of (time, camera, kind), but for those of frames that came too late.
    """

    at_s: float
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One live camera, for people who watch the store."""

    camera_id: CameraId
    health: StreamHealth
    counts: StreamCounts


@dataclass(slots=True)
class _Lane:
    """One camera on its way through the workers."""

    camera: LiveCamera
    worker: CameraWorker
    watch: StreamWatch
    is_busy: bool = False
    steps: int = 0


@dataclass(slots=True)
class LivePipeline:
    """The eyes of one live store.

    Attributes:
        settings: The store; all its cameras are live.
        make_networks: Called once in every worker.
        clock: The store's.
        rng: For the waits before cameras are connected to again.
        workers: Threads that run networks; every camera has one more that reads it.
    """

    settings: StoreSettings
    make_networks: Callable[[], Networks]
    clock: StoreClock
    rng: np.random.Generator
    workers: int = WORKERS
    _lanes: list[_Lane] = field(default_factory=list)
    _seen: list[tuple[_Lane, CameraTick]] = field(default_factory=list)
    _arrived: threading.Condition = field(default_factory=threading.Condition)
    _done: threading.Condition = field(default_factory=threading.Condition)
    _failure: Exception | None = None
    _clocks: ClockComparison = field(init=False)

    def run(self, stop: threading.Event) -> Iterator[LiveTick]:
        """Yield what is seen as it is seen, until `stop` is set.

        A camera that fails is told as a `CameraHealthChanged` and is connected to again, for ever. While a
        camera is not usable nothing else of it is told.

        Raises:
            VisionError, ModelError: If the networks cannot be loaded.
        """
        cv2.setNumThreads(1)
        self._lanes = [self._lane(number) for number in range(len(self.settings.cameras))]
        is_stopped = threading.Event()
        threads = [
            threading.Thread(target=self._work, args=(is_stopped,), name=f"vision-{number}", daemon=True)
            for number in range(self.workers)
        ]
        for lane in self._lanes:
            lane.camera.start()
        for thread in threads:
            thread.start()
        try:
            yield from self._ticks(stop)
        finally:
            is_stopped.set()
            with self._arrived:
                self._arrived.notify_all()
            for thread in threads:
                thread.join()
            for lane in self._lanes:
                lane.camera.stop()

    def status(self) -> tuple[CameraStatus, ...]:
        """Say how every camera is doing, in the order of the settings."""
        return tuple(
            CameraStatus(lane.camera.camera_id, lane.camera.health(), lane.camera.counts)
            for lane in self._lanes
        )

    @property
    def times(self) -> StageTimes:
        """Processor seconds by stage of all cameras so far; reading and decoding streams not included."""
        total = StageTimes()
        for lane in self._lanes:
            total.add(lane.worker.times)
        return total

    def _lane(self, number: int) -> _Lane:
        settings = self.settings.cameras[number]
        rng = np.random.default_rng(self.rng.integers(2**63))
        camera = LiveCamera(settings, self.clock, rng, self._arrived)
        worker = CameraWorker(camera, settings.camera, self.settings.store_map, gate_of(self.settings))
        return _Lane(camera, worker, StreamWatch(settings.camera_id))

    def _ticks(self, stop: threading.Event) -> Iterator[LiveTick]:
        self._clocks = ClockComparison([lane.camera.camera_id for lane in self._lanes])
        merge = LiveMerge[CameraTick]([lane.camera.camera_id for lane in self._lanes])
        told_s = -np.inf
        is_first = True
        while not stop.is_set():
            with self._done:
                self._done.wait_for(lambda: self._seen or self._failure, POLL_S)
                seen, self._seen = self._seen, []
            if self._failure is not None:
                raise self._failure
            now_s = self.clock.now_s()
            for lane, tick in seen:
                merge.add(lane.camera.camera_id, tick, now_s)
            usable = [lane.camera.camera_id for lane in self._lanes if lane.camera.health().is_usable]
            due = merge.release(now_s, usable)
            observations = [observation for tick in due for observation in self._told(tick)]
            sightings = (one for one in observations if isinstance(one, PeopleSeen))
            for change in self._clocks.hear(sightings, merge.until_s):
                self._watch_of(change.camera_id).clock_changed(change)
            observations += self._changes(now_s, merge.until_s)
            if is_first:
                observations += [lane.worker.slots_watched(merge.until_s) for lane in self._lanes]
                is_first = False
            if observations or merge.until_s - told_s >= TIME_TOLD_EVERY_S:
                told_s = merge.until_s
                yield LiveTick(told_s, tuple(observations))

    def _told(self, tick: CameraTick) -> list[Observation]:
        """Return what of a camera's tick is to be told: nothing while its picture is of no use."""
        watch = self._watch_of(tick.frame.camera_id)
        told: list[Observation] = []
        for observation in tick.observations:
            if isinstance(observation, CameraHealthChanged):
                watch.picture_changed(observation)
            else:
                told.append(observation)
        return told if watch.sees else []

    def _watch_of(self, camera_id: CameraId) -> StreamWatch:
        return next(lane.watch for lane in self._lanes if lane.camera.camera_id == camera_id)

    def _changes(self, now_s: float, at_s: float) -> list[Observation]:
        changes = [lane.watch.check(lane.camera.health().reason, now_s, at_s) for lane in self._lanes]
        return [change for change in changes if change is not None]

    def _work(self, is_stopped: threading.Event) -> None:
        try:
            networks = self.make_networks()
        except Exception as error:  # noqa: BLE001  # raised again in the thread that reads the ticks
            with self._done:
                self._failure = error
                self._done.notify_all()
            return
        while lane := self._next_lane(is_stopped):
            tick = None
            try:
                tick = lane.worker.step(networks)
            except Exception:
                logger.exception("camera %s: one frame could not be used", lane.camera.camera_id)
            with self._arrived:
                lane.is_busy = False
                lane.steps += 1
                self._arrived.notify_all()
            if tick is not None:
                with self._done:
                    self._seen.append((lane, tick))
                    self._done.notify_all()

    def _next_lane(self, is_stopped: threading.Event) -> _Lane | None:
        """Wait for a frame and return its camera, that which had least of the work first; None at the end."""
        with self._arrived:
            while not is_stopped.is_set():
                ready = [lane for lane in self._lanes if lane.camera.has_frame and not lane.is_busy]
                if ready:
                    lane = min(ready, key=lambda lane: lane.steps)
                    lane.is_busy = True
                    return lane
                self._arrived.wait()
            return None
