import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.card import InputSize, ModelCard
from vision.errors import ModelError
from vision.products import (
    EMBEDDING,
    Gallery,
    ProductEyes,
    build_gallery,
    check_product_card,
    read_pictures,
    squared,
)

LENGTH = 4.0  # so that a perfect match is 16 nats


class ColourSession:
    """Embeds a picture by its mean colour; counts what it is shown."""

    def __init__(self):
        self.shown = 0

    def run(self, batch):
        self.shown += len(batch)
        colour = batch.mean((2, 3)) - 0.5
        out = np.zeros((len(batch), EMBEDDING + 4), np.float32)
        out[:, :3] = LENGTH * colour / np.maximum(np.linalg.norm(colour, axis=1, keepdims=True), 1e-6)
        out[:, EMBEDDING] = 1.0
        return out


def picture(bgr, shape=(40, 60)):
    return np.full((*shape, 3), bgr, np.uint8)


RED, GREEN, BLUE = (20, 20, 230), (20, 230, 20), (230, 20, 20)


@pytest.fixture
def eyes():
    return ProductEyes(ColourSession())


def test_a_product_is_recognised_by_pictures_nobody_was_trained_on(eyes):
    gallery = build_gallery(eyes, {"A": [picture(RED)], "B": [picture(GREEN), picture(BLUE)]}, ["A", "B"])

    seen = eyes.look(np.stack([squared(picture(RED)), squared(picture(BLUE))])).embedding

    assert gallery.log_likelihood(seen).argmax(axis=1).tolist() == [0, 1]


def test_one_view_that_fits_is_enough(eyes):
    many = [picture(GREEN)] * 4 + [picture(RED)]
    gallery = build_gallery(eyes, {"A": many, "B": [picture(BLUE)]}, ["A", "B"])

    likelihood = gallery.log_likelihood(eyes.look(squared(picture(RED))[None]).embedding)

    assert likelihood[0, 0] > likelihood[0, 1]


def test_a_product_without_pictures_is_never_ruled_out(eyes):
    gallery = build_gallery(eyes, {"A": [picture(RED)], "C": [picture(GREEN)]}, ["A", "B", "C"])

    likelihood = gallery.log_likelihood(eyes.look(squared(picture(BLUE))[None]).embedding)

    assert gallery.is_enrolled.tolist() == [True, False, True]
    assert likelihood[0].argmax() == 1


def test_a_store_without_any_pictures_finds_all_products_alike(eyes):
    gallery = build_gallery(eyes, {}, ["A", "B"])

    likelihood = gallery.log_likelihood(eyes.look(squared(picture(RED))[None]).embedding)

    np.testing.assert_allclose(np.exp(likelihood), 0.5)


@given(arrays(np.float64, (3, EMBEDDING), elements=st.floats(-5, 5)), st.integers(2, 9))
def test_likelihoods_are_probabilities(embedding, products):
    rng = np.random.default_rng(products)
    gallery = Gallery(rng.normal(size=(2 * products, EMBEDDING)), np.repeat(np.arange(products), 2), products)

    likelihood = gallery.log_likelihood(embedding)

    np.testing.assert_allclose(np.exp(likelihood).sum(axis=1), 1.0, atol=1e-9)


def test_look_alikes_are_alike(eyes):
    gallery = build_gallery(eyes, {"A": [picture(RED)], "B": [picture((25, 25, 225))]}, ["A", "B", "C"])

    alike = gallery.alike()

    assert alike[0, 1] > 0.99
    assert np.isnan(alike[2]).all()


def test_the_proportions_of_a_picture_are_kept():
    square = squared(picture(RED, (50, 100)))

    assert square.shape == (96, 96, 3)
    assert (square[30:66] == RED).all()
    assert (square[:20] == 114).all()


def test_folders_of_pictures_are_read_by_product(tmp_path):
    (tmp_path / "A").mkdir()
    cv2.imwrite(str(tmp_path / "A/1.png"), picture(RED))
    (tmp_path / "A/notes.txt").write_text("not a picture")

    found = read_pictures(tmp_path, ["A", "B"])

    assert list(found) == ["A"]
    assert len(found["A"]) == 1


def test_a_file_that_is_no_picture_is_named(tmp_path):
    (tmp_path / "A").mkdir()
    (tmp_path / "A/1.jpg").write_text("not a picture")

    with pytest.raises(ModelError, match=r"1\.jpg is not a picture"):
        read_pictures(tmp_path, ["A"])


def test_a_network_for_something_else_is_refused():
    card = ModelCard.model_construct(name="other", task="classify", input=InputSize(width=96, height=96))

    with pytest.raises(ModelError, match="does not embed pictures of 96x96"):
        check_product_card(card)


def test_a_network_with_other_outputs_is_refused():
    class Other:
        def run(self, batch):
            return np.zeros((len(batch), 7), np.float32)

    with pytest.raises(ModelError, match="returned shape"):
        ProductEyes(Other()).look(np.zeros((1, 96, 96, 3), np.uint8))
