"""Fills one recording's folder: script, cameras, faults, video, truth, gate log and scales."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from datasets.masks import write_masks
from datasets.price_changes import PriceChange, write_price_changes
from datasets.product_portraits import write_enrolment_pictures
from datasets.recording import GateEvent
from datasets.recording_writer import (
    RecordingVideo,
    VideoQuality,
    write_gate_log,
    write_recording_toml,
    write_store_toml,
    write_truth,
)
from datasets.scale_readings import write_scales
from datasets.synthetic.body.people import Person
from datasets.synthetic.picture.renderer import Renderer, World
from datasets.synthetic.play.faults import FaultKind
from datasets.synthetic.play.plot import Door
from datasets.synthetic.play.scenarios import AS_IT_IS, Knobs, Scenario, write_scenario
from datasets.synthetic.play.script import WorldScript
from datasets.synthetic.play.truth import GATE_ID, frame_count, gate_scans, script_truth
from datasets.synthetic.sensors.capture import (
    ORDINARY,
    CameraPlan,
    Imperfections,
    fault_truths,
    plan_camera,
)
from datasets.synthetic.sensors.faults import CameraFault, knocked, placed_faults
from datasets.synthetic.sensors.filming import Camera, CameraFilm, film
from datasets.synthetic.sensors.gate_log import complete_log
from datasets.synthetic.sensors.scales import weigh
from datasets.synthetic.sensors.script_loads import hands_of, loads_of
from datasets.synthetic.store.cameras import CameraWish, hang_cameras
from vision.camera_model import CameraModel

FPS = 10
GENERATOR = "walkout synthetic store 2"
# Every recording starts on the same morning: 2026-05-04 09:00 UTC.
START_S = 1_777_885_200.0
EXIT_ID = "exit-1"

# A video that ends so much before the others is a dead camera's, not a slow recorder's.
_DIED_S = 1.0
# What x264 is asked for: a constant look, or a bit rate as network cameras have it.
_CRF = (24, 32)
_BIT_RATE = (300_000, 3_000_000)  # of 640x480 pixels
_USUAL_PX = 640 * 480

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SimulationOptions:
    """What a recording comes with, and how large it may become.

    Attributes:
        knobs: What is changed about the scenario.
        with_scales: Shelf scales, also where the scenario does not ask for them.
        with_masks: Everybody's pixels in every frame.
        longest_s: Film no longer than this; None films everything. The truth still tells all that happens.
        largest_px: Width and height that cameras are scaled down to; None leaves them as they are.
        most_cameras: Film the first of them only; None films all.
        imperfections: What is wrong with every camera.
    """

    knobs: Knobs = AS_IT_IS
    with_scales: bool = False
    with_masks: bool = False
    longest_s: float | None = None
    largest_px: tuple[int, int] | None = None
    most_cameras: int | None = None
    imperfections: Imperfections = ORDINARY


AS_THE_SCENARIO_SAYS = SimulationOptions()


def record(
    scenario: Scenario, seed: int, options: SimulationOptions, folder: Path, progress: Progress | None = None
) -> None:
    """Write a recording into an empty folder.

    Raises:
        ScriptError: If no script fits the seed.
    """
    # One thread: with more, sums depend on the machine.
    cv2.setNumThreads(1)
    script = write_scenario(scenario, seed, options.knobs)
    if options.longest_s is not None:
        script = replace(script, duration_s=min(script.duration_s, options.longest_s))
    _Recording(script, scenario, seed, options).write(folder, progress)


class _Recording:
    """One recording while it is made."""

    def __init__(
        self, script: WorldScript, scenario: Scenario, seed: int, options: SimulationOptions
    ) -> None:
        self._script, self._scenario, self._seed, self._options = script, scenario, seed, options
        self._ticks = frame_count(script, FPS)
        self._cameras = _limited(hang_cameras(script.store, seed, CameraWish()), options)
        people = [person for person in script.people if isinstance(person, Person)]
        world = World(script.layout, people, script.layout.decor_seed, script.props)
        self._atlas = world.atlas
        self._renderer = Renderer(world, self._cameras, sensor_seed=seed)

    def write(self, folder: Path, progress: Progress | None) -> None:
        """Film, and write everything."""
        script, names = self._script, [str(camera.camera_id) for camera in self._cameras]
        faults = placed_faults(
            script.faults, len(names), self._ticks / FPS, self._renderer.sharpness, self._rng(1)
        )
        plans = {
            name: plan_camera(
                self._ticks,
                FPS,
                [fault for fault in faults if fault.camera == row],
                self._options.imperfections,
                self._rng(2, row),
            )
            for row, name in enumerate(names)
        }
        films = self._film(folder, plans, faults, progress)
        truth = script_truth(script, self._scenario.name, self._seed, START_S, FPS)
        frames = {name: tuple(kept.frames) for name, kept in films.items()}
        write_truth(folder, replace(truth, cameras=frames, faults=fault_truths(faults, plans, START_S)))
        silent = {name for name, plan in plans.items() if self._ticks / FPS - plan.ends_s > _DIED_S}
        write_store_toml(folder / "store.toml", script.store_map, self._cameras, FPS, START_S, silent)
        assortment = script.store.assortment
        write_enrolment_pictures(folder / "products", assortment, self._atlas, self._rng(4))
        write_gate_log(folder / "gate.jsonl", self._gate_log())
        products = script.store.assortment.products
        write_price_changes(
            folder,
            (
                PriceChange(
                    round(START_S + step.at_s, 3), products[step.product_index].product_id, step.price_minor
                )
                for step in script.price_steps
            ),
        )
        if self._options.with_scales or script.wants_scales:
            rng = self._rng(3)
            shelves, loads = script.store.store_map.shelves, loads_of(script, rng)
            readings = weigh(shelves, loads, hands_of(script), self._ticks / FPS, START_S, rng)
            write_scales(folder, readings)
        write_recording_toml(
            folder / "recording.toml",
            self._scenario.name,
            self._seed,
            START_S,
            self._ticks / FPS,
            FPS,
            GENERATOR,
        )

    def _film(
        self,
        folder: Path,
        plans: dict[str, CameraPlan],
        faults: Sequence[CameraFault],
        progress: Progress | None,
    ) -> dict[str, CameraFilm]:
        with ExitStack() as stack:
            cameras = {}
            for row, (camera, (name, plan)) in enumerate(zip(self._cameras, plans.items(), strict=True)):
                quality = drawn_quality(camera.size_px, self._rng(4, row))
                video = RecordingVideo(folder / f"{name}.mp4", camera.size_px, FPS, quality)
                knocked_row = self._knocked_row(camera, row, faults)
                cameras[name] = Camera(plan, row, knocked_row, stack.enter_context(video))
            films = film(
                self._script,
                self._renderer,
                cameras,
                self._ticks,
                FPS,
                START_S,
                with_masks=self._options.with_masks,
                progress=progress,
            )
        if self._options.with_masks:
            for camera, (name, kept) in zip(self._cameras, films.items(), strict=True):
                write_masks(folder, name, camera.size_px, kept.masks)
        return films

    def _knocked_row(self, camera: CameraModel, row: int, faults: Sequence[CameraFault]) -> int | None:
        for fault in faults:
            if fault.kind is FaultKind.KNOCKED and fault.camera == row:
                room = self._script.layout.room_size_m
                moved = knocked(camera, fault.amount, (room[0], room[1]), self._rng(5, row))
                return self._renderer.hang(moved)
        return None

    def _gate_log(self) -> tuple[GateEvent, ...]:
        script = self._script
        stays = list(zip(script.parts, script.stays, strict=True))
        # Staff through the back-room door pass no barrier.
        entered = [START_S + stay.entered_s for part, stay in stays if part.enters is Door.ENTRY]
        left, turned_back = (
            [START_S + stay.left_s for part, stay in stays if part.leaves is door]
            for door in (Door.EXIT, Door.ENTRY)
        )
        codes = gate_scans(script, START_S)
        return complete_log(codes, entered, left, turned_back, (GATE_ID, EXIT_ID), self._rng(6))

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, 0x5E45, *key])


def _limited(cameras: Sequence[CameraModel], options: SimulationOptions) -> tuple[CameraModel, ...]:
    """Leave out cameras and scale down the rest as the options say."""
    chosen = tuple(cameras[: options.most_cameras])
    if options.largest_px is None:
        return chosen
    return tuple(_scaled(camera, options.largest_px) for camera in chosen)


def _scaled(camera: CameraModel, largest_px: tuple[int, int]) -> CameraModel:
    """Return the camera with a picture that is not larger, in steps of four pixels, seeing the same."""
    width, height = camera.size_px
    share = min(1.0, largest_px[0] / width, largest_px[1] / height)
    size = (max(4, 4 * int(width * share / 4)), max(4, 4 * int(height * share / 4)))
    matrix = np.diag([size[0] / width, size[1] / height, 1.0]) @ camera.matrix
    return replace(camera, size_px=size, matrix=matrix)


def drawn_quality(size_px: tuple[int, int], rng: np.random.Generator) -> VideoQuality:
    """Draw how hard one camera compresses."""
    if rng.random() < 0.5:
        return VideoQuality(crf=int(rng.integers(_CRF[0], _CRF[1] + 1)))
    pixels = size_px[0] * size_px[1] / _USUAL_PX
    bit_rate = float(np.exp(rng.uniform(*np.log(_BIT_RATE))))
    return VideoQuality(bit_rate=round(bit_rate * pixels))
