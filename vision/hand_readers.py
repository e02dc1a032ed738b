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
# Divides the network's sureness (Guo et al., ICML 2017): least negative log-likelihood on 6,983 crops cut
# around wrists that were looked at closely, in six recordings of stores not trained on; the same however sure
# those wrists were.
TEMPERATURE = 1.2
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

    def read(self, crops: Image) -> HandContents:
        """Read BGR crops `(n, crop_px, crop_px, 3)`."""


class GalleryReader:
    """Compares hands with the enrolment pictures of a store."""

    crop_px = CROP_PX

    def __init__(self, eyes: ProductEyes, gallery: Gallery) -> None:
        """Prepare for a gallery in the store's order."""
        self._eyes = eyes
        self._gallery = gallery

    def read(self, crops: Image) -> HandContents:
        """See `HandReader`."""
        looks = self._eyes.look(crops)
        units = looks.units_log_odds / TEMPERATURE
        units -= np.logaddexp.reduce(units, axis=1, keepdims=True)
        holding = np.logaddexp.reduce(units[:, 1:], axis=1, keepdims=True)
        products = self._gallery.log_likelihood(looks.embedding / TEMPERATURE)
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

    def read(self, crops: Image) -> HandContents:
        """See `HandReader`; units are not counted."""
        batch = np.ascontiguousarray(crops[..., ::-1].transpose(0, 3, 1, 2), np.float32) / np.float32(255)
        probability = self._session.run(batch).astype(np.float64)[:, self._columns]
        scaled = np.log(np.maximum(probability, 1e-12)) / TEMPERATURE
        normal = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        return HandContents(np.maximum(normal, LEAST_LOG_LIKELIHOOD), np.zeros((len(crops), MOST_UNITS)))


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
