"""`walkout bench`: how many cameras this machine carries, by stage, beside plain ultralytics, in one run.

Processor seconds of all threads are the unit of comparison, because they depend little on how busy the
machine is; cameras in real time are told by the wall clock, so the machine should be idle for them.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import onnxruntime

from vision.providers import EXECUTION_PROVIDERS, Provider, chosen
from vision.settings import VisionSettings, read_settings
from walkout.bench_runs import (
    Cost,
    Plan,
    frames_per_s_on_gpu,
    in_fresh_process,
    play_store,
    track_at_best,
    track_plainly,
)

HOW_TO_COMPARE = "to compare with ultralytics: .venv/bin/pip install '.[train]', then make bench again"
ALL_FRAMES_CAMERAS, GATED_CAMERAS = 8, 12  # what a small computer is to carry


@dataclass(frozen=True, slots=True)
class BenchReport:
    """What was measured in one run.

    Attributes:
        fps: Of each video.
        cores: Processor cores this process may use.
        ours: Videos in, carts out; every frame looked at, with the gate, and on ONNX Runtime alone.
        theirs: `YOLO.track`, videos in, boxes out: its defaults, and our network; empty without ultralytics.
        gpu_frames_per_s: Of the shopper network; None without a GPU that ONNX Runtime can use.
    """

    recording: str
    provider: str
    fps: float
    cores: int
    ours: tuple[Cost, ...]
    theirs: tuple[Cost, ...]
    gpu_frames_per_s: float | None


def bench(recording: Path, seconds: float, tell: Callable[[str], None] = lambda _: None) -> BenchReport:
    """Play a recording in several ways and measure.

    Args:
        recording: Its folder.
        seconds: How much of it, from its beginning.
        tell: Told what is measured next.

    Raises:
        vision.errors.VisionError, models.errors.ModelError: If the recording or the weights are unusable.
    """
    settings = read_settings(recording)
    provider = chosen(Provider.AUTO)
    ours = [
        ("walkout, every frame", ALL_FRAMES_CAMERAS, VisionSettings(provider)),
        ("walkout, motion gate", GATED_CAMERAS, VisionSettings(provider, motion_gate=True)),
    ]
    if provider is not Provider.CPU:
        ours.append(("walkout, ONNX Runtime", ALL_FRAMES_CAMERAS, VisionSettings(Provider.CPU)))
    costs = []
    for name, cameras, vision in ours:
        tell(f"{name}, {cameras} cameras")
        costs.append(in_fresh_process(play_store, name, Plan(recording, cameras, seconds, vision)))
    theirs = []
    for track in (track_plainly, track_at_best) if importlib.util.find_spec("ultralytics") else ():
        tell("ultralytics")
        theirs.append(in_fresh_process(track, recording, seconds))
    has_gpu = EXECUTION_PROVIDERS[Provider.CUDA] in onnxruntime.get_available_providers()
    return BenchReport(
        recording=settings.path.parent.name,
        provider=str(provider),
        fps=settings.cameras[0].fps,
        cores=len(os.sched_getaffinity(0)),
        ours=tuple(costs),
        theirs=tuple(theirs),
        gpu_frames_per_s=in_fresh_process(frames_per_s_on_gpu, recording) if has_gpu else None,
    )


def describe(report: BenchReport) -> str:
    """Spell the report as tables."""
    lines = [
        f"{report.recording}: {report.fps:g} fps, {report.cores} cores, networks on {report.provider}",
        "",
    ]
    lines.append(f"{'CPU ms per camera frame':<36}" + "".join(f"{name:>8}" for name in _stage_names(report)))
    lines += [f"  {cost.name:<34}" + _stage_row(cost) for cost in report.ours]
    lines += ["", f"{'':<36}{'CPU ms':>8}{'cameras':>9}{'in real time':>14}{'looked at':>11}{'MB':>7}"]
    for cost in (*report.ours, *report.theirs):
        lines.append(
            f"  {cost.name:<34}{cost.cpu_ms_per_frame:8.2f}{cost.cameras:9}"
            f"{cost.frames_per_s / report.fps:14.1f}{100 * cost.looked / cost.frames:10.0f}%"
            f"{cost.peak_memory_mb:7.0f}"
        )
    lines.append("")
    if not report.theirs:
        lines.append(HOW_TO_COMPARE)
    for cost in report.theirs:
        times = cost.cpu_ms_per_frame / report.ours[0].cpu_ms_per_frame
        lines.append(f"camera frames per CPU second: {times:.2f} times those of {cost.name}")
    if report.gpu_frames_per_s is not None:
        lines.append(
            f"one GPU: {report.gpu_frames_per_s:.0f} camera frames a second,"
            f" {report.gpu_frames_per_s / report.fps:.0f} cameras"
        )
    return "\n".join(lines)


def write_json(report: BenchReport, path: Path) -> None:
    """Write the report as one JSON object."""
    document = {
        "recording": report.recording,
        "provider": report.provider,
        "cores": report.cores,
        "fps": report.fps,
        "gpu_frames_per_s": report.gpu_frames_per_s,
        "runs": [_run(cost, report) for cost in (*report.ours, *report.theirs)],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _run(cost: Cost, report: BenchReport) -> dict[str, object]:
    return {
        "name": cost.name,
        "cameras": cost.cameras,
        "frames": cost.frames,
        "looked": cost.looked,
        "cpu_ms_per_frame": cost.cpu_ms_per_frame,
        "stage_cpu_ms_per_frame": {stage.stage: 1000 * stage.cpu_s / cost.frames for stage in cost.stages},
        "frames_per_cpu_s": 1000 / cost.cpu_ms_per_frame,
        "cameras_in_real_time": cost.frames_per_s / report.fps,
        "peak_memory_mb": cost.peak_memory_mb,
    }


def _stage_names(report: BenchReport) -> list[str]:
    return [stage.stage for stage in report.ours[0].stages] + ["rest"]


def _stage_row(cost: Cost) -> str:
    """Stages and what is left of the process: threads, merging, memory."""
    rest_s = cost.cpu_s - sum(stage.cpu_s for stage in cost.stages)
    values = [*(stage.cpu_s for stage in cost.stages), rest_s]
    return "".join(f"{1000 * value / cost.frames:8.2f}" for value in values)
