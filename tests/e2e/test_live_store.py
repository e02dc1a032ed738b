"""The demo recording through real RTSP servers; a camera goes away in the middle. What is charged?

It plays in real time, which takes three quarters of a core. On a machine that has less to give set
WALKOUT_SLOW_MOTION=8: clocks, cameras and faults are then eight times as slow, and so is the test.
"""

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import av
import numpy as np
import pytest

from cart_tracker.journal import read_journal
from cart_tracker.observations import CameraHealthChanged, GateScanned
from cart_tracker.visits import Decision, TrackerOutput, VisitClosed
from datasets.recording import read_truth
from tests.rtsp_camera import Fault, RtspCamera
from vision.clock import StoreClock
from vision.live_pipeline import CameraStatus, LivePipeline
from vision.pipeline import load_networks
from vision.settings import StoreSettings, read_settings
from walkout.checkout import PriceOnlyCheckout, Settlement
from walkout.gate_feed import GateFeed
from walkout.gate_log import GateScan, read_gate_log
from walkout.store import Store

RECORDING = Path(__file__).parents[2] / "recordings" / "demo"
CONNECT_S = 3.0
START_S = time.time()
SLOW_MOTION = float(os.environ.get("WALKOUT_SLOW_MOTION", "1"))


@dataclass
class Receipts:
    """Keeps what closed."""

    closed: dict[str, VisitClosed] = field(default_factory=dict)

    def ticked(self, at_s: float) -> None: ...

    def admitted(self, visit_id: str, scan: GateScan) -> None: ...

    def heard(self, output: TrackerOutput) -> None: ...

    def camera_changed(self, change: CameraHealthChanged) -> None: ...

    def settled(self, visit: VisitClosed, settlement: Settlement) -> None:
        self.closed[visit.visit_id] = visit


@dataclass
class LiveDemo:
    """The demo store with its cameras on the wire."""

    cameras: list[RtspCamera]
    settings: StoreSettings
    length_s: float
    folder: Path
    status: tuple[CameraStatus, ...] = ()

    def watch(self, stalls: dict[int, tuple[float, float]]) -> dict[str, VisitClosed]:
        """Film the recording, with cameras gone from one second of it to another; return what closed."""
        receipts, stop = Receipts(), threading.Event()
        clock = StoreClock(slow_wall, lambda: time.monotonic() / SLOW_MOTION)
        store = Store(
            self.settings.store_map,
            PriceOnlyCheckout(self.settings.store_map),
            [receipts],
            keeps_history=False,
        )
        pipeline = LivePipeline(self.settings, load_networks(self.settings), clock, np.random.default_rng(0))
        epoch_s = time.perf_counter() + CONNECT_S * SLOW_MOTION
        for camera in self.cameras:
            camera.film_from(epoch_s, SLOW_MOTION)
        director = threading.Thread(target=self._direct, args=(epoch_s, stalls, stop))
        director.start()
        feed = GateFeed(self.folder / "gate.jsonl", clock)
        store.watch(pipeline.run(stop), feed.new_events, self.folder / "journal.jsonl")
        director.join()
        self.status = pipeline.status()
        return receipts.closed

    def _direct(self, epoch_s: float, stalls: dict[int, tuple[float, float]], stop: threading.Event) -> None:
        recording = read_settings(RECORDING).recording
        plan = [
            (scan.at_s - recording.start_s, self._scan, scan) for scan in read_gate_log(recording.gate_log)
        ]
        for number, (since_s, until_s) in stalls.items():
            plan.append((since_s, self.cameras[number].fail, Fault.LOSE))
            plan.append((until_s, lambda camera: camera.mend(), self.cameras[number]))
        plan.append((self.length_s + 3.0, lambda event: event.set(), stop))
        for at_s, act, what in sorted(plan, key=lambda step: step[0]):
            time.sleep(max(0.0, epoch_s + at_s * SLOW_MOTION - time.perf_counter()))
            act(what)

    def _scan(self, scan: GateScan) -> None:
        line = {"at_s": slow_wall(), "gate_id": scan.gate_id, "shopper": scan.shopper}
        with (self.folder / "gate.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")


@pytest.fixture
def live_demo(tmp_path: Path) -> Iterator[LiveDemo]:
    recorded = read_settings(RECORDING)
    with ExitStack() as stack:
        cameras, live = [], []
        for settings in recorded.cameras:
            video = filmed(Path(settings.video), tmp_path / f"{settings.camera_id}.mp4")
            camera = stack.enter_context(RtspCamera(tmp_path / settings.camera_id, video, is_endless=False))
            cameras.append(camera)
            live.append(replace(settings, video=camera.url))
        length_s = max(visit.left_s for visit in read_truth(RECORDING).visits) - recorded.recording.start_s
        settings = replace(recorded, cameras=tuple(live), recording=None)
        yield LiveDemo(cameras, settings, length_s + 2.0, tmp_path)


def slow_wall() -> float:
    return START_S + (time.time() - START_S) / SLOW_MOTION


def filmed(recorded: Path, video: Path) -> Path:
    """Encode as shops' cameras do: no frame refers to a later one, and a key frame every second."""
    with av.open(str(recorded)) as source, av.open(str(video), "w") as target:
        stream = target.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        stream.options = {"preset": "veryfast", "bf": "0", "g": "10", "crf": "20"}
        for frame in source.decode(video=0):
            frame.pict_type = 0
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
    return video


def charged(visit: VisitClosed) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in visit.lines:
        if line.decision is Decision.CHARGE:
            units[line.product_id] += line.quantity
    return units


def is_asked(visit: VisitClosed) -> bool:
    return visit.decision is Decision.REVIEW


@pytest.mark.slow
def test_a_camera_that_stalls_for_ten_seconds_ends_in_right_receipts_or_in_questions(live_demo):
    closed = live_demo.watch({1: (24.0, 34.0)})

    truth = {visit.account: Counter(dict(visit.cart)) for visit in read_truth(RECORDING).visits}
    assert set(closed) == set(truth)
    for shopper, visit in closed.items():
        assert charged(visit) == truth[shopper] or is_asked(visit), (visit, truth[shopper])
        assert charged(visit) <= truth[shopper], (visit, truth[shopper])
    entries = list(read_journal(live_demo.folder / "journal.jsonl", live_demo.settings.store_map))
    health = [one for one in entries if isinstance(one, CameraHealthChanged) and one.camera_id == "cam2"]
    began_s = next(one.at_s for one in entries if isinstance(one, GateScanned)) - 2.5
    gone = [one for one in health if not one.is_usable and one.at_s > began_s + 5.0]
    back = [one for one in health if one.is_usable and one.at_s > began_s + 5.0]
    assert gone[0].at_s - began_s == pytest.approx(24.5, abs=0.6)
    assert 34.0 < back[0].at_s - began_s < 39.0
