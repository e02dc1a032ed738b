from pathlib import Path

import pytest

from models.errors import TrainingDataError
from models.training_data import KEYPOINTS, TrainingFolder, a_few, write_pose_yaml


@pytest.fixture
def folder(tmp_path: Path) -> TrainingFolder:
    """A training folder with two pictures and three crops a split."""
    for split in ("train", "val"):
        for kind in ("images", "labels"):
            (tmp_path / kind / split).mkdir(parents=True)
        for name in ("b", "a"):
            (tmp_path / "images" / split / f"{name}.jpg").touch()
            (tmp_path / "labels" / split / f"{name}.txt").touch()
    return TrainingFolder(tmp_path)


def test_pictures_come_in_a_fixed_order(folder: TrainingFolder) -> None:
    assert [path.name for path in folder.pictures("train")] == ["a.jpg", "b.jpg"]


def test_a_picture_without_labels_is_named(folder: TrainingFolder) -> None:
    (folder.path / "labels" / "val" / "b.txt").unlink()

    with pytest.raises(TrainingDataError, match=r"b\.jpg has no label file .*b\.txt"):
        folder.pictures("val")


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="no pictures in"):
        TrainingFolder(tmp_path).pictures("train")


def test_the_description_comes_from_the_maker_on_one_line(folder: TrainingFolder) -> None:
    assert folder.description() == "rendered frames"

    (folder.path / "ABOUT.txt").write_text("40 rooms,\nseeds 1 to 40\n", encoding="utf-8")

    assert folder.description() == "40 rooms, seeds 1 to 40"


def test_mirroring_swaps_left_and_right_and_nothing_else(folder: TrainingFolder, tmp_path: Path) -> None:
    write_pose_yaml(folder, tmp_path / "data.yaml")

    line = next(
        line
        for line in (tmp_path / "data.yaml").read_text(encoding="utf-8").splitlines()
        if line.startswith("flip_idx")
    )
    mirrored = [KEYPOINTS[int(number)] for number in line.split("[")[1].rstrip("]").split(",")]
    assert mirrored[0] == "head_top"
    assert mirrored[1:3] == ["right_shoulder", "left_shoulder"]
    assert mirrored[9:] == ["right_ankle", "left_ankle"]
    assert sorted(mirrored) == sorted(KEYPOINTS)


def test_a_few_are_the_same_few_for_the_same_seed() -> None:
    paths = [Path(str(number)) for number in range(100)]

    assert a_few(paths, 5, seed=1) == a_few(paths, 5, seed=1)
    assert a_few(paths, 5, seed=1) != a_few(paths, 5, seed=2)
    assert len(set(a_few(paths, 500, seed=1))) == 100
