from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.errors import TrainingDataError
from models.training_data import KEYPOINTS, TrainingFolder
from models.wrist_samples import PICTURE_PX, read_wrist_samples

LEFT_WRIST = KEYPOINTS.index("left_wrist")
WIDTH, HEIGHT = 320, 240


@dataclass(frozen=True)
class Found:
    xyxy: npt.NDArray[np.float64]
    score: npt.NDArray[np.float64]
    keypoints: npt.NDArray[np.float64]


def somebody(_: npt.NDArray[np.uint8]) -> Found:
    """The person of the picture, a little off, and somebody who is not there."""
    boxes = np.array([[102.0, 60, 162, 180], [10, 10, 40, 90]])
    return Found(boxes, np.array([0.9, 0.8]), np.zeros((2, len(KEYPOINTS), 3)))


@pytest.fixture
def folder(tmp_path: Path) -> TrainingFolder:
    """One picture with one person of 60 by 120 pixels, all joints in the middle of the box."""
    for kind in ("images", "labels"):
        (tmp_path / kind / "train").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "images/train/a.jpg"), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    write_label(tmp_path / "labels/train/a.txt", visibility=2)
    return TrainingFolder(tmp_path)


def write_label(path: Path, visibility: int) -> None:
    x, y = 130 / WIDTH, 120 / HEIGHT
    joints = " ".join([f"{x} {y} {visibility}"] * len(KEYPOINTS))
    path.write_text(f"0 {x} {y} {60 / WIDTH} {120 / HEIGHT} {joints}\n", encoding="utf-8")


def test_a_body_is_cut_out_as_it_was_found_with_its_true_joints(folder: TrainingFolder) -> None:
    samples = read_wrist_samples(folder, "train", somebody)

    assert samples.picture.shape == (1, PICTURE_PX, PICTURE_PX, 5)
    across, down = samples.joints[0, LEFT_WRIST]
    assert across == pytest.approx(-2 / 210, abs=0.005)  # the box was found 2 pixels to the right
    assert down == pytest.approx(0.0, abs=0.005)
    assert (samples.visibility == 2).all()


def test_who_has_no_wrist_in_the_frame_is_left_out(folder: TrainingFolder) -> None:
    write_label(folder.path / "labels/train/a.txt", visibility=0)

    with pytest.raises(TrainingDataError, match="nobody has a wrist"):
        read_wrist_samples(folder, "train", somebody)
