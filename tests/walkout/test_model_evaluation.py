from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import TrainingDataError
from models.zoo import available, load
from walkout.model_evaluation import score

NEEDED = ("shopper-pose", "product-looks")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One grey picture without people, and hands with two products and none."""
    for kind in ("images", "labels"):
        (tmp_path / kind / "val").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "images" / "val" / "0.jpg"), np.full((480, 640, 3), 90, np.uint8))
    (tmp_path / "labels" / "val" / "0.txt").touch()
    for number, product in enumerate(("milk", "tea", "empty")):
        hands, portraits = tmp_path / "hands/unseen" / product, tmp_path / "portraits/unseen/dev" / product
        hands.mkdir(parents=True)
        picture = np.random.default_rng(number).integers(0, 255, (96, 96, 3), np.uint8)
        for store in (1, 2):
            cv2.imwrite(str(hands / f"{store}-0-x{int(product != 'empty')}-s60.jpg"), picture)
        if product != "empty":
            portraits.mkdir(parents=True)
            cv2.imwrite(str(portraits / "1.jpg"), picture)
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
