"""A YOLO pose training set of rendered pictures, and pictures of hands by what they hold.

    DIR/images/{train,val}/*.jpg        640x480
        labels/{train,val}/*.txt        class cx cy w h, 11 times u v visibility; shares of its size;
                                        class 0 is a person, 1 a hand (without keypoints)
        hands/{train,val}/CLASS/*.jpg   64x64; CLASS is "empty" or a product id
        data.yaml                       for ultralytics
        ABOUT.txt                       one paragraph on what is in it

Every layout has its own store, people and cameras; train and val share none of them, nor do recordings.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from datasets.errors import OutputError
from datasets.synthetic.body.people import Person
from datasets.synthetic.goods.products import CATALOGUE
from datasets.synthetic.picture.renderer import Renderer, World
from datasets.synthetic.play.snapshots import Snapshot, SnapshotTaker
from datasets.synthetic.pools import Pool
from datasets.synthetic.scene import FloatArray, Keypoint, PersonTruth, RenderedFrame
from datasets.synthetic.store.cameras import CameraWish, hang_cameras, random_camera
from datasets.synthetic.store.layout import GeneratedStore, StoreWish, generate_store
from vision.camera_model import CameraModel
from vision.hand_crop import cut_hands, hand_crop_box

FRAMES_PER_LAYOUT = 40
FRAMES_PER_CAMERA = 8
PEOPLE_PER_LAYOUT = 9
MAX_SEED = 9
_SEEDS_PER_SET, _FIRST_VAL_SEED = 100_000, 50_000
# Shelves for training are emptier, so that hands find gaps to hold units in.
_FULL_SHARE = 0.8
_STORE_CAMERA_SHARE = 0.4
_LEAST_VISIBILITY, _AMODAL_FROM = 0.15, 0.25
_LEAST_SIDE_PX = 14.0
_HELD_VISIBILITY = 0.3
# A square around a wrist: about a fist, and never smaller than the network's finest cell (8 of 320 pixels).
_HAND_SHARE, _HAND_SIDES_PX = 0.15, (20.0, 64.0)
_CROP_JITTER = 0.1
_CROPS_PER_CLASS = 1500
_EMPTY_TIMES = 2  # empty hands look more different than any product
_FLIP = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9)
EMPTY = "empty"
_SIZE_PX = (640, 480)
_CAMERAS = CameraWish(sizes_px=(_SIZE_PX,))

Image = npt.NDArray[np.uint8]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class LayoutTask:
    """The pictures of one store.

    Attributes:
        split: "train" or "val".
        crops_per_class: At most this many pictures of hands of one class.
    """

    out: Path
    split: str
    layout_seed: int
    images: int
    crops_per_class: int

    @property
    def marker(self) -> Path:
        """A file that is there when the layout is complete."""
        return self.out / ".layouts" / f"{self.split}-{self.layout_seed}"


def plan_layouts(out: Path, images: int, val_images: int, seed: int) -> list[LayoutTask]:
    """Divide a training set into layouts; seeds of train, val and recordings are disjoint."""
    tasks = []
    for split, count, first in (("train", images, 0), ("val", val_images, _FIRST_VAL_SEED)):
        layouts = max(1, -(-count // FRAMES_PER_LAYOUT)) if count else 0
        for index in range(layouts):
            frames = min(FRAMES_PER_LAYOUT, count - index * FRAMES_PER_LAYOUT)
            crops = max(2, -(-_CROPS_PER_CLASS // layouts))
            tasks.append(LayoutTask(out, split, seed * _SEEDS_PER_SET + first + index, frames, crops))
    return tasks


def make_training_set(
    out: Path,
    images: int,
    seed: int,
    workers: int,
    val_images: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Render a training set; layouts that are complete already are kept, so it can be resumed.

    Args:
        out: Its folder.
        images: Pictures for training.
        seed: 0 to 9; sets of different seeds share nothing.
        workers: Processes.
        val_images: Pictures of other stores and people for validation; a tenth of `images` by default.
        progress: Called with pictures done and pictures in all.

    Raises:
        OutputError: If the seed is out of range or `out` cannot be written.
    """
    if not 0 <= seed <= MAX_SEED:
        raise OutputError(f"training sets have seeds 0 to {MAX_SEED}, not {seed}; recordings own the others")
    val = images // 10 if val_images is None else val_images
    tasks = plan_layouts(out, images, val, seed)
    try:
        (out / ".layouts").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {out} ({error.strerror}); choose another folder") from error
    _write_about(out, images, val, seed)
    total = sum(task.images for task in tasks)
    done = sum(task.images for task in tasks if task.marker.exists())
    missing = [task for task in tasks if not task.marker.exists()]
    # Started afresh: a forked copy of a process with threads can hang.
    with ProcessPoolExecutor(max(1, workers), mp_context=get_context("spawn")) as pool:
        jobs = {pool.submit(render_layout, task): task for task in missing}
        for job in as_completed(jobs):
            job.result()
            done += jobs[job].images
            if progress is not None:
                progress(done, total)
    return out


def render_layout(task: LayoutTask) -> None:
    """Render the pictures of one store, with labels and hands."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([task.layout_seed, 0x7A])
    pool = Pool.TRAIN if task.split == "train" else Pool.DEV
    store = generate_store(pool, task.layout_seed, StoreWish(full_share=_FULL_SHARE))
    people = tuple(Person(pool, task.layout_seed * 100 + index) for index in range(PEOPLE_PER_LAYOUT))
    world = World(store.layout, people, store.layout.decor_seed)
    taker = SnapshotTaker(store, people, rng)
    crops = _CropCounter(task)
    for name in ("images", "labels"):
        (task.out / name / task.split).mkdir(parents=True, exist_ok=True)
    for first in range(0, task.images, FRAMES_PER_CAMERA):
        camera = _draw_camera(store, rng)
        renderer = Renderer(world, (camera,), sensor_seed=int(rng.integers(2**31)))
        for index in range(first, min(first + FRAMES_PER_CAMERA, task.images)):
            snapshot = taker.take(camera)
            frame = renderer.render(snapshot.state, with_truth=True)[0]
            name = f"{task.layout_seed:06d}-{index:03d}"
            image = _save_picture(task.out / "images" / task.split / f"{name}.jpg", frame.image, rng)
            counted = [person for person in frame.people if _counts(person)]
            label = "\n".join([*map(_label, counted), *(row for p in counted for row in _hand_labels(p))])
            (task.out / "labels" / task.split / f"{name}.txt").write_text(label, encoding="ascii")
            _save_hands(task, crops, name, image, frame, snapshot, rng)
    task.marker.touch()


class _CropCounter:
    """Keeps classes of hand pictures balanced within a layout."""

    def __init__(self, task: LayoutTask) -> None:
        self._left = {product.product_id: task.crops_per_class for product in CATALOGUE}
        self._left[EMPTY] = _EMPTY_TIMES * task.crops_per_class
        for name in self._left:
            (task.out / "hands" / task.split / name).mkdir(parents=True, exist_ok=True)

    def take(self, name: str) -> bool:
        """Tell whether one more of this class is wanted, and count it."""
        self._left[name] -= 1
        return self._left[name] >= 0


def _draw_camera(store: GeneratedStore, rng: np.random.Generator) -> CameraModel:
    """Draw a camera like those of recordings, or any other."""
    if rng.random() < _STORE_CAMERA_SHARE:
        cameras = hang_cameras(store, int(rng.integers(2**31)), _CAMERAS)
        return cameras[int(rng.integers(len(cameras)))]
    return random_camera(store, rng, _CAMERAS)


def _save_picture(path: Path, image: Image, rng: np.random.Generator) -> Image:
    """Write a JPEG of some quality and return what a reader of it sees."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(72, 96))])
    path.write_bytes(encoded.tobytes())
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    return np.asarray(decoded, dtype=np.uint8)


def label_box(person: PersonTruth) -> FloatArray:
    """Return the box `(4,)` to learn: the body inside the picture, or what is seen if that is little."""
    if person.visibility < _AMODAL_FROM:
        return person.visible_xyxy
    return np.clip(person.amodal_xyxy, 0, [*_SIZE_PX, *_SIZE_PX])


def _counts(person: PersonTruth) -> bool:
    box = label_box(person)
    return person.visibility >= _LEAST_VISIBILITY and bool((box[2:] - box[:2]).min() >= _LEAST_SIDE_PX)


def _label(person: PersonTruth) -> str:
    size = np.array(_SIZE_PX, dtype=np.float64)
    box = label_box(person)
    centre, extent = (box[:2] + box[2:]) / 2 / size, (box[2:] - box[:2]) / size
    values = [f"{value:.6f}" for value in (*centre, *extent)]
    for uv, visible in zip(person.keypoint_uv / size, person.keypoint_visible, strict=True):
        values += [f"{uv[0]:.6f}", f"{uv[1]:.6f}", str(int(visible))] if visible else ["0", "0", "0"]
    return " ".join(["0", *values])


def _hand_labels(person: PersonTruth) -> list[str]:
    """Label the wrists that can be seen as objects of their own, without keypoints."""
    size = np.array(_SIZE_PX, dtype=np.float64)
    box = label_box(person)
    half = float(np.clip(_HAND_SHARE * (box[2:] - box[:2]).max(), *_HAND_SIDES_PX)) / 2
    labels = []
    for wrist in (Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST):
        if person.keypoint_visible[wrist] == 2:
            low = np.clip(person.keypoint_uv[wrist] - half, 0, size) / size
            high = np.clip(person.keypoint_uv[wrist] + half, 0, size) / size
            values = [f"{value:.6f}" for value in (*((low + high) / 2), *(high - low))]
            labels.append(" ".join(["1", *values, *(["0"] * 3 * len(Keypoint))]))
    return labels


def _save_hands(
    task: LayoutTask,
    crops: _CropCounter,
    name: str,
    image: Image,
    frame: RenderedFrame,
    snapshot: Snapshot,
    rng: np.random.Generator,
) -> None:
    held = {(unit.person, unit.hand): unit for unit in snapshot.held}
    seen = {unit.unit_id: unit.visibility for unit in frame.units}
    for person in frame.people:
        if not _counts(person):
            continue
        box = label_box(person)
        for hand in (0, 1):
            elbow, wrist = Keypoint.LEFT_ELBOW + hand, Keypoint.LEFT_WRIST + hand
            if person.keypoint_visible[wrist] != 2:
                continue
            unit = held.get((person.person, hand))
            if unit is not None and seen.get(unit.unit_id, 0.0) < _HELD_VISIBILITY:
                continue
            kind = EMPTY if unit is None else CATALOGUE[unit.product_index].product_id
            if not crops.take(kind):
                continue
            elbow_uv = person.keypoint_uv[elbow] if person.keypoint_visible[elbow] else np.full(2, np.nan)
            square = hand_crop_box(elbow_uv, person.keypoint_uv[wrist], np.asarray(box[3] - box[1]))
            crop = cut_hands(image, _jittered(square, rng)[None])[0]
            path = task.out / "hands" / task.split / kind / f"{name}-{person.person}{hand}.jpg"
            cv2.imwrite(str(path), crop, [cv2.IMWRITE_JPEG_QUALITY, 92])


def _jittered(square_xyxy: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Shift and scale a square as an imperfect detector would."""
    centre, side = (square_xyxy[:2] + square_xyxy[2:]) / 2, square_xyxy[2] - square_xyxy[0]
    centre = centre + rng.uniform(-_CROP_JITTER, _CROP_JITTER, 2) * side
    half = side * rng.uniform(1 - _CROP_JITTER, 1 + _CROP_JITTER) / 2
    return np.concatenate([centre - half, centre + half])


def _write_about(out: Path, images: int, val_images: int, seed: int) -> None:
    first = seed * _SEEDS_PER_SET
    lines = [
        "train: images/train",
        "val: images/val",
        f"kpt_shape: [{len(Keypoint)}, 3]",
        f"flip_idx: {list(_FLIP)}",
        "names:",
        "  0: person",
        "  1: hand",
    ]
    (out / "data.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    train, val = -(-images // FRAMES_PER_LAYOUT), -(-val_images // FRAMES_PER_LAYOUT)
    first_val = first + _FIRST_VAL_SEED
    (out / "ABOUT.txt").write_text(
        f"{images} rendered frames of {train} random stores (seeds {first} to {first + train - 1}) for"
        f" training, {val_images} of {val} other stores and people (seeds {first_val} to"
        f" {first_val + val - 1}) for validation, made by `walkout simulate --training-set`; pictures of"
        f" hands, empty or with one of {len(CATALOGUE)} products, are cut from the same frames.\n",
        encoding="utf-8",
    )
