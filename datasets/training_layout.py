"""The pictures of one store of a training set: rendered, labelled, and noted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from datasets.hand_crops import HandCrops
from datasets.labels import is_worth_a_label, label_box, yolo_line
from datasets.picture_notes import Box, CameraNote, HeldNote, PersonNote, PictureNote, note_lines
from datasets.product_portraits import write_training_portraits
from datasets.recording_truth import PersonLooksTruth
from datasets.synthetic.body.people import Person, PersonWish
from datasets.synthetic.body.wardrobe import Pushed
from datasets.synthetic.picture.renderer import Renderer, World
from datasets.synthetic.play.snapshots import Snapshot, SnapshotTaker
from datasets.synthetic.pools import Pool
from datasets.synthetic.scene import BodyPose, FloatArray, Keypoint, PersonTruth, RenderedFrame
from datasets.synthetic.store.cameras import hang_cameras, random_camera
from datasets.synthetic.store.layout import GeneratedStore, StoreWish, generate_store
from vision.camera_model import CameraModel

NOTES = "meta.jsonl"
FRAMES_PER_CAMERA = 16
PEOPLE_PER_LAYOUT = 9
_PORTRAITS = 2  # of each product of a store; most are sold in many
# Shelves for training are emptier, so that hands find gaps to hold units in.
_FULL_SHARE = 0.8
_STORE_CAMERA_SHARE = 0.4
# Pictures are drawn with this long side: networks see less, and large ones cost six times as much.
_LONG_SIDE_PX = 640
# More of those who are rare in a shop than come to one.
_CHILD_SHARE, _CHILD_YEARS = 0.14, (6.0, 14.0)
_STAFF_SHARE = 0.06
_PUSHED = (Pushed.NOTHING, Pushed.TROLLEY, Pushed.PRAM, Pushed.WHEELCHAIR)
_PUSHED_SHARES = (0.84, 0.07, 0.04, 0.05)
# A square around a wrist: about a fist, and never smaller than the network's finest cell (8 of 320 pixels).
_HAND_SHARE, _HAND_SIDES_PX = 0.15, (20.0, 64.0)
_PERSON, _HAND = 0, 1
_CROUCH_DROP_M, _BENT_RAD, _REACH_M = 0.25, 0.45, 0.4

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class StoreTask:
    """What is made for training in one store.

    Attributes:
        split: "train" or "val".
    """

    split: str
    layout_seed: int

    @property
    def pool(self) -> Pool:
        """What trains is of the training pool, what validates of the development pool."""
        return Pool.TRAIN if self.split == "train" else Pool.DEV

    @property
    def name(self) -> str:
        """Unique in the set."""
        return f"{self.split}-{self.layout_seed:06d}"


@dataclass(frozen=True, slots=True)
class LayoutTask(StoreTask):
    """The pictures of one store.

    Attributes:
        crops_per_class: At most this many pictures of hands of one class.
        hands: Where pictures of hands go; see `training_set`.
    """

    images: int
    crops_per_class: int
    hands: str


def render_layout(task: LayoutTask, folder: Path) -> None:
    """Render the pictures of one store into a folder, with labels, hands and `NOTES`."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([task.layout_seed, 0x7A])
    store = generate_store(task.pool, task.layout_seed, StoreWish(full_share=_FULL_SHARE))
    people = tuple(
        Person(task.pool, task.layout_seed * 100 + index, draw_wish(rng))
        for index in range(PEOPLE_PER_LAYOUT)
    )
    taker = SnapshotTaker(store, people, rng)
    still = store.layout_without(frozenset(), taker.moving_props)
    world = World(still, people, still.decor_seed, taker.props)
    crops = HandCrops(folder / "hands" / task.hands, store.assortment, task.crops_per_class)
    store_cameras = hang_cameras(store, int(rng.integers(2**31)))
    notes = []
    for name in ("images", "labels"):
        (folder / name / task.split).mkdir(parents=True, exist_ok=True)
    for first in range(0, task.images, FRAMES_PER_CAMERA):
        camera = _draw_camera(store, store_cameras, rng)
        renderer = Renderer(world, (camera,), sensor_seed=int(rng.integers(2**31)))
        for index in range(first, min(first + FRAMES_PER_CAMERA, task.images)):
            snapshot = taker.take(camera)
            frame = renderer.render(snapshot.state, with_truth=True)[0]
            name = f"{task.layout_seed:06d}-{index:03d}"
            image = _save_picture(folder / "images" / task.split / f"{name}.jpg", frame.image, rng)
            label = "\n".join(_label_lines(frame, camera.size_px))
            (folder / "labels" / task.split / f"{name}.txt").write_text(label, encoding="ascii")
            crops.cut(name, image, frame, snapshot, rng)
            notes.append(_picture_note(name, task, store, camera, people, frame, snapshot))
    if task.split == "train":
        name = f"{task.layout_seed:06d}"
        portraits = folder / "portraits" / task.split
        write_training_portraits(portraits, store.assortment, world.atlas, name, _PORTRAITS, rng)
    (folder / NOTES).write_text(note_lines(notes), encoding="utf-8")


def draw_wish(rng: np.random.Generator) -> PersonWish:
    """Draw somebody with more of what is rare in a shop: children, staff, trolleys."""
    if rng.random() < _CHILD_SHARE:
        return PersonWish(age_years=_CHILD_YEARS)
    red, green, blue = rng.uniform(0.02, 0.6, 3).tolist()
    pushes = _PUSHED[int(rng.choice(len(_PUSHED), p=_PUSHED_SHARES))]
    return PersonWish(
        is_staff=bool(rng.random() < _STAFF_SHARE), pushes=pushes, uniform_rgb=(red, green, blue)
    )


def _draw_camera(
    store: GeneratedStore, store_cameras: tuple[CameraModel, ...], rng: np.random.Generator
) -> CameraModel:
    """Draw a camera like those of recordings, or any other, in the size of training pictures."""
    if rng.random() < _STORE_CAMERA_SHARE:
        return _resized(store_cameras[int(rng.integers(len(store_cameras)))])
    return _resized(random_camera(store, rng))


def _resized(camera: CameraModel) -> CameraModel:
    """Return a camera that sees the same in a picture with the long side of training pictures."""
    scale = _LONG_SIDE_PX / max(camera.size_px)
    width, height = (4 * round(side * scale / 4) for side in camera.size_px)  # the raster wants fours
    to_size = np.diag([width / camera.size_px[0], height / camera.size_px[1], 1.0])
    return replace(camera, size_px=(width, height), matrix=to_size @ camera.matrix)


def _save_picture(path: Path, image: Image, rng: np.random.Generator) -> Image:
    """Write a JPEG of some quality and return what a reader of it sees."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(72, 96))])
    path.write_bytes(encoded.tobytes())
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)


def _label_lines(frame: RenderedFrame, size_px: tuple[int, int]) -> list[str]:
    labelled = []
    for person in frame.people:
        box = _box(person, size_px)
        if is_worth_a_label(person.visibility, box):
            labelled.append((person, box))
    return [
        *(yolo_line(_PERSON, box, size_px, _keypoints(person)) for person, box in labelled),
        *(line for person, box in labelled for line in _hand_lines(person, box, size_px)),
    ]


def _hand_lines(person: PersonTruth, box_xyxy: FloatArray, size_px: tuple[int, int]) -> list[str]:
    """Label the wrists that can be seen as objects of their own, without keypoints."""
    half = float(np.clip(_HAND_SHARE * (box_xyxy[2:] - box_xyxy[:2]).max(), *_HAND_SIDES_PX)) / 2
    nothing = np.zeros((len(Keypoint), 3))
    lines = []
    for wrist in (Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST):
        if person.keypoint_visible[wrist] == 2:
            uv = person.keypoint_uv[wrist]
            square = np.clip(np.concatenate([uv - half, uv + half]), 0, [*size_px, *size_px])
            lines.append(yolo_line(_HAND, square, size_px, nothing))
    return lines


def _box(person: PersonTruth, size_px: tuple[int, int]) -> FloatArray:
    return label_box(person.visibility, person.visible_xyxy, person.amodal_xyxy, size_px)


def _keypoints(person: PersonTruth) -> FloatArray:
    return np.column_stack([person.keypoint_uv, person.keypoint_visible])


def _picture_note(
    name: str,
    task: LayoutTask,
    store: GeneratedStore,
    camera: CameraModel,
    people: tuple[Person, ...],
    frame: RenderedFrame,
    snapshot: Snapshot,
) -> PictureNote:
    poses = dict(snapshot.state.people)
    units = {unit.unit_id: unit for unit in frame.units}
    held = [(unit, units[unit.unit_id]) for unit in snapshot.held if unit.unit_id in units]
    return PictureNote(
        name=name,
        split=task.split,
        layout_seed=task.layout_seed,
        template=str(store.template),
        camera=_camera_note(camera),
        people=tuple(
            _person_note(person, people[person.person], poses, camera.size_px) for person in frame.people
        ),
        held=tuple(
            HeldNote(
                store.assortment[unit.product_index].product_id,
                _rounded_box(truth.visible_xyxy),
                round(truth.visibility, 4),
            )
            for unit, truth in held
            if truth.visibility > 0
        ),
    )


def _person_note(
    seen: PersonTruth, person: Person, poses: Mapping[int, BodyPose], size_px: tuple[int, int]
) -> PersonNote:
    looks = person.looks
    states = zip(seen.keypoint_uv.tolist(), seen.keypoint_visible.tolist(), strict=True)
    return PersonNote(
        height_m=round(looks.height_m, 3),
        is_staff=looks.is_staff,
        looks=PersonLooksTruth(
            round(looks.age_years, 1),
            looks.skin_tone,
            looks.garment,
            looks.headwear,
            looks.bag,
            looks.pushes,
            looks.is_masked,
        ),
        pose=pose_kind(person, poses[seen.person]),
        visible_xyxy=_rounded_box(seen.visible_xyxy),
        amodal_xyxy=_rounded_box(seen.amodal_xyxy),
        visibility=round(seen.visibility, 4),
        truncation=round(seen.truncation, 4),
        # Where the lens sees nothing there are no coordinates.
        keypoints=tuple(
            (round(u, 1), round(v, 1), state) if state else (0.0, 0.0, 0) for (u, v), state in states
        ),
        is_labelled=is_worth_a_label(seen.visibility, _box(seen, size_px)),
    )


def pose_kind(person: Person, pose: BodyPose) -> str:
    """Name what a body does, for scores by group; see `PersonNote.pose`."""
    if person.is_seated:
        return "seated"
    if pose.pelvis_drop_m > _CROUCH_DROP_M:
        return "crouching"
    if pose.lean_rad > _BENT_RAD:
        return "bent"
    if person.pushed is not None:
        return "pushing"
    # Person frame: forward is -y.
    return "reaching" if pose.wrist_m[:, 1].min() < -_REACH_M else "upright"


def _camera_note(camera: CameraModel) -> CameraNote:
    width, height = camera.size_px
    left, right = camera.rays(np.array([[0.0, height / 2], [float(width), height / 2]]))
    return CameraNote(
        tilt_deg=round(float(np.degrees(np.arccos(np.clip(-camera.rotation[2, 2], -1, 1)))), 1),
        height_m=round(float(camera.position_m[2]), 2),
        lens=str(camera.lens),
        horizontal_view_deg=round(float(np.degrees(np.arccos(np.clip(left @ right, -1, 1)))), 1),
    )


def _rounded_box(xyxy: FloatArray) -> Box:
    left, top, right, bottom = np.round(xyxy, 1).tolist()
    return left, top, right, bottom
