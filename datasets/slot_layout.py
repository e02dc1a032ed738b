"""What cameras of one store compare on restless shelves, with what really happened: samples to learn from.

The shelves are filmed, encoded and watched as in a recording, but nobody walks in: between two phases the
whole picture counts as covered for a moment, and at times people stand about, some of whom nobody notices or
only in part. Trolleys stand there, fridge doors are fogged or open.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cart_tracker.observations import SlotChanged
from datasets.recording_writer import RecordingVideo
from datasets.synthetic.body.people import Person
from datasets.synthetic.picture.camera_view import FrameWish
from datasets.synthetic.picture.renderer import Renderer, World
from datasets.synthetic.play.restless_shelves import Phase, RestlessShelves
from datasets.synthetic.play.snapshots import SnapshotTaker
from datasets.synthetic.scene import BodyPose, PersonTruth, PropPose, SceneState
from datasets.synthetic.store.cameras import hang_cameras
from datasets.synthetic.store.layout import StoreWish, generate_store
from datasets.synthetic.studio import drawn_quality
from datasets.training_layout import StoreTask, draw_wish
from models.slot_samples import KINDS
from vision.boxes import FloatArray
from vision.camera_model import CameraModel
from vision.settings import CameraSettings
from vision.slot_change import Comparison
from vision.slot_evidence import SlotReader
from vision.slots import SAMPLE_EVERY_S, SlotWatcher
from vision.sources.video_file import VideoFileSource

SAMPLES = "slots.npz"
PHASES = 20
MOST_CAMERAS = 3
_AREA_M2 = (9.0, 60.0)  # larger stores have more of the same, and take longer
_FULL_SHARE = (0.75, 0.96)
_PEOPLE, _MOST_BYSTANDERS, _BYSTANDERS_SHARE = 5, 2, 0.45
_WITH_BYSTANDERS, _CLEAR = 6, 5  # frames of a phase: until a look has lasted, and one more
_LOG_GAIN = 0.06  # what automatic exposure makes of whoever is in the picture
_BOX_NOISE_PX = 2.5
_MISSED_SHARE = 0.12  # of those who stand about nobody notices
_CUT_SHARE, _CUT = 0.15, (0.1, 0.5)  # others are found without a part of them, as by an edge of a shelf
_FOGGED_SHARE = 0.3  # of fridge doors from one phase to the next; those that were fogged clear up
_CLEARING = (0.0, 0.7)
_LEAST_VISIBLE = 0.05  # of somebody, to be found
_EVERYWHERE = 1e4
_STAMP_S = 1e-3  # videos count time in finite steps
_FPS = round(1 / SAMPLE_EVERY_S)


@dataclass(frozen=True, slots=True, eq=False)
class _Shot:
    """One time step: what is where, and who stands about."""

    at_s: float
    phase: int
    people: tuple[tuple[int, BodyPose], ...]
    props: tuple[PropPose, ...]
    gain: float
    is_covered: bool
    overlooked: Mapping[int, FloatArray]  # person -> `(4,)` shares of the box that are cut away


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    picture: npt.NDArray[np.uint8]
    net_units: int
    is_shift: bool


def render_slots(task: StoreTask, folder: Path) -> None:
    """Film one store; write `picture` `(n, 10, 48, 64)`, `net_units` and `is_shift` `(n,)` into `SAMPLES`."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([task.layout_seed, 0x51])
    wish = StoreWish(area_m2=_AREA_M2, full_share=float(rng.uniform(*_FULL_SHARE)))
    store = generate_store(task.pool, task.layout_seed, wish)
    shelves = RestlessShelves(store, rng)
    phases = shelves.phases(PHASES)
    people = tuple(
        Person(task.pool, task.layout_seed * 100 + index, draw_wish(rng)) for index in range(_PEOPLE)
    )
    taker = SnapshotTaker(store, people, rng)
    layout = store.layout_without(shelves.movable, taker.moving_props)
    hung = hang_cameras(store, task.layout_seed)
    cameras = [hung[row] for row in sorted(rng.permutation(len(hung))[:MOST_CAMERAS])]
    world = World(layout, people, layout.decor_seed, taker.props)
    renderer = Renderer(world, cameras, sensor_seed=task.layout_seed)
    shots = _plan(taker, cameras, rng)
    paths = [folder / f"{camera.camera_id}.mp4" for camera in cameras]
    boxes = _film(renderer, cameras, paths, shots, phases, rng)
    samples: list[_Sample] = []
    reader = SlotReader(_Undecided())
    for camera, path, covered in zip(cameras, paths, boxes, strict=True):
        told = _Watch(shots, phases)
        watcher = SlotWatcher(camera, store.store_map, on_compared=told.note)
        source = VideoFileSource(CameraSettings(camera, str(path), _FPS), 0.0)
        for frame, people_xyxy in zip(source, covered, strict=True):
            watcher.look(frame, people_xyxy, reader)
        samples += told.samples
        path.unlink()
    np.savez_compressed(
        folder / SAMPLES,
        picture=np.array([one.picture for one in samples], np.uint8),
        net_units=np.array([one.net_units for one in samples], np.int8),
        is_shift=np.array([one.is_shift for one in samples], np.bool_),
    )


def _plan(taker: SnapshotTaker, cameras: Sequence[CameraModel], rng: np.random.Generator) -> list[_Shot]:
    shots: list[_Shot] = []
    fog = np.zeros(len(taker.props))

    def stay(phase: int, state: SceneState, gain: float, frames: int) -> None:
        overlooked = {person: cut for person, _ in state.people if (cut := _drawn_cut(rng)) is not None}
        props = tuple(replace(prop, fog=float(fog[prop.prop_index])) for prop in state.props)
        for frame in range(frames):
            shots.append(_Shot(len(shots) / _FPS, phase, state.people, props, gain, frame == 0, overlooked))

    for phase in range(PHASES):
        is_fogged = rng.random(len(fog)) < _FOGGED_SHARE
        fog = np.where(is_fogged, rng.random(len(fog)), fog * rng.uniform(*_CLEARING, len(fog)))
        moment = taker.take(cameras[int(rng.integers(len(cameras)))]).state
        has_bystanders = rng.random() < _BYSTANDERS_SHARE
        people = moment.people[:_MOST_BYSTANDERS] if has_bystanders else ()
        # Trolleys of others stay where they are, and doors at which others reach in stand open.
        shown = replace(moment, people=people) if has_bystanders else taker.nobody()
        stay(phase, shown, float(np.exp(rng.normal(0.0, _LOG_GAIN))), _WITH_BYSTANDERS)
        if people:
            stay(phase, taker.nobody(), 1.0, _CLEAR)
    return shots


def _drawn_cut(rng: np.random.Generator) -> FloatArray | None:
    """Draw what is not found of somebody: `(4,)` shares of the box from its four sides; None for nothing."""
    act = rng.random()
    if act < _MISSED_SHARE:
        return np.ones(4)
    if act < _MISSED_SHARE + _CUT_SHARE:
        cut = np.zeros(4)
        cut[int(rng.integers(4))] = rng.uniform(*_CUT)
        return cut
    return None


def _film(
    renderer: Renderer,
    cameras: Sequence[CameraModel],
    paths: Sequence[Path],
    shots: Sequence[_Shot],
    phases: Sequence[Phase],
    rng: np.random.Generator,
) -> list[list[FloatArray]]:
    """Write a video of every camera, and return for each of its frames what a watcher takes for people."""
    boxes: list[list[FloatArray]] = [[] for _ in cameras]
    with ExitStack() as stack:
        videos = [
            stack.enter_context(
                RecordingVideo(path, camera.size_px, _FPS, drawn_quality(camera.size_px, rng))
            )
            for camera, path in zip(cameras, paths, strict=True)
        ]
        for shot in shots:
            state = SceneState(shot.at_s, shot.people, phases[shot.phase].units, shot.props)
            wish = FrameWish(shot.gain, with_truth=bool(shot.people))
            for row, frame in renderer.render_some(state, dict.fromkeys(range(len(cameras)), wish)).items():
                videos[row].write(frame.image, shot.at_s)
                boxes[row].append(_covered(shot, frame.people, rng))
    return boxes


def _covered(shot: _Shot, people: Sequence[PersonTruth], rng: np.random.Generator) -> FloatArray:
    if shot.is_covered:
        return np.array([[0.0, 0.0, _EVERYWHERE, _EVERYWHERE]])
    seen = []
    for person in people:
        cut = shot.overlooked.get(person.person, np.zeros(4))
        if person.visibility <= _LEAST_VISIBLE or cut.all():
            continue
        left, top, right, bottom = person.visible_xyxy
        sides = np.tile([right - left, bottom - top], 2)
        seen.append(np.array([left, top, right, bottom]) + cut * sides * [1, 1, -1, -1])
    xyxy = np.array(seen, np.float64).reshape(-1, 4)
    return xyxy + rng.normal(0.0, _BOX_NOISE_PX, xyxy.shape)


class _Undecided:
    """A network that judges nothing: samples must not depend on the network that they are for."""

    def run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """See `Session`."""
        return np.zeros((len(batch), len(KINDS)), np.float32)


class _Watch:
    """Puts everything that one camera compared beside what happened."""

    def __init__(self, shots: Sequence[_Shot], phases: Sequence[Phase]) -> None:
        self._at_s, self._phase = [shot.at_s for shot in shots], [shot.phase for shot in shots]
        self._phases = phases
        self.samples: list[_Sample] = []

    def note(self, compared: Comparison, change: SlotChanged) -> None:
        """Take note of one comparison."""
        first, last = self._phase_at(change.since_s), self._phase_at(change.at_s)
        happened = [
            phase.changes[change.slot_id]
            for phase in self._phases[first + 1 : last + 1]
            if change.slot_id in phase.changes
        ]
        net_units = sum(one.net_units for one in happened)
        is_moved = any(one.is_touched or one.net_units for one in happened)
        self.samples.append(_Sample(compared.picture, net_units, net_units == 0 and is_moved))

    def _phase_at(self, at_s: float) -> int:
        return self._phase[bisect_right(self._at_s, at_s + _STAMP_S) - 1]
