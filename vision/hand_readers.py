"""Two ways to read a picture of a hand: by the store's gallery, or by a network that learned the products.

The gallery is what a store has. A network of classes knows only what it was trained on, and that better.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cart_tracker.store_map import StoreMap
from models.zoo import LoadedModel
from vision.boxes import FloatArray
from vision.errors import ModelError
from vision.hand_crop import CROP_PX
from vision.inference import Session
from vision.products import MOST_UNITS, Gallery, ProductEyes
from vision.types import Image, IntArray

EMPTY_CLASS = "empty"
# The less a wrist is sure, the further off its crop and the less the picture means: least negative
# log-likelihood on 1,926 crops cut around wrists that the shopper network found, in two recordings of stores
# not trained on.
CONFIDENCE_RANGE = (0.45, 0.75)
TEMPERATURE_RANGE = (2.3, 1.2)
LEAST_LOG_LIKELIHOOD = -8.0  # one crop is never worth more: blur and occlusion are not in the softmax


@dataclass(frozen=True, slots=True, eq=False)
class HandContents:
    """What `n` hands seem to hold.

    Attributes:
        log_likelihood: `(n, 1 + n_products)` of "empty" and of each product; only differences matter.
        units_log_likelihood: `(n, 3)` of one, two, three and more units, should there be any.
    """

    log_likelihood: FloatArray
    units_log_likelihood: FloatArray


class HandReader(Protocol):
    """Says what is in pictures of hands."""

    crop_px: int

    def read(self, crops: Image, confidence: FloatArray) -> HandContents:
        """Read BGR crops `(n, crop_px, crop_px, 3)`.

        Args:
            crops: Pictures of hands.
            confidence: `(n,)` of the wrists they were cut around. Divides the network's sureness by a
                temperature (Guo et al., ICML 2017).
        """


class GalleryReader:
    """Compares hands with the enrolment pictures of a store."""

    crop_px = CROP_PX

    def __init__(self, eyes: ProductEyes, gallery: Gallery) -> None:
        """Prepare for a gallery in the store's order."""
        self._eyes = eyes
        self._gallery = gallery

    def read(self, crops: Image, confidence: FloatArray) -> HandContents:
        """See `HandReader`."""
        looks = self._eyes.look(crops)
        temperature = _temperature(confidence)
        units = looks.units_log_odds / temperature
        units -= np.logaddexp.reduce(units, axis=1, keepdims=True)
        holding = np.logaddexp.reduce(units[:, 1:], axis=1, keepdims=True)
        products = self._gallery.log_likelihood(looks.embedding / temperature)
        # The gallery shares one hand among all products; a likelihood asks how well each alone explains it.
        each = holding + products + np.log(products.shape[1])
        contents = np.concatenate([units[:, :1], each], axis=1)
        contents -= contents.max(axis=1, keepdims=True)
        return HandContents(
            np.maximum(contents, LEAST_LOG_LIKELIHOOD),
            np.maximum(units[:, 1:] - holding, LEAST_LOG_LIKELIHOOD),
        )


class ClassReader:
    """Names hands with a network that was trained on the store's products."""

    def __init__(self, session: Session, columns: IntArray, crop_px: int) -> None:
        """Prepare for a network that returns probabilities.

        Args:
            session: The network: RGB crops in [0, 1] in, probabilities of its classes out.
            columns: `(1 + n_products,)` its output columns for "empty" and the store's products; see
                `columns_for`.
            crop_px: Side of the crops it takes.
        """
        self._session = session
        self._columns = columns
        self.crop_px = crop_px

    def read(self, crops: Image, confidence: FloatArray) -> HandContents:
        """See `HandReader`; units are not counted."""
        batch = np.ascontiguousarray(crops[..., ::-1].transpose(0, 3, 1, 2), np.float32) / np.float32(255)
        probability = self._session.run(batch).astype(np.float64)[:, self._columns]
        scaled = np.log(np.maximum(probability, 1e-12)) / _temperature(confidence)
        normal = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        return HandContents(np.maximum(normal, LEAST_LOG_LIKELIHOOD), np.zeros((len(crops), MOST_UNITS)))


def _temperature(confidence: FloatArray) -> FloatArray:
    temperature: FloatArray = np.interp(confidence, CONFIDENCE_RANGE, TEMPERATURE_RANGE)[:, None]
    return temperature


def columns_for(model: LoadedModel, store_map: StoreMap) -> IntArray:
    """Output columns of a network of classes for "empty" and the store's products, in their order.

    Returns:
        `(1 + n_products,)`.

    Raises:
        ModelError: If the network does not know empty hands, or one of the products.
    """
    wanted = (EMPTY_CLASS, *store_map.product_ids)
    missing = [name for name in wanted if name not in model.card.classes]
    if missing:
        raise ModelError(
            f"model {model.card.name!r} was not trained on {', '.join(missing[:5])}"
            f"{' ...' if len(missing) > 5 else ''}; leave hand_model out of [vision], and enrol the products"
        )
    return np.array([model.card.classes.index(name) for name in wanted], np.int64)
