"""Training sets share nothing between their halves, resume, and label what is in the picture."""

import numpy as np
import pytest

from datasets.errors import OutputError
from datasets.synthetic.goods.products import CATALOGUE
from datasets.synthetic.scene import PersonTruth
from datasets.training_set import (
    EMPTY,
    FRAMES_PER_LAYOUT,
    MAX_SEED,
    label_box,
    make_training_set,
    plan_layouts,
    render_layout,
)


def seeds_of(tasks, split):
    return {task.layout_seed for task in tasks if task.split == split}


def test_train_and_val_share_no_store_and_no_person(tmp_path):
    tasks = [task for seed in range(MAX_SEED + 1) for task in plan_layouts(tmp_path, 5000, 500, seed)]

    train, val = seeds_of(tasks, "train"), seeds_of(tasks, "val")
    assert not train & val
    assert len(train) + len(val) == len(tasks)


def test_layouts_add_up_to_the_pictures_asked_for(tmp_path):
    tasks = plan_layouts(tmp_path, 2 * FRAMES_PER_LAYOUT + 3, 5, 0)

    assert sum(task.images for task in tasks if task.split == "train") == 2 * FRAMES_PER_LAYOUT + 3
    assert sum(task.images for task in tasks if task.split == "val") == 5


def test_recordings_take_their_seeds_from_elsewhere(tmp_path):
    from datasets.synthetic.play.scenarios import _RECORDING_POOL

    tasks = plan_layouts(tmp_path, 5000, 500, MAX_SEED)

    # People of a layout have seeds of a hundred times the layout's.
    assert max(task.layout_seed for task in tasks) * 100 + 100 < _RECORDING_POOL


def test_a_seed_that_recordings_own_is_refused(tmp_path):
    with pytest.raises(OutputError, match="0 to 9"):
        make_training_set(tmp_path / "set", 10, 10, 1)


def person(visibility, amodal, visible):
    return PersonTruth(
        0, np.array(amodal), np.array(visible), visibility, 0.0, np.zeros((11, 2)), np.zeros(11, np.int64)
    )


def test_boxes_are_whole_bodies_inside_the_picture():
    box = label_box(person(0.6, [-20.0, 10.0, 100.0, 500.0], [0.0, 200.0, 90.0, 480.0]))

    np.testing.assert_array_equal(box, [0.0, 10.0, 100.0, 480.0])


def test_somebody_nearly_hidden_is_boxed_by_what_is_seen():
    box = label_box(person(0.2, [10.0, 10.0, 100.0, 300.0], [40.0, 20.0, 60.0, 50.0]))

    np.testing.assert_array_equal(box, [40.0, 20.0, 60.0, 50.0])


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    out = tmp_path_factory.mktemp("set")
    (out / ".layouts").mkdir()
    task = plan_layouts(out, 5, 0, 1)[0]
    render_layout(task)
    return task


def test_pictures_and_labels_come_in_pairs(rendered):
    images = {path.stem for path in (rendered.out / "images/train").glob("*.jpg")}
    labels = {path.stem for path in (rendered.out / "labels/train").glob("*.txt")}

    assert images == labels
    assert len(images) == 5
    assert rendered.marker.exists()


def test_labels_are_boxes_and_keypoints_inside_the_picture(rendered):
    lines = [
        np.array(line.split(), dtype=float)
        for path in (rendered.out / "labels/train").glob("*.txt")
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


def test_hands_are_sorted_by_what_they_hold(rendered):
    folders = {path.name for path in (rendered.out / "hands/train").iterdir()}

    assert folders == {product.product_id for product in CATALOGUE} | {EMPTY}
    assert list((rendered.out / "hands/train").glob("*/*.jpg"))


def test_a_complete_layout_is_not_rendered_again(rendered):
    pictures = sorted((rendered.out / "images/train").glob("*.jpg"))
    pictures[0].write_bytes(b"mine")
    progress = []

    (rendered.out / ".layouts" / "val-none").touch()
    make_training_set(
        rendered.out, 5, 1, 1, val_images=0, progress=lambda done, total: progress.append((done, total))
    )

    assert pictures[0].read_bytes() == b"mine"
    assert progress == []
