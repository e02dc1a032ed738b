"""The store, put together: cameras and gate in, observations to journal and tracker, visits to the checkout."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Protocol

from cart_tracker.journal import JournalWriter, read_journal
from cart_tracker.observations import GateScanned, Observation
from cart_tracker.store_map import StoreMap
from cart_tracker.tracker import StoreTracker
from cart_tracker.visits import CartChanged, TrackerOutput, VisitClosed
from vision.pipeline import OnFrame, Pipeline, StageTimes, load_networks
from vision.settings import StoreSettings
from vision.sources import open_sources
from walkout.checkout import Checkout, Settlement
from walkout.gate_log import GateScan, read_gate_log
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


@dataclass(slots=True)
class Store:
    """One run of one store.

    Attributes:
        store_map: The store.
        checkout: Where visits go.
        listeners: Told everything, in order.
    """

    store_map: StoreMap
    checkout: Checkout
    listeners: Sequence[Listener] = ()
    _collector: RunCollector = field(default_factory=RunCollector)
    _tracker: StoreTracker = field(init=False)

    def __post_init__(self) -> None:
        """Start with an empty store."""
        self._tracker = StoreTracker(self.store_map)

    def play(
        self,
        settings: StoreSettings,
        journal_path: Path | None = None,
        on_frame: OnFrame | None = None,
        workers: int = 2,
    ) -> StoreRun:
        """Run the cameras of `settings` through the store until the last one ends.

        Args:
            settings: Cameras, map and, for a recording, the gate's log.
            journal_path: Where every observation is written before the tracker hears it.
            on_frame: Called with every frame and who is followed in it.
            workers: Threads for the networks.

        Raises:
            VisionError, CartTrackerError, ModelError, WalkoutError: Before anything is written where that
                can be known, otherwise when it comes to it; observations up to then stay in the journal.
        """
        scans = read_scans(settings)
        pipeline = Pipeline(settings, load_networks(settings.store_map), on_frame, workers)
        sources = open_sources(settings)
        started = time.monotonic()
        with ExitStack() as stack:
            journal = None
            if journal_path is not None:
                journal = stack.enter_context(JournalWriter(journal_path, self.store_map))
            pending = list(reversed(scans))
            first_s = last_s = None
            for seen in pipeline.run(sources):
                if not seen:
                    continue
                now_s = seen[0].at_s
                first_s = now_s if first_s is None else first_s
                while pending and pending[-1].at_s <= now_s:
                    self._hear(self._admit(pending.pop()), journal)
                for observation in seen:
                    self._hear(observation, journal)
                last_s = now_s
                for listener in self.listeners:
                    listener.ticked(now_s)
        if last_s is not None:
            self._tell(self._tracker.finish(last_s), last_s)
        media_s = 0.0 if first_s is None or last_s is None else last_s - first_s
        return self._collector.run(
            stages=stage_cpu(pipeline.times),
            camera_frames=pipeline.times.frames,
            media_s=media_s,
            wall_s=time.monotonic() - started,
        )

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
        first_s = last_s = None
        for observation in read_journal(journal_path, self.store_map):
            if isinstance(observation, GateScanned):
                scan = next(remaining, None)
                label = observation.visit_id if scan is None else scan.shopper
                self._collector.admitted(observation.visit_id, label)
            self._hear(observation, None)
            first_s = observation.at_s if first_s is None else first_s
            last_s = observation.at_s
        if last_s is not None:
            self._tell(self._tracker.finish(last_s), last_s)
        media_s = 0.0 if first_s is None or last_s is None else last_s - first_s
        return self._collector.run(
            stages=(), camera_frames=0, media_s=media_s, wall_s=time.monotonic() - started
        )

    def _admit(self, scan: GateScan) -> GateScanned:
        visit_id = self.checkout.admit(scan)
        self._collector.admitted(visit_id, scan.shopper)
        for listener in self.listeners:
            listener.admitted(visit_id, scan)
        return GateScanned(scan.at_s, scan.gate_id, visit_id)

    def _hear(self, observation: Observation, journal: JournalWriter | None) -> None:
        if journal is not None:
            journal.append(observation)
        self._tell(self._tracker.handle(observation), observation.at_s)

    def _tell(self, outputs: Iterable[TrackerOutput], now_s: float) -> None:
        for output in outputs:
            self._collector.heard(output)
            for listener in self.listeners:
                listener.heard(output)
            if isinstance(output, VisitClosed):
                settlement = self.checkout.settle(output)
                self._collector.settled(output, settlement, now_s)
                for listener in self.listeners:
                    listener.settled(output, settlement)
            elif isinstance(output, CartChanged):
                self.checkout.show_cart(output)


def read_scans(settings: StoreSettings) -> tuple[GateScan, ...]:
    """Return the scans of a recording; none where the gate was not recorded."""
    if settings.recording is None or settings.recording.gate_log is None:
        return ()
    return read_gate_log(settings.recording.gate_log)


def stage_cpu(times: StageTimes) -> tuple[StageCpu, ...]:
    """Return the processor seconds stage by stage, in the order of the work."""
    return tuple(_stages(times))


def _stages(times: StageTimes) -> Iterator[StageCpu]:
    for part in fields(times):
        if part.name.endswith("_s"):
            yield StageCpu(part.name.removesuffix("_s"), getattr(times, part.name))
