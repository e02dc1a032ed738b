"""Makes recordings: script, render, encode, write; several at once in processes of their own."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import cv2

from datasets.errors import OutputError, ScenarioError
from datasets.recording import FrameTruth
from datasets.recording_writer import (
    RecordingVideo,
    write_gate_log,
    write_recording_toml,
    write_store_toml,
    write_truth,
)
from datasets.synthetic.body.people import Person
from datasets.synthetic.picture.renderer import Renderer, World
from datasets.synthetic.play.scenarios import Scenario, find_scenario, list_scenarios, write_scenario
from datasets.synthetic.play.script import ScriptError, WorldScript
from datasets.synthetic.play.truth import frame_count, gate_scans, people_in_frame, script_truth
from datasets.synthetic.store.cameras import SIZE_PX, store_cameras

FPS = 10
GENERATOR = "walkout synthetic store 1"
# Every recording starts on the same morning: 2026-05-04 09:00 UTC.
START_S = 1_777_885_200.0

Progress = Callable[[int, int], None]


def simulate(scenario: str, seed: int, out: Path, progress: Progress | None = None) -> Path:
    """Make one recording; the same scenario and seed give the same bytes.

    Nothing is left under `out` unless the recording is complete.

    Args:
        scenario: Name of a scenario.
        seed: Store, people and script follow from it.
        out: Folder of the recording itself; its parents are made.
        progress: Called with frames done and frames in all, per time step.

    Returns:
        `out`.

    Raises:
        ScenarioError: If there is no such scenario, or no script fits the seed.
        OutputError: If `out` exists already or cannot be written.
    """
    found = known_scenario(scenario)
    check_free(out)
    partial = out.with_name(f".{out.name}.part-{os.getpid()}")
    try:
        partial.mkdir(parents=True)
        try:
            _write(write_scenario(found, seed), found, seed, partial, progress)
            partial.rename(out)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except ScriptError as error:
        raise ScenarioError(str(error)) from error
    except OSError as error:
        raise OutputError(f"cannot write {out} ({error.strerror}); choose another folder") from error
    return out


def simulate_many(
    scenario: str, seeds: Sequence[int], out: Path, workers: int, progress: Progress | None = None
) -> Iterator[Path]:
    """Make `out/SCENARIO-SEED` for every seed, several at a time; yields each folder when it is complete.

    Folders that exist already are yielded as they are: an interrupted run goes on where it was.

    Args:
        scenario: Name of a scenario.
        seeds: One recording each.
        out: Folder that gets the recordings' folders.
        workers: Processes.
        progress: Called with recordings done and recordings in all.
    """
    known_scenario(scenario)
    folders = {seed: out / f"{scenario}-{seed}" for seed in seeds}
    missing = {seed: folder for seed, folder in folders.items() if not folder.exists()}
    done = len(folders) - len(missing)
    yield from (folder for seed, folder in folders.items() if seed not in missing)
    # Started afresh: a forked copy of a process with threads can hang.
    with ProcessPoolExecutor(max(1, workers), mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(simulate, scenario, seed, folder) for seed, folder in missing.items()]
        for job in as_completed(jobs):
            folder = job.result()
            done += 1
            if progress is not None:
                progress(done, len(folders))
            yield folder


def known_scenario(name: str) -> Scenario:
    """Return the scenario of this name.

    Raises:
        ScenarioError: If there is none; the message lists those there are.
    """
    found = find_scenario(name)
    if found is None:
        names = ", ".join(scenario.name for scenario in list_scenarios())
        raise ScenarioError(f"there is no scenario {name!r}; choose one of {names}")
    return found


def check_free(out: Path) -> None:
    """Refuse to write over something.

    Raises:
        OutputError: If `out` exists.
    """
    if out.exists():
        raise OutputError(f"{out} exists already; remove it or choose another folder")


def _write(
    script: WorldScript, scenario: Scenario, seed: int, folder: Path, progress: Progress | None
) -> None:
    cv2.setNumThreads(1)
    cameras = store_cameras(script.store, seed)
    people = [person for person in script.people if isinstance(person, Person)]
    renderer = Renderer(World(script.layout, people, script.layout.decor_seed), cameras, sensor_seed=seed)
    frames = frame_count(script, FPS)
    seen: dict[str, list[FrameTruth]] = {camera.camera_id: [] for camera in cameras}
    with ExitStack() as stack:
        videos = [
            stack.enter_context(RecordingVideo(folder / f"{camera.camera_id}.mp4", SIZE_PX, FPS))
            for camera in cameras
        ]
        for index in range(frames):
            pictures = renderer.render(script.state_at(index / FPS), with_truth=True)
            for camera, video, picture in zip(cameras, videos, pictures, strict=True):
                video.write(picture.image, index / FPS)
                at_s = round(START_S + index / FPS, 3)
                seen[camera.camera_id].append(FrameTruth(at_s, at_s, people_in_frame(picture.people)))
            if progress is not None:
                progress(index + 1, frames)
    truth = script_truth(script, scenario.name, seed, START_S, FPS)
    write_truth(folder, replace(truth, cameras={name: tuple(views) for name, views in seen.items()}))
    write_store_toml(folder / "store.toml", script.store.store_map, cameras, FPS, START_S)
    write_gate_log(folder / "gate.jsonl", gate_scans(script, START_S))
    write_recording_toml(
        folder / "recording.toml", scenario.name, seed, START_S, frames / FPS, FPS, GENERATOR
    )
