"""The single measurements of `walkout bench`, each in a process of its own: ours, plain ultralytics, a GPU.

A fresh process has its own peak memory, and nothing that another run imported or left running.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from cart_tracker.observations import CameraId, GateScanned, VisitId
from cart_tracker.tracker import StoreTracker
from models import zoo
from models.ultralytics_session import prepare
from vision.detector import PoseDetector, check_pose_card
from vision.inference import OnnxSession
from vision.pipeline import Pipeline, load_networks
from vision.providers import Provider
from vision.settings import SHOPPER_MODEL, CameraSettings, StoreSettings, VisionSettings, read_settings
from vision.sources import open_sources
from walkout.run_result import StageCpu
from walkout.store import read_scans, stage_cpu

WARM_UP_FRAMES = 3  # their first cost is loading
WARM_UP_TICKS = 5  # more than a camera may be ahead: by then every worker has its networks
GPU_FRAMES = 300

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way of following people through a recording cost.

    Attributes:
        name: Which way.
        cameras: Played at the same time; 1 where videos were played one after the other.
        frames: Camera frames that were decoded.
        looked: Of these, those that the network looked at.
        stages: Processor seconds in the order of the work; none where the parts cannot be told apart.
        cpu_s: Processor seconds of all threads of the process, from the first frame to the last.
        wall_s: Over the same time.
        peak_memory_mb: Of the process.
    """

    name: str
    cameras: int
    frames: int
    looked: int
    stages: tuple[StageCpu, ...]
    cpu_s: float
    wall_s: float
    peak_memory_mb: float

    @property
    def cpu_ms_per_frame(self) -> float:
        """Processor time of a camera frame, milliseconds."""
        return 1000 * self.cpu_s / self.frames

    @property
    def frames_per_s(self) -> float:
        """Camera frames in a second of wall time."""
        return self.frames / self.wall_s


@dataclass(frozen=True, slots=True)
class Plan:
    """How the store is played.

    Attributes:
        recording: Its folder.
        cameras: How many; more than it has are its videos again.
        seconds: Of the recording's beginning.
        vision: Provider, network and gate.
    """

    recording: Path
    cameras: int
    seconds: float
    vision: VisionSettings


def in_fresh_process(measure: Callable[..., Result], *arguments: object) -> Result:
    """Call a function of this module in a new interpreter."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, *arguments).result()


def play_store(name: str, plan: Plan) -> Cost:
    """Run everything between the videos and the carts; the checkout is left out."""
    settings = with_cameras(read_settings(plan.recording), plan.cameras)
    settings = replace(settings, vision=plan.vision)
    scans = [
        GateScanned(scan.at_s, scan.gate_id, VisitId(f"visit-{number}"))
        for number, scan in enumerate(read_scans(settings), 1)
    ]
    pipeline = Pipeline(settings, load_networks(settings))
    tracker = StoreTracker(settings.store_map)
    ticks = pipeline.run(open_sources(settings))
    fusion_s = 0.0
    for number, observations in enumerate(ticks):
        if number == WARM_UP_TICKS:
            first_s, warm, fusion_s = observations[0].at_s, replace(pipeline.times), 0.0
            cpu_s, started = time.process_time(), time.monotonic()
        before = time.thread_time()
        while scans and scans[0].at_s <= observations[0].at_s:
            tracker.handle(scans.pop(0))
        for observation in observations:
            tracker.handle(observation)
        fusion_s += time.thread_time() - before
        if number > WARM_UP_TICKS and observations[0].at_s - first_s >= plan.seconds:
            break
    cpu_s, wall_s = time.process_time() - cpu_s, time.monotonic() - started
    times = pipeline.times.since(warm)
    ticks.close()
    stages = (*stage_cpu(times), StageCpu("fuse", fusion_s))
    memory_mb = _peak_memory_mb()
    return Cost(name, plan.cameras, times.frames, times.looked, stages, cpu_s, wall_s, memory_mb)


def with_cameras(settings: StoreSettings, count: int) -> StoreSettings:
    """Give a store `count` cameras: its own, then the same again under other names."""
    own = settings.cameras
    cameras = (_copy(own[number % len(own)], number // len(own)) for number in range(count))
    return replace(settings, cameras=tuple(cameras))


def track_plainly(recording: Path, seconds: float) -> Cost:
    """Follow people with the defaults of `YOLO.track`: torch, yolo11n, 640 pixels. Random weights will do."""
    return _track("ultralytics, its defaults", recording, seconds, "yolo11n.yaml", {})


def track_at_best(recording: Path, seconds: float) -> Cost:
    """Follow people with the fastest setting of `YOLO.track` for our network: ONNX, our input, ByteTrack."""
    shopper = zoo.load(SHOPPER_MODEL)
    size = (shopper.card.input.height, shopper.card.input.width)
    options = {"imgsz": size, "tracker": "bytetrack.yaml"}
    return _track("ultralytics, our network as ONNX", recording, seconds, str(shopper.path), options)


def frames_per_s_on_gpu(recording: Path) -> float:
    """Camera frames that the shopper network looks at in a second on one GPU, from pictures to people."""
    shopper = zoo.load(SHOPPER_MODEL)
    detector = PoseDetector(OnnxSession(shopper.path, Provider.CUDA), check_pose_card(shopper))
    source = open_sources(read_settings(recording))[0]
    pictures = [frame.image for frame in islice(source, GPU_FRAMES)]
    for picture in pictures[:WARM_UP_FRAMES]:
        detector.detect(picture)
    started = time.monotonic()
    for picture in pictures:
        detector.detect(picture)
    return len(pictures) / (time.monotonic() - started)


def _copy(camera: CameraSettings, round_: int) -> CameraSettings:
    if round_ == 0:
        return camera
    name = CameraId(f"{camera.camera_id}-{round_ + 1}")
    return replace(camera, camera=replace(camera.camera, camera_id=name))


def _track(name: str, recording: Path, seconds: float, network: str, options: Mapping[str, object]) -> Cost:
    settings = read_settings(recording)
    frames, cpu_s, wall_s = 0, 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        # What ultralytics sets where nobody sets anything; more threads cost it more processor time.
        os.environ["OMP_NUM_THREADS"] = "1"
        import torch
        from ultralytics import YOLO

        torch.set_num_threads(1)
        for camera in settings.cameras:
            model = YOLO(network, task="pose" if network.endswith(".onnx") else None)
            found = model.track(camera.video, stream=True, device="cpu", verbose=False, save=False, **options)
            count, cpu, wall = _timed(iter(found), round(seconds * camera.fps))
            frames, cpu_s, wall_s = frames + count, cpu_s + cpu, wall_s + wall
    return Cost(name, 1, frames, frames, (), cpu_s, wall_s, _peak_memory_mb())


def _timed(results: Iterator[Any], most: int) -> tuple[int, float, float]:
    """Count frames, processor and wall seconds after the first frames, whose cost is loading."""
    for _ in islice(results, WARM_UP_FRAMES):
        pass
    cpu, wall = time.process_time(), time.monotonic()
    count = sum(1 for _ in islice(results, most))
    return count, time.process_time() - cpu, time.monotonic() - wall


def _peak_memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
