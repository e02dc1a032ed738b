"""Recordings without pictures: a scenario's script, its truth, and the journal of observations of it.

They are folders like those of `datasets.recording`, with `observations.jsonl` in the place of videos; a
tracker is evaluated on them in seconds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from cart_tracker.journal import FootageEnded, JournalWriter
from datasets.engines import Engine, FolderJob, ProcessEngine, remove_leftovers
from datasets.errors import ScenarioError
from datasets.observation_simulator.noise import ASSUMED, Noise
from datasets.observation_simulator.observe import observe
from datasets.recording import FrameTruth, GateEvent, read_truth, read_without_videos
from datasets.recording_writer import write_gate_log, write_recording_toml, write_store_toml, write_truth
from datasets.synthetic.play.faults import FaultKind
from datasets.synthetic.play.plot import Door
from datasets.synthetic.play.scenarios import AS_IT_IS, Knobs, Scenario, write_scenario
from datasets.synthetic.play.script import ScriptError, WorldScript
from datasets.synthetic.play.truth import GATE_ID, frame_count, gate_scans, script_truth
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.sensors.capture import ORDINARY, CameraPlan, fault_truths, plan_camera
from datasets.synthetic.sensors.faults import CameraFault, knocked, placed_faults
from datasets.synthetic.sensors.gate_log import complete_log
from datasets.synthetic.simulate import known_scenario, recording_folder
from datasets.synthetic.store.cameras import CameraWish, hang_cameras
from datasets.synthetic.studio import EXIT_ID, FPS, START_S
from vision.camera_model import CameraModel

JOURNAL = "observations.jsonl"
GENERATOR = "walkout observation simulator 1"
_DIED_S = 1.0


def simulate_observations(
    scenario: str,
    seeds: Sequence[int],
    out: Path,
    engine: Engine | None = None,
    knobs: Knobs = AS_IT_IS,
    noise: Noise = ASSUMED,
) -> Iterator[Path]:
    """Make `out/SCENARIO-SEED` for every seed; yields each folder when it is complete.

    Folders that exist already are yielded as they are.

    Args:
        scenario: Name of a scenario.
        seeds: One recording each.
        out: Folder that gets the recordings' folders.
        engine: Where they are made; one process of this machine by default.
        knobs: What is changed about the scenario.
        noise: How bad vision is.

    Raises:
        ScenarioError: If there is no such scenario, or no script fits a seed.
        OutputError: If a folder cannot be written.
    """
    known_scenario(scenario)
    remove_leftovers(out)
    jobs = [
        FolderJob(recording_folder(out, scenario, seed), partial(fill, scenario, seed, knobs, noise))
        for seed in seeds
    ]
    missing = [job for job in jobs if not job.folder.exists()]
    yield from (job.folder for job in jobs if job not in missing)
    for job in (engine or ProcessEngine(1)).run(missing):
        yield job.folder


def fill(scenario: str, seed: int, knobs: Knobs, noise: Noise, folder: Path) -> None:
    """Write one recording without pictures into an empty folder."""
    try:
        written = known_scenario(scenario)
        _Scripted(write_scenario(written, seed, knobs), written, seed).write(folder, noise)
    except ScriptError as error:
        raise ScenarioError(str(error)) from error


def write_journal(folder: Path, noise: Noise = ASSUMED, hangs: dict[str, CameraModel] | None = None) -> Path:
    """Observe the truth of a recording, with pictures or without, and write the journal into its folder.

    The gate's codes are in it as visits `visit-1`, `visit-2` and so on; an older journal is replaced.

    Args:
        folder: The recording.
        noise: How bad vision is.
        hangs: Cameras that were knocked, as they hang then.

    Raises:
        RecordingError: If the recording is damaged.
    """
    recording, truth = read_without_videos(folder), read_truth(folder)
    observations = observe(truth, recording.store_map, recording.cameras, recording.gate_events, noise, hangs)
    path = folder / JOURNAL
    path.unlink(missing_ok=True)
    with JournalWriter(path, recording.store_map) as journal:
        for observation in observations:
            journal.write(observation)
        journal.write(FootageEnded(truth.start_s + truth.duration_s))
    return path


class _Scripted:
    """One recording while it is made."""

    def __init__(self, script: WorldScript, scenario: Scenario, seed: int) -> None:
        self._script, self._scenario, self._seed = script, scenario, seed
        self._ticks = frame_count(script, FPS)
        self._cameras = hang_cameras(script.store, seed, CameraWish())

    def write(self, folder: Path, noise: Noise) -> None:
        """Write everything; faults and clocks are those of the rendered recording."""
        script, names = self._script, [str(camera.camera_id) for camera in self._cameras]
        faults = placed_faults(script.faults, len(names), self._ticks / FPS, self._sharpness, self._rng(1))
        plans = {
            name: plan_camera(
                self._ticks, FPS, [one for one in faults if one.camera == row], ORDINARY, self._rng(2, row)
            )
            for row, name in enumerate(names)
        }
        truth = script_truth(script, self._scenario.name, self._seed, START_S, FPS)
        frames = {name: _frames(plan) for name, plan in plans.items()}
        write_truth(folder, replace(truth, cameras=frames, faults=fault_truths(faults, plans, START_S)))
        silent = {name for name, plan in plans.items() if self._ticks / FPS - plan.ends_s > _DIED_S}
        write_store_toml(folder / "store.toml", script.store_map, self._cameras, FPS, START_S, silent)
        write_gate_log(folder / "gate.jsonl", self._gate_log())
        duration_s = self._ticks / FPS
        write_recording_toml(
            folder / "recording.toml", self._scenario.name, self._seed, START_S, duration_s, FPS, GENERATOR
        )
        write_journal(folder, noise, self._knocked(faults))

    def _knocked(self, faults: Sequence[CameraFault]) -> dict[str, CameraModel]:
        room = self._script.layout.room_size_m
        return {
            str(self._cameras[fault.camera].camera_id): knocked(
                self._cameras[fault.camera], fault.amount, (room[0], room[1]), self._rng(5, fault.camera)
            )
            for fault in faults
            if fault.kind is FaultKind.KNOCKED
        }

    def _sharpness(self, row: int, xyz_m: FloatArray) -> float:
        """Pixels per metre at a place, 0 outside of the picture."""
        camera = self._cameras[row]
        pixel = camera.project(xyz_m[None])[0]
        if not np.isfinite(pixel).all() or (pixel < 0).any() or (pixel >= np.array(camera.size_px)).any():
            return 0.0
        return float(camera.matrix[0, 0] / np.linalg.norm(xyz_m - camera.position_m))

    def _gate_log(self) -> tuple[GateEvent, ...]:
        script = self._script
        stays = list(zip(script.parts, script.stays, strict=True))
        entered = [START_S + stay.entered_s for part, stay in stays if part.enters is Door.ENTRY]
        left, turned_back = (
            [START_S + stay.left_s for part, stay in stays if part.leaves is door]
            for door in (Door.EXIT, Door.ENTRY)
        )
        codes = gate_scans(script, START_S)
        return complete_log(codes, entered, left, turned_back, (GATE_ID, EXIT_ID), self._rng(6))

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, 0x5E45, *key])


def _frames(plan: CameraPlan) -> tuple[FrameTruth, ...]:
    return tuple(
        FrameTruth(round(START_S + shot.captured_s, 4), round(START_S + shot.stamped_s, 4), ())
        for shot in plan.shots
    )
