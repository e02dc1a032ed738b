from pathlib import Path

import numpy as np
import pytest

from models.card import InputSize, ModelCard
from models.zoo import LoadedModel
from vision.errors import ModelError
from vision.hand_readers import LEAST_LOG_LIKELIHOOD, ClassReader, GalleryReader, columns_for
from vision.products import EMBEDDING, Gallery, ProductEyes

LENGTH = 3.0  # of embeddings: a perfect match is nine nats


class FakeSession:
    """Sees an empty hand, or one with one unit of what the embedding `at` shows."""

    def __init__(self, odds=(0.7, 0.3, 1e-9, 1e-9), at=0):
        self.odds, self.at = np.log(odds), at
        self.calls = 0

    def run(self, batch):
        self.calls += 1
        assert batch.shape[1:] == (3, 96, 96)
        out = np.zeros((len(batch), EMBEDDING + 4), np.float32)
        out[:, self.at] = LENGTH
        out[:, EMBEDDING:] = self.odds
        return out


def reader_of(session):
    """A store of two products whose embeddings point along the first two axes."""
    return GalleryReader(ProductEyes(session), Gallery(LENGTH * np.eye(2, EMBEDDING), np.arange(2), 2))


def test_the_product_that_looks_alike_is_likeliest_and_nothing_is_impossible():
    reader = reader_of(FakeSession((1e-9, 0.998, 0.002, 1e-9), at=0))

    contents = reader.read(np.zeros((2, 96, 96, 3), np.uint8))

    first, second = contents.log_likelihood
    assert first.argmax() == 1
    assert first[0] == LEAST_LOG_LIKELIHOOD
    np.testing.assert_array_equal(first, second)
    assert (contents.units_log_likelihood >= LEAST_LOG_LIKELIHOOD).all()


def test_a_hand_that_may_hold_anything_is_as_likely_full_as_empty_however_much_a_store_sells():
    for products in (2, 40):
        gallery = Gallery(np.empty((0, EMBEDDING)), np.empty(0, np.int64), products)
        reader = GalleryReader(ProductEyes(FakeSession((0.5, 0.5, 1e-9, 1e-9))), gallery)

        contents = reader.read(np.zeros((1, 96, 96, 3), np.uint8))

        np.testing.assert_allclose(contents.log_likelihood, 0.0, atol=1e-3)


class FakeClasses:
    """Returns the same probabilities for every crop."""

    def __init__(self, probabilities):
        self.probabilities = np.array(probabilities, np.float32)

    def run(self, batch):
        assert batch.shape[1:] == (3, 64, 64)
        return np.tile(self.probabilities, (len(batch), 1))


def classes(*names):
    fields = {"name": "hand-contents", "task": "classify", "classes": names}
    return LoadedModel(
        ModelCard.model_construct(**fields, input=InputSize(width=64, height=64)), Path("hand.onnx")
    )


def test_a_network_of_classes_is_read_in_the_order_of_the_store(store_map):
    columns = columns_for(classes("MILK", "RICE", "empty"), store_map)
    reader = ClassReader(FakeClasses([0.2, 0.1, 0.7]), columns, 64)

    contents = reader.read(np.zeros((1, 64, 64, 3), np.uint8))

    softened = np.array([0.7, 0.2, 0.1]) ** (1 / 1.2)
    np.testing.assert_allclose(np.exp(contents.log_likelihood[0]), softened / softened.sum(), atol=1e-3)
    assert (contents.units_log_likelihood == 0).all()


@pytest.mark.parametrize(("names", "missing"), [(("MILK", "empty"), "RICE"), (("MILK", "RICE"), "empty")])
def test_a_network_of_classes_that_misses_something_is_refused(store_map, names, missing):
    with pytest.raises(ModelError, match=f"was not trained on {missing}"):
        columns_for(classes(*names), store_map)
