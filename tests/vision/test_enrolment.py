import cv2
import numpy as np
import pytest

from cart_tracker.store_map import ProductId
from vision.enrolment import enrol, folder_of, store_gallery
from vision.errors import EnrolmentError
from vision.products import EMBEDDING, ProductEyes


class ColourSession:
    """Embeds a picture by its mean colour."""

    def run(self, batch):
        colour = batch.mean((2, 3)) - 0.45
        out = np.zeros((len(batch), EMBEDDING + 4), np.float32)
        out[:, :3] = colour / np.maximum(np.linalg.norm(colour, axis=1, keepdims=True), 1e-6)
        return out


@pytest.fixture
def eyes():
    return ProductEyes(ColourSession())


@pytest.fixture
def store_toml(tmp_path):
    return tmp_path / "store.toml"


def photograph(path, bgr):
    noise = np.random.default_rng(0).normal(0, 25, (120, 120, 3))
    cv2.imwrite(str(path), np.clip(np.array(bgr) + noise, 0, 255).astype(np.uint8))
    return path


def test_a_product_is_enrolled_from_pictures_and_nothing_else(tmp_path, store_toml, store_map, eyes):
    milk, rice = (str(name) for name in store_map.product_ids[:2])

    enrol(store_toml, store_map, eyes, milk, [photograph(tmp_path / "m.png", (40, 40, 210))])
    done = enrol(store_toml, store_map, eyes, rice, [photograph(tmp_path / "r.png", (210, 40, 40))])

    assert (done.pictures, done.look_alikes) == (1, ())
    assert store_gallery(store_toml, store_map, eyes).is_enrolled[:2].all()


def test_more_pictures_are_added_to_those_there_are(tmp_path, store_toml, store_map, eyes):
    milk = str(store_map.product_ids[0])
    one = photograph(tmp_path / "1.png", (40, 40, 210))

    enrol(store_toml, store_map, eyes, milk, [one])

    assert enrol(store_toml, store_map, eyes, milk, [one, one]).pictures == 3
    assert sorted(path.name for path in (folder_of(store_toml) / milk).iterdir()) == [
        "1.png",
        "2.png",
        "3.png",
    ]


def test_an_operator_is_told_what_looks_alike(tmp_path, store_toml, store_map, eyes):
    milk, rice = (str(name) for name in store_map.product_ids[:2])

    enrol(store_toml, store_map, eyes, milk, [photograph(tmp_path / "m.png", (40, 40, 210))])
    done = enrol(store_toml, store_map, eyes, rice, [photograph(tmp_path / "r.png", (45, 45, 205))])

    assert [other.product_id for other in done.look_alikes] == [ProductId(milk)]


def test_a_product_the_store_does_not_sell_is_refused(tmp_path, store_toml, store_map, eyes):
    with pytest.raises(EnrolmentError, match="sells no product 'caviar'"):
        enrol(store_toml, store_map, eyes, "caviar", [photograph(tmp_path / "c.png", (1, 2, 3))])


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("notes.jpg", None, "is not a JPEG or PNG"),
        ("small.png", np.zeros((20, 300, 3), np.uint8), "300x20 pixels"),
        ("blurred.png", np.full((200, 200, 3), 90, np.uint8), "out of focus"),
    ],
)
def test_one_bad_picture_and_none_is_copied(tmp_path, store_toml, store_map, eyes, name, content, complaint):
    milk = str(store_map.product_ids[0])
    bad = tmp_path / name
    if content is None:
        bad.write_text("no picture")
    else:
        cv2.imwrite(str(bad), content)

    with pytest.raises(EnrolmentError, match=complaint):
        enrol(store_toml, store_map, eyes, milk, [photograph(tmp_path / "m.png", (40, 40, 210)), bad])

    assert not folder_of(store_toml).exists()
