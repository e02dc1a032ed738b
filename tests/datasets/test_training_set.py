"""Training sets share nothing between their halves, resume, and label what is in the picture."""

import shutil
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import pytest

from datasets.engines import FolderJob
from datasets.errors import OutputError, RecordingError
from datasets.exports.convert import convert
from datasets.exports.formats import Format
from datasets.hand_crops import EMPTY
from datasets.labels import label_box
from datasets.picture_notes import read_picture_notes
from datasets.synthetic.goods.products import catalogue_of
from datasets.synthetic.pools import Pool
from datasets.training_layout import LayoutTask, render_layout
from datasets.training_set import FRAMES_PER_LAYOUT, MAX_SEED, make_training_set, plan_layouts


class HereEngine:
    """Renders in this process, and remembers what."""

    def __init__(self):
        self.rendered = []

    def run(self, jobs):
        for job in jobs:
            self.rendered.append(job.folder.name)
            job.folder.mkdir()
            job.make(job.folder)
            yield job


class CopyEngine:
    """Hands out copies of one rendered layout."""

    def __init__(self, layout):
        self.layout = layout

    def run(self, jobs):
        for job in jobs:
            shutil.copytree(self.layout, job.folder)
            yield FolderJob(job.folder, job.make)


def seeds_of(tasks, split):
    return {task.layout_seed for task in tasks if task.split == split}


def test_no_layout_is_in_two_sets_or_halves():
    tasks = [task for seed in range(MAX_SEED + 1) for task in plan_layouts(5000, 500, seed)]

    assert len(seeds_of(tasks, "train") | seeds_of(tasks, "val")) == len(tasks)
    assert {task.pool for task in tasks if task.split == "train"} == {Pool.TRAIN}
    assert {task.pool for task in tasks if task.split == "val"} == {Pool.DEV}


def test_layouts_add_up_to_the_pictures_asked_for():
    tasks = plan_layouts(2 * FRAMES_PER_LAYOUT + 3, 5, 0)

    assert sum(task.images for task in tasks if task.split == "train") == 2 * FRAMES_PER_LAYOUT + 3
    assert sum(task.images for task in tasks if task.split == "val") == 5


def test_a_seed_out_of_range_is_refused(tmp_path):
    with pytest.raises(OutputError, match="0 to 9"):
        make_training_set(tmp_path / "set", 10, 10, HereEngine())


def test_boxes_are_whole_bodies_inside_the_picture():
    box = label_box(0.6, np.array([0.0, 200, 90, 480]), np.array([-20.0, 10, 100, 500]), (640, 480))

    np.testing.assert_array_equal(box, [0.0, 10.0, 100.0, 480.0])


def test_somebody_nearly_hidden_is_boxed_by_what_is_seen():
    box = label_box(0.2, np.array([40.0, 20, 60, 50]), np.array([10.0, 10, 100, 300]), (640, 480))

    np.testing.assert_array_equal(box, [40.0, 20.0, 60.0, 50.0])


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    """Render three pictures of one store."""
    folder = tmp_path_factory.mktemp("layout")
    render_layout(LayoutTask("train", 100_002, 3, 4, "train"), folder)
    return folder


@pytest.fixture
def training_set(layout, tmp_path):
    return make_training_set(tmp_path / "set", 3, 1, CopyEngine(layout), val_images=0)


def test_pictures_labels_and_notes_come_together(training_set):
    images = {path.stem for path in (training_set / "images/train").glob("*.jpg")}
    labels = {path.stem for path in (training_set / "labels/train").glob("*.txt")}

    assert len(images) == 3
    assert images == labels == {note.name for note in read_picture_notes(training_set)}
    for path in (training_set / "images/train").glob("*.jpg"):
        assert max(cv2.imread(str(path)).shape[:2]) == 640


def test_labels_are_boxes_and_keypoints_inside_the_picture(training_set):
    lines = [
        np.array(line.split(), dtype=float)
        for path in (training_set / "labels/train").glob("*.txt")
        for line in path.read_text().splitlines()
    ]

    assert lines
    for line in lines:
        assert len(line) == 5 + 3 * 11
        centre, extent = line[1:3], line[3:5]
        assert (centre - extent / 2 >= -1e-6).all()
        assert (centre + extent / 2 <= 1 + 1e-6).all()
        points = line[5:].reshape(11, 3)
        assert set(points[:, 2]) <= {0.0, 1.0, 2.0}
        seen = points[points[:, 2] > 0, :2]
        assert ((seen >= 0) & (seen <= 1)).all()


def test_notes_say_who_is_in_the_picture_and_who_has_a_label(training_set):
    for note in read_picture_notes(training_set):
        lines = (training_set / "labels/train" / f"{note.name}.txt").read_text().splitlines()
        assert sum(line.startswith("0 ") for line in lines) == sum(
            person.is_labelled for person in note.people
        )
        assert 0 <= note.camera.tilt_deg <= 90
        assert all(person.looks.garment and person.looks.skin_tone for person in note.people)


def test_hands_are_sorted_by_what_they_hold(training_set):
    folders = {path.name for path in (training_set / "hands/train").iterdir()}

    sold = {product.product_id for product in catalogue_of(Pool.TRAIN)}
    assert folders
    assert folders <= sold | {EMPTY}
    for path in (training_set / "hands/train").glob("*/*.jpg"):
        assert cv2.imread(str(path)).shape == (96, 96, 3)


def test_the_hands_of_every_tenth_training_store_are_kept_for_validation():
    tasks = plan_layouts(30 * 40, 80, 0)

    hands = [task.hands for task in tasks if task.split == "train"]
    assert [index for index, name in enumerate(hands) if name == "val"] == [9, 19, 29]
    assert {task.hands for task in tasks if task.split == "val"} == {"unseen"}
    assert [task.hands for task in plan_layouts(80, 0, 0)] == ["train", "val"]
    assert [task.hands for task in plan_layouts(40, 0, 0)] == ["train"]


def test_a_training_set_becomes_coco_with_every_person_once(training_set, tmp_path):
    assert convert([training_set], Format.COCO, tmp_path / "coco") == 3


def test_a_complete_layout_is_not_rendered_again(training_set):
    engine, progress = HereEngine(), []

    make_training_set(
        training_set, 3, 1, engine, 0, progress=lambda done, total: progress.append((done, total))
    )

    assert engine.rendered == []
    assert progress == [(3, 3)]
    assert len(list((training_set / "images/train").glob("*.jpg"))) == 3


@pytest.mark.slow
def test_the_same_layout_gives_the_same_bytes(layout, tmp_path):
    one_picture = replace(LayoutTask("train", 100_002, 3, 4, "train"), images=1)
    [job] = HereEngine().run([FolderJob(tmp_path / "again", partial(render_layout, one_picture))])

    assert {
        path.relative_to(job.folder): path.read_bytes() for path in (job.folder / "images").rglob("*.jpg")
    } == {
        path.relative_to(layout): path.read_bytes() for path in (layout / "images").rglob("*-000.jpg")
    }  # fmt: skip


def test_a_damaged_note_is_refused_by_its_line(training_set):
    path = training_set / "meta.jsonl"
    path.write_text(path.read_text() + '{"name": "x"}\n')

    with pytest.raises(RecordingError, match="line 4"):
        read_picture_notes(training_set)
