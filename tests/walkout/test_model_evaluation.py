from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import TrainingDataError
from models.zoo import available, load
from walkout.model_evaluation import score

NEEDED = ("shopper-pose", "hand-contents")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One grey picture without people and one grey crop a class."""
    for kind in ("images", "labels"):
        (tmp_path / kind / "val").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "images" / "val" / "0.jpg"), np.full((480, 640, 3), 90, np.uint8))
    (tmp_path / "labels" / "val" / "0.txt").touch()
    if "hand-contents" in available():
        for held in load("hand-contents").card.classes:
            for split in ("train", "val"):
                (tmp_path / "hands" / split / held).mkdir(parents=True)
            cv2.imwrite(str(tmp_path / "hands" / "val" / held / "0.jpg"), np.full((64, 64, 3), 90, np.uint8))
    return tmp_path


@pytest.mark.parametrize("name", [name for name in NEEDED if name in available()])
def test_a_shipped_network_can_be_scored(name: str, folder: Path) -> None:
    scores = score(load(name), folder)

    assert scores.images >= 1
    assert all(0 <= figure.value <= 1 for figure in scores.figures if not figure.metric.endswith("_px"))


def test_a_crop_that_cannot_be_read_is_named(folder: Path) -> None:
    if "shopper-pose" not in available():
        pytest.skip("no shopper network in the zoo")
    (folder / "images" / "val" / "0.jpg").write_bytes(b"no picture")

    with pytest.raises(TrainingDataError, match=r"0\.jpg cannot be read"):
        score(load("shopper-pose"), folder)
