"""The store, put together: cameras and gate in, journal and tracker between, visits to the checkout out."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Protocol

from cart_tracker.confidence import ASSUMED, ConfidenceSettings
from cart_tracker.confidence import read_settings as read_confidence
from cart_tracker.journal import (
    ClockAdvanced,
    FootageEnded,
    JournalEntry,
    JournalWriter,
    Restarted,
    is_unfinished,
    read_journal,
)
from cart_tracker.observations import CameraHealthChanged, GateCrossed, GateScanned
from cart_tracker.replay import feed
from cart_tracker.store_map import StoreMap
from cart_tracker.tracker import StoreTracker
from cart_tracker.visits import CartChanged, TrackerOutput, VisitClosed
from vision.live_pipeline import LiveTick
from vision.pipeline import OnFrame, Pipeline, StageTimes, load_networks
from vision.settings import StoreSettings
from vision.sources import FrameSource, open_sources
from walkout.checkout import Checkout, Settlement
from walkout.gate_log import GateScan, read_crossings, read_gate_log
from walkout.moved_cameras import MovedCameras
from walkout.run_collector import RunCollector
from walkout.run_result import StageCpu, StoreRun


class Listener(Protocol):
    """Somebody who watches a run: a screen, a video, a progress bar."""

    def ticked(self, at_s: float) -> None:
        """All cameras have been heard up to this capture time."""

    def admitted(self, visit_id: str, scan: GateScan) -> None:
        """The gate opened."""

    def heard(self, output: TrackerOutput) -> None:
        """The tracker said something."""

    def settled(self, visit: VisitClosed, settlement: Settlement) -> None:
        """A visit is over and its receipt is made."""

    def camera_changed(self, change: CameraHealthChanged) -> None:
        """A camera stopped or resumed giving usable pictures."""


def confidence_of(settings: StoreSettings) -> ConfidenceSettings:
    """Return how sure this store may be of what: its own figures, or the assumed ones.

    Raises:
        CalibrationFileError: If the file that `store.toml` names cannot be used.
    """
    return ASSUMED if settings.confidence_path is None else read_confidence(settings.confidence_path)


@dataclass(slots=True)
class Store:
    """One run of one store, from cameras or from a journal.

    Attributes:
        store_map: The store.
        checkout: Where visits go.
        listeners: Told everything, in order.
        keeps_history: Remember everything for evaluation; a live store would never stop growing.
        moved: Cameras that hang elsewhere than their calibration says; they are not listened to.
    """

    store_map: StoreMap
    checkout: Checkout
    listeners: Sequence[Listener] = ()
    keeps_history: bool = True
    confidence: ConfidenceSettings = ASSUMED
    moved: MovedCameras = field(default_factory=MovedCameras)
    _collector: RunCollector = field(init=False, default_factory=RunCollector)
    _tracker: StoreTracker = field(init=False)
    _first_s: float | None = field(init=False, default=None)
    _last_s: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        """Start with nobody inside."""
        self._tracker = StoreTracker(self.store_map, self.confidence)

    def play(
        self,
        settings: StoreSettings,
        journal_path: Path | None = None,
        on_frame: OnFrame | None = None,
        workers: int = 2,
        sources: Sequence[FrameSource] | None = None,
    ) -> StoreRun:
        """Run the cameras of `settings` through the store until the last one ends.

        Args:
            settings: Cameras, map and, for a recording, the gate's log.
            journal_path: Where everything is written before the tracker hears it.
            on_frame: Called with every frame, who is followed in it, and the windows that hide all heads.
            workers: Threads for the networks.
            sources: One per camera; by default the videos of `settings`.

        Raises:
            VisionError, CartTrackerError, ModelError, WalkoutError: Before anything is written where that
                can be known, otherwise when it comes to it; what was seen until then stays in the journal.
        """
        pending: list[GateScan | GateCrossed] = [*read_scans(settings), *_read_crossings(settings)]
        pending.sort(key=lambda one: -one.at_s)
        pipeline = Pipeline(settings, load_networks(settings), on_frame, workers)
        opened = open_sources(settings) if sources is None else sources
        started = time.monotonic()
        with ExitStack() as stack:
            journal = None
            if journal_path is not None:
                journal = stack.enter_context(JournalWriter(journal_path, self.store_map))
            for seen in pipeline.run(opened):
                while pending and seen and pending[-1].at_s <= seen[0].at_s:
                    due = pending.pop()
                    self._hear(due if isinstance(due, GateCrossed) else self._admit(due), journal)
                for observation in self.moved.heard(seen):
                    self._hear(observation, journal)
                for listener in self.listeners:
                    listener.ticked(self._last_s)
            self._hear(FootageEnded(self._last_s), journal)
        return self._result(stage_cpu(pipeline.times), pipeline.times.frames, started)

    def watch(
        self,
        ticks: Iterable[LiveTick],
        new_events: Callable[[], Sequence[GateScan | GateCrossed]],
        journal_path: Path,
    ) -> None:
        """Follow live cameras until they end; who is still inside then is closed for review.

        Args:
            ticks: What the cameras see.
            new_events: Returns what the gate told since it was last asked.
            journal_path: Where everything is written before the tracker hears it; one that was not finished
                is taken up, with everybody's cart.

        Raises:
            CartTrackerError: If the journal cannot be written.
        """
        pending: list[GateScan | GateCrossed] = []
        is_resumed = is_unfinished(journal_path, self.store_map)
        with JournalWriter(journal_path, self.store_map, resume=is_resumed) as journal:
            if is_resumed:
                self._resume(journal_path)
            for tick in ticks:
                if is_resumed:
                    self._hear(Restarted(tick.at_s), journal)
                    is_resumed = False
                pending = sorted([*pending, *new_events()], key=lambda event: event.at_s)
                # The gate is heard with the frames of its time, which take a moment longer to get here.
                while pending and pending[0].at_s <= tick.at_s:
                    due = pending.pop(0)
                    self._hear(due if isinstance(due, GateCrossed) else self._admit(due), journal)
                observations = self.moved.heard(tick.observations)
                for observation in observations:
                    self._hear(observation, journal)
                if not observations:
                    self._hear(ClockAdvanced(tick.at_s), journal)
                for listener in self.listeners:
                    listener.ticked(tick.at_s)
            self._hear(FootageEnded(self._last_s), journal)

    def replay(self, journal_path: Path, scans: Sequence[GateScan]) -> StoreRun:
        """Give the tracker a journal again, without cameras.

        Args:
            journal_path: What an earlier run wrote.
            scans: The gate's log; its n-th scan is the journal's n-th.

        Raises:
            JournalError: If the journal is damaged or belongs to another store.
        """
        started = time.monotonic()
        remaining = iter(scans)
        for entry in read_journal(journal_path, self.store_map):
            if isinstance(entry, GateScanned):
                scan = next(remaining, GateScan(entry.at_s, entry.gate_id, entry.visit_id))
                self._admitted(entry, scan)
            self._hear(entry, None)
        return self._result((), 0, started)

    def _admit(self, scan: GateScan) -> GateScanned:
        scanned = GateScanned(scan.at_s, scan.gate_id, self.checkout.admit(scan))
        self._admitted(scanned, scan)
        return scanned

    def _admitted(self, scanned: GateScanned, scan: GateScan) -> None:
        if self.keeps_history:
            self._collector.admitted(scanned.visit_id, scan.label)
        for listener in self.listeners:
            listener.admitted(scanned.visit_id, scan)

    def _hear(self, entry: JournalEntry, journal: JournalWriter | None) -> None:
        if journal is not None:
            journal.write(entry)
        self._first_s = entry.at_s if self._first_s is None else self._first_s
        self._last_s = max(self._last_s, entry.at_s)
        if isinstance(entry, CameraHealthChanged):
            for listener in self.listeners:
                listener.camera_changed(entry)
        self._tell(feed(self._tracker, entry))

    def _resume(self, journal_path: Path) -> None:
        """Take up a journal that was not finished: whoever was inside keeps their cart.

        Visits that were closed are settled once more, which a checkout knows by their ids.
        """
        for entry in read_journal(journal_path, self.store_map):
            if isinstance(entry, GateScanned):
                self._admitted(entry, GateScan(entry.at_s, entry.gate_id, entry.visit_id))
            self._hear(entry, None)

    def _tell(self, outputs: Iterable[TrackerOutput]) -> None:
        for output in outputs:
            if self.keeps_history:
                self._collector.heard(output)
            for listener in self.listeners:
                listener.heard(output)
            if isinstance(output, VisitClosed):
                settlement = self.checkout.settle(output)
                if self.keeps_history:
                    self._collector.settled(output, settlement, self._last_s)
                for listener in self.listeners:
                    listener.settled(output, settlement)
            elif isinstance(output, CartChanged):
                self.checkout.show_cart(output)

    def _result(self, stages: tuple[StageCpu, ...], camera_frames: int, started: float) -> StoreRun:
        return self._collector.run(
            stages=stages,
            camera_frames=camera_frames,
            media_s=self._last_s - self._first_s if self._first_s is not None else 0.0,
            wall_s=time.monotonic() - started,
        )


def read_scans(settings: StoreSettings) -> tuple[GateScan, ...]:
    """Return the scans of a recording; none where the gate was not recorded."""
    if settings.recording is None or settings.recording.gate_log is None:
        return ()
    return read_gate_log(settings.recording.gate_log)


def _read_crossings(settings: StoreSettings) -> tuple[GateCrossed, ...]:
    """Return who went through the light barriers of a recording; none where the gate was not recorded."""
    if settings.recording is None or settings.recording.gate_log is None:
        return ()
    return read_crossings(settings.recording.gate_log)


def stage_cpu(times: StageTimes) -> tuple[StageCpu, ...]:
    """Return the processor seconds stage by stage, in the order of the work."""
    return tuple(_stages(times))


def _stages(times: StageTimes) -> Iterator[StageCpu]:
    for part in fields(times):
        if part.name.endswith("_s"):
            yield StageCpu(part.name.removesuffix("_s"), getattr(times, part.name))
