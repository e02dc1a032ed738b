"""What a camera frame costs: our pipeline by stage, and plain ultralytics tracking beside it, in one run.

Both get the same videos and the same network, one after the other in this process; loading is not counted.
Processor seconds of all threads are the unit, because they do not depend on how busy the machine is.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cart_tracker.observations import GateScanned, VisitId
from cart_tracker.tracker import StoreTracker
from models import zoo
from models.ultralytics_session import prepare
from vision.pipeline import SHOPPER_MODEL, Pipeline, load_networks
from vision.settings import StoreSettings, read_settings
from walkout.run_result import StageCpu
from walkout.store import read_scans, stage_cpu

HOW_TO_COMPARE = "to compare with ultralytics: .venv/bin/pip install '.[train]', then make bench again"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way of following people through a recording cost.

    Attributes:
        name: Which way.
        frames: Camera frames looked at.
        stages: Processor seconds in the order of the work; one stage where the parts cannot be told apart.
        wall_s: From the first frame to the last.
    """

    name: str
    frames: int
    stages: tuple[StageCpu, ...]
    wall_s: float

    @property
    def cpu_s(self) -> float:
        """Processor seconds of all stages."""
        return sum(stage.cpu_s for stage in self.stages)


@dataclass(frozen=True, slots=True)
class BenchReport:
    """Our pipeline and, where ultralytics is installed, plain tracking.

    Attributes:
        cameras: Number of videos.
        fps: Of each video; faster than `cameras * fps` frames a second is faster than real time.
        cores: Processor cores this process may use.
        ours: Videos in, carts out.
        theirs: `YOLO.track`, videos in, boxes and keypoints out; None if ultralytics is not installed.
    """

    recording: str
    cameras: int
    fps: float
    cores: int
    ours: Cost
    theirs: Cost | None


def bench(recording: Path) -> BenchReport:
    """Play a recording twice and measure.

    Raises:
        vision.errors.VisionError, models.errors.ModelError: If the recording or the weights are unusable.
    """
    settings = read_settings(recording)
    ours = _play(settings)
    has_ultralytics = importlib.util.find_spec("ultralytics") is not None
    return BenchReport(
        recording=settings.path.parent.name,
        cameras=len(settings.cameras),
        fps=settings.cameras[0].fps,
        cores=len(os.sched_getaffinity(0)),
        ours=ours,
        theirs=_track(settings) if has_ultralytics else None,
    )


def describe(report: BenchReport) -> str:
    """Spell the report as a small table."""
    costs = [report.ours] + ([report.theirs] if report.theirs else [])
    lines = [f"{report.recording}: {report.cameras} cameras, {report.fps:g} fps, {report.cores} cores"]
    for cost in costs:
        lines.append(f"{cost.name}: {cost.frames} camera frames in {cost.wall_s:.1f} s of wall time")
        for stage in cost.stages:
            lines.append(
                f"  {stage.stage:<28}{1000 * stage.cpu_s / cost.frames:8.2f} CPU ms per camera frame"
            )
        if len(cost.stages) > 1:
            lines.append(f"  {'together':<28}{1000 * cost.cpu_s / cost.frames:8.2f} CPU ms per camera frame")
        speed = cost.frames / cost.wall_s / (report.cameras * report.fps)
        lines.append(f"  {speed:.2f} times as fast as the cameras")
    if report.theirs is None:
        lines.append(HOW_TO_COMPARE)
    else:
        ratio = (report.theirs.cpu_s / report.theirs.frames) / (report.ours.cpu_s / report.ours.frames)
        lines.append(
            f"plain ultralytics tracking takes {ratio:.2f} times our processor time per camera frame"
        )
    return "\n".join(lines)


def _play(settings: StoreSettings) -> Cost:
    """Run everything between the videos and the carts; the checkout is left out."""
    scans = [
        GateScanned(scan.at_s, scan.gate_id, VisitId(f"visit-{number}"))
        for number, scan in enumerate(read_scans(settings), 1)
    ]
    pipeline = Pipeline(settings, load_networks(settings))
    tracker = StoreTracker(settings.store_map)
    fusion_s = 0.0
    started = time.monotonic()
    for observations in pipeline.run():
        before = time.thread_time()
        while scans and observations and scans[0].at_s <= observations[0].at_s:
            tracker.handle(scans.pop(0))
        for observation in observations:
            tracker.handle(observation)
        fusion_s += time.thread_time() - before
    wall_s = time.monotonic() - started
    stages = (*stage_cpu(pipeline.times), StageCpu("fuse", fusion_s))
    return Cost("walkout, pixels to carts", pipeline.times.frames, stages, wall_s)


def _track(settings: StoreSettings) -> Cost:
    """Follow people in every video with `YOLO.track`, as its manual shows it, with our network."""
    shopper = zoo.load(SHOPPER_MODEL)
    size = (shopper.card.input.height, shopper.card.input.width)
    frames, cpu_s, wall_s = 0, 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        from ultralytics import YOLO

        for camera in settings.cameras:
            network = YOLO(shopper.path, task="pose")
            found = network.track(
                camera.video,
                stream=True,
                imgsz=size,
                device="cpu",
                tracker="bytetrack.yaml",
                verbose=False,
                save=False,
            )
            count, cpu, wall = _timed(iter(found))
            frames, cpu_s, wall_s = frames + count, cpu_s + cpu, wall_s + wall
    stages = (StageCpu("YOLO.track with ByteTrack", cpu_s),)
    return Cost("plain ultralytics, pixels to tracks", frames, stages, wall_s)


def _timed(results: Iterator[Any]) -> tuple[int, float, float]:
    """Count frames, processor and wall seconds after the first frame, whose cost is loading."""
    next(results, None)
    cpu, wall = time.process_time(), time.monotonic()
    count = sum(1 for _ in results)
    return count, time.process_time() - cpu, time.monotonic() - wall
