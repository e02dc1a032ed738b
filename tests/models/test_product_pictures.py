from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import TrainingDataError
from models.product_pictures import (
    CROP_PX,
    EMPTY,
    backdrop,
    find_pictures,
    laid_on,
    side_px_of,
    units_of,
    varied,
)


def write(path, value=120, channels=3):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((CROP_PX, CROP_PX, channels), value, np.uint8))


@pytest.fixture
def dataset(tmp_path):
    write(tmp_path / "set/hands/train/tea/1-0-x2-s58.jpg")
    write(tmp_path / "set/hands/train/empty/1-1-x0-s40.jpg")
    write(tmp_path / "set/portraits/train/tea/0.png", channels=4)
    write(tmp_path / "set/portraits/train/coffee/0.png", channels=4)
    write(tmp_path / "real/milk/1.jpg")
    write(tmp_path / "real/juice/1.jpg")
    return tmp_path


def test_hands_portraits_and_photographs_are_one_set_of_classes(dataset):
    found = find_pictures(dataset / "set", dataset / "real", held_out=["juice"])

    assert found.classes == ("coffee", "milk", "tea")
    assert {(s.path.parent.name, s.label, s.units) for s in found.hands} == {("tea", 2, 2), (EMPTY, -1, 0)}
    assert {(s.label, s.units) for s in found.portraits} == {(0, -1), (2, -1)}


def test_what_is_held_out_is_not_learned(dataset):
    found = find_pictures(dataset / "set", dataset / "real", held_out=["juice"])

    assert [sample.path.parent.name for sample in found.photographs] == ["milk"]


def test_a_set_without_hands_is_refused(dataset):
    with pytest.raises(TrainingDataError, match="no pictures of products"):
        find_pictures(dataset / "real", None, ())


@pytest.mark.parametrize(
    ("name", "units", "side"),
    [("5-1-x1-s58.jpg", 1, 58.0), ("5-1-x7-s9.jpg", 3, 9.0), ("5-x0.jpg", 0, np.nan)],
)
def test_a_name_tells_how_many_units_and_how_large(name, units, side):
    assert units_of(Path(name)) == units
    np.testing.assert_equal(side_px_of(Path(name)), side)


def test_a_name_without_a_count_is_refused():
    with pytest.raises(TrainingDataError, match="does not say how many"):
        units_of(Path("5-1.jpg"))


def test_a_package_covers_some_of_its_background():
    portrait = np.zeros((CROP_PX, CROP_PX, 4), np.uint8)
    portrait[20:70, 30:60] = (10, 20, 250, 255)

    picture = laid_on(portrait, np.full((CROP_PX, CROP_PX, 3), 200, np.uint8), np.random.default_rng(1))

    red = (picture[..., 2] > 240) & (picture[..., 0] < 40)
    assert 0.005 < red.mean() < 0.2
    assert (picture == 200).all(axis=2).mean() > 0.7


def test_the_same_seed_varies_a_picture_the_same_way():
    picture = np.random.default_rng(0).integers(0, 255, (CROP_PX, CROP_PX, 3), np.uint8)

    first, second, other = (varied(picture, np.random.default_rng(seed)) for seed in (3, 3, 4))

    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_without_empty_hands_packages_lie_on_plain_shades():
    shade = backdrop([], np.random.default_rng(2))

    assert shade.shape == (CROP_PX, CROP_PX, 3)
    assert (shade == shade[0, 0]).all()
