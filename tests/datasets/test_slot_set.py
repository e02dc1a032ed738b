"""Slot sets are of other stores than anything else, resume, and hold what was seen and what happened."""

import shutil

import numpy as np
import pytest

from datasets.errors import OutputError
from datasets.slot_layout import SAMPLES, render_slots
from datasets.slot_set import make_slot_set, plan_slot_set
from datasets.synthetic.pools import Pool
from datasets.training_layout import StoreTask
from datasets.training_set import MAX_SEED
from models.errors import TrainingDataError
from models.slot_samples import KINDS, read_slot_samples


class CopyEngine:
    """Hands out copies of one store's samples."""

    def __init__(self, samples):
        self.samples = samples
        self.made = []

    def run(self, jobs):
        for job in jobs:
            job.folder.mkdir()
            shutil.copy(self.samples, job.folder / SAMPLES)
            self.made.append(job.folder.name)
            yield job


@pytest.fixture
def samples(tmp_path):
    rng = np.random.default_rng(0)
    np.savez_compressed(
        tmp_path / SAMPLES,
        picture=rng.integers(0, 255, (5, 10, 48, 64), dtype=np.uint8),
        net_units=np.array([0, 0, -1, 2, -2], np.int8),
        is_shift=np.array([False, True, False, False, False]),
    )
    return tmp_path / SAMPLES


def test_no_store_is_in_two_sets_or_halves():
    tasks = [task for seed in range(MAX_SEED + 1) for task in plan_slot_set(200, 20, seed)]

    assert len({task.layout_seed for task in tasks}) == len(tasks)
    assert {task.pool for task in tasks if task.split == "train"} == {Pool.TRAIN}
    assert {task.pool for task in tasks if task.split == "val"} == {Pool.DEV}


def test_a_set_goes_on_where_it_was_interrupted(tmp_path, samples):
    make_slot_set(tmp_path / "set", 3, 1, CopyEngine(samples), val_stores=1)
    shutil.rmtree(tmp_path / "set/slots/train-100001")
    again, told = CopyEngine(samples), []

    make_slot_set(
        tmp_path / "set", 3, 1, again, val_stores=1, progress=lambda done, total: told.append((done, total))
    )

    assert again.made == ["train-100001"]
    assert told == [(4, 4)]
    assert "seeds 100000 to 100002" in (tmp_path / "set/ABOUT.txt").read_text(encoding="utf-8")


def test_samples_are_read_back_as_kinds_of_the_wanted_stores(tmp_path, samples):
    make_slot_set(tmp_path / "set", 2, 0, CopyEngine(samples))

    read = read_slot_samples(tmp_path / "set", "train", lambda seed: seed % 2 == 1)

    assert [KINDS[row] for row in read.kind] == ["nothing", "shifted", "taken", "came", "taken"]
    assert read.is_moved.tolist() == [False, False, True, True, True]


def test_a_seed_that_no_set_has_is_refused(tmp_path, samples):
    with pytest.raises(OutputError, match="seeds 0 to 9"):
        make_slot_set(tmp_path, 1, 10, CopyEngine(samples))


def test_a_set_that_lacks_something_says_what_to_do(tmp_path, samples):
    with pytest.raises(TrainingDataError, match="--slot-set"):
        read_slot_samples(tmp_path, "train")
    folder = tmp_path / "slots/train-1"
    folder.mkdir(parents=True)
    (folder / SAMPLES).write_bytes(b"no archive")
    with pytest.raises(TrainingDataError, match="damaged"):
        read_slot_samples(tmp_path, "train")
    np.savez(folder / SAMPLES, picture=np.zeros((1, 10, 48, 64), np.uint8), net_units=[1], is_shift=[False])
    with pytest.raises(TrainingDataError, match="0 nothing, 0 shifted, 0 taken, 1 came"):
        read_slot_samples(tmp_path, "train")


@pytest.mark.slow
def test_what_cameras_compare_is_mostly_what_happened_and_always_the_same(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        render_slots(StoreTask("val", 1), tmp_path / name)
    one, two = (np.load(tmp_path / name / SAMPLES) for name in ("one", "two"))

    assert [path.name for path in (tmp_path / "one").iterdir()] == [SAMPLES]
    assert (one["picture"] == two["picture"]).all()
    assert (one["net_units"] != 0).mean() > 0.3
