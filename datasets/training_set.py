"""A YOLO pose training set of rendered pictures, and pictures of hands by what they hold.

    DIR/images/{train,val}/*.jpg        the longer side has 640 pixels
        labels/{train,val}/*.txt        class cx cy w h, 11 times u v visibility; shares of its size;
                                        class 0 is a person, 1 a hand (without keypoints)
        hands/{train,val,unseen}/CLASS/*.jpg   96x96; CLASS is "empty" or a product id
        portraits/train/PRODUCT/*.png   a package alone, transparent around it
        portraits/unseen/POOL/PRODUCT/*.jpg  enrolment pictures of what training lacks
        meta.jsonl                      a line per picture, see `picture_notes`
        data.yaml                       for ultralytics
        ABOUT.txt                       one paragraph on what is in it

Every layout has its own store, people and cameras. Training draws from the pool TRAIN, validation from DEV:
no product, baked body or store is in both, nor in the recordings that are reported on (TEST). Hands are an
exception: who tells products apart must be validated on products it was shown. `hands/val` comes from a
tenth of the training stores, which `hands/train` has nothing of; `hands/unseen` has the products of the
validation stores. What a training store sells is photographed alone, too; and everything that training lacks
as for enrolment, so that a product is looked for among as many as a shop has.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from datasets.engines import Engine, FolderJob, remove_leftovers
from datasets.errors import OutputError
from datasets.exports.yolo import MIRRORED_KEYPOINTS
from datasets.picture_notes import notes_path
from datasets.product_portraits import write_enrolment_pictures
from datasets.recording_truth import KEYPOINT_NAMES
from datasets.synthetic.goods.artwork import build_atlas
from datasets.synthetic.goods.panels import MOST_PRODUCTS
from datasets.synthetic.goods.products import Assortment, catalogue_of
from datasets.synthetic.pools import Pool
from datasets.training_layout import NOTES, LayoutTask, render_layout

FRAMES_PER_LAYOUT = 40
MAX_SEED = 9
SEEDS_PER_SET, FIRST_VAL_SEED = 100_000, 50_000
_CROPS_PER_CLASS = 1500
_HANDS_VAL_EVERY = 10
_ENROLMENT_KEY = 0xE4

Progress = Callable[[int, int], None]


def plan_layouts(
    images: int, val_images: int, seed: int, per_store: int = FRAMES_PER_LAYOUT
) -> list[LayoutTask]:
    """Divide a training set into layouts; no seed is used twice in any set."""
    tasks = []
    for split, count, first in (("train", images, 0), ("val", val_images, FIRST_VAL_SEED)):
        layouts = -(-count // per_store)
        for index in range(layouts):
            frames = min(per_store, count - index * per_store)
            crops = max(2, -(-_CROPS_PER_CLASS // layouts))
            hands = "unseen" if split == "val" else _hands_split(index, layouts)
            tasks.append(LayoutTask(split, seed * SEEDS_PER_SET + first + index, frames, crops, hands))
    return tasks


def _hands_split(index: int, layouts: int) -> str:
    """Keep every tenth training store's hands for validation, and one of a few stores."""
    is_kept = index % _HANDS_VAL_EVERY == _HANDS_VAL_EVERY - 1 or (
        1 < layouts < _HANDS_VAL_EVERY and index == layouts - 1
    )
    return "val" if is_kept else "train"


def make_training_set(
    out: Path,
    images: int,
    seed: int,
    engine: Engine,
    val_images: int | None = None,
    per_store: int = FRAMES_PER_LAYOUT,
    progress: Progress | None = None,
) -> Path:
    """Render a training set; layouts that are complete already are kept, so it can be resumed.

    Args:
        out: Its folder.
        images: Pictures for training.
        seed: 0 to 9; sets of different seeds share no store and no person.
        engine: Where its layouts are rendered.
        val_images: Pictures of other stores and people for validation; a tenth of `images` by default.
        per_store: Pictures of one store.
        progress: Called with pictures done and pictures in all.

    Raises:
        OutputError: If the seed is out of range or `out` cannot be written.
        EngineError: If the engine cannot be reached.
    """
    if not 0 <= seed <= MAX_SEED:
        raise OutputError(f"training sets have seeds 0 to {MAX_SEED}, not {seed}")
    val = images // 10 if val_images is None else val_images
    layouts = out / ".layouts"
    tasks = {layouts / task.name: task for task in plan_layouts(images, val, seed, per_store)}
    try:
        layouts.mkdir(parents=True, exist_ok=True)
        remove_leftovers(layouts)
        _write_about(out, (images, val), seed, per_store)
        done, total = 0, sum(task.images for task in tasks.values())
        for folder in _rendered(tasks, engine):
            _move_into(out, folder)
            done += tasks[folder].images
            if progress is not None:
                progress(done, total)
        _share_classes(out / "hands")
        if val:
            _enrol_unseen(out / "portraits/unseen", seed)
        notes = "".join((folder / NOTES).read_text(encoding="utf-8") for folder in tasks)
        notes_path(out).write_text(notes, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {out} ({error.strerror}); choose another folder") from error
    return out


def _rendered(tasks: Mapping[Path, LayoutTask], engine: Engine) -> Iterator[Path]:
    """Yield the folders of layouts: first those that are complete already."""
    missing = [folder for folder in tasks if not folder.exists()]
    yield from (folder for folder in tasks if folder not in missing)
    jobs = [FolderJob(folder, partial(render_layout, tasks[folder])) for folder in missing]
    yield from (job.folder for job in engine.run(jobs))


def _move_into(out: Path, folder: Path) -> None:
    """Move a layout's pictures, labels and hands into the set; its notes stay and tell it is complete."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != NOTES:
            target = out / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)


def _enrol_unseen(unseen: Path, seed: int) -> None:
    """Take enrolment pictures of everything that training lacks (half a minute), unless they are there."""
    if unseen.exists():
        return
    rng = np.random.default_rng([seed, _ENROLMENT_KEY])
    started = unseen.with_suffix(".part")
    for pool in (Pool.DEV, Pool.TEST):
        catalogue = catalogue_of(pool)
        for first in range(0, len(catalogue), MOST_PRODUCTS):
            some = Assortment(catalogue[first : first + MOST_PRODUCTS])
            write_enrolment_pictures(started / pool.name.lower(), some, build_atlas(0, some), rng)
    started.rename(unseen)


def _share_classes(hands: Path) -> None:
    """Give training and validation the same folders of classes, some of them empty: rows of one network."""
    splits = [hands / "train", hands / "val"]
    names = {folder.name for split in splits if split.is_dir() for folder in split.iterdir()}
    for split in splits:
        for name in names:
            (split / name).mkdir(parents=True, exist_ok=True)


def _write_about(out: Path, pictures: tuple[int, int], seed: int, per_store: int) -> None:
    images, val_images = pictures
    first = seed * SEEDS_PER_SET
    lines = [
        "train: images/train",
        "val: images/val",
        f"kpt_shape: [{len(KEYPOINT_NAMES)}, 3]",
        f"flip_idx: {list(MIRRORED_KEYPOINTS)}",
        "names:",
        "  0: person",
        "  1: hand",
    ]
    (out / "data.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    train, val = -(-images // per_store), -(-val_images // per_store)
    first_val = first + FIRST_VAL_SEED
    (out / "ABOUT.txt").write_text(
        f"{images} rendered frames of {train} random stores (seeds {first} to {first + train - 1}) for"
        f" training, {val_images} of {val} other stores and people (seeds {first_val} to"
        f" {first_val + val - 1}) for validation, made by `walkout simulate --training-set`; pictures of"
        " hands, empty or with a product of their store, are cut from the same frames. No product, body or"
        " store of training is in validation or in any recording.\n",
        encoding="utf-8",
    )
