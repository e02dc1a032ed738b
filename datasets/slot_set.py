"""A training set for the network that says what changed on a shelf.

    DIR/slots/{train,val}-SEED/slots.npz    samples of one store, see `slot_layout`
        ABOUT.txt                           one paragraph on what is in it

Training draws stores and products from the pool TRAIN, validation from DEV, as training pictures do.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from datasets.engines import Engine, FolderJob, remove_leftovers
from datasets.errors import OutputError
from datasets.slot_layout import render_slots
from datasets.training_layout import StoreTask
from datasets.training_set import FIRST_VAL_SEED, MAX_SEED, SEEDS_PER_SET

Progress = Callable[[int, int], None]


def plan_slot_set(stores: int, val_stores: int, seed: int) -> list[StoreTask]:
    """Divide a set into stores; no seed is used twice in any set."""
    first = seed * SEEDS_PER_SET
    return [
        *(StoreTask("train", first + index) for index in range(stores)),
        *(StoreTask("val", first + FIRST_VAL_SEED + index) for index in range(val_stores)),
    ]


def make_slot_set(
    out: Path,
    stores: int,
    seed: int,
    engine: Engine,
    val_stores: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Film stores for a slot set; those that are complete already are kept, so it can be resumed.

    Args:
        out: Its folder.
        stores: For training, each with some hundred samples.
        seed: 0 to 9; sets of different seeds share no store.
        engine: Where stores are rendered.
        val_stores: Others for validation; a tenth of `stores`, and at least one, by default.
        progress: Called with stores done and stores in all.

    Raises:
        OutputError: If the seed is out of range or `out` cannot be written.
        EngineError: If the engine cannot be reached.
    """
    if not 0 <= seed <= MAX_SEED:
        raise OutputError(f"training sets have seeds 0 to {MAX_SEED}, not {seed}")
    val = max(stores // 10, 1) if val_stores is None else val_stores
    folder = out / "slots"
    tasks = plan_slot_set(stores, val, seed)
    jobs = [FolderJob(folder / task.name, partial(render_slots, task)) for task in tasks]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)
        (out / "ABOUT.txt").write_text(_about(tasks, stores, val), encoding="utf-8")
        missing = [job for job in jobs if not job.folder.exists()]
        done = len(jobs) - len(missing)
        for _ in engine.run(missing):
            done += 1
            if progress is not None:
                progress(done, len(jobs))
    except OSError as error:
        raise OutputError(f"cannot write {out} ({error.strerror}); choose another folder") from error
    return out


def _about(tasks: list[StoreTask], stores: int, val_stores: int) -> str:
    seeds = [task.layout_seed for task in tasks]
    return (
        f"Shelves of {stores} random stores (seeds {seeds[0]} to {seeds[stores - 1]}) for training and of"
        f" {val_stores} others (seeds {seeds[stores]} to {seeds[-1]}) for validation, on which units come, go"
        " and are shifted, filmed, encoded and compared as in a recording; made by `walkout simulate"
        " --slot-set`. No product or store of training is in validation or in any recording.\n"
    )
