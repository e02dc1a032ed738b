"""What products look like: the network that sees them, and a store's gallery of enrolment pictures.

Nothing here was trained on the store's products. The network turns a picture of a package, alone or in a
hand, into an embedding; a product is recognised by the embeddings of its enrolment pictures, so that a new
one needs a few pictures and no training. Source: Wang et al., CosFace, CVPR 2018; differs: several views of
each, and the length of embeddings carries the softmax's temperature, so that the product of two is in nats.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.card import ModelCard
from vision.boxes import FloatArray
from vision.errors import ModelError
from vision.hand_crop import CROP_PX
from vision.inference import Session
from vision.types import BoolArray, Image, IntArray

EMBEDDING = 128
MOST_UNITS = 3  # three stands for more
PADDING_GREY = 114
# Of a product without pictures, per nat of a perfect match: as near as two different products are at times.
UNKNOWN_COSINE = 0.35
_OUTPUTS = EMBEDDING + MOST_UNITS + 1


@dataclass(frozen=True, slots=True, eq=False)
class ProductLooks:
    """What the network says of `n` pictures.

    Attributes:
        embedding: `(n, 128)` of equal length; the product of two is in nats.
        units_log_odds: `(n, 4)` log likelihoods that a hand holds 0, 1, 2, or 3 and more units; they add up
            to one.
    """

    embedding: FloatArray
    units_log_odds: FloatArray


class ProductEyes:
    """The product network."""

    def __init__(self, session: Session) -> None:
        """Prepare for a network that `check_product_card` has accepted."""
        self._session = session

    def look(self, squares: Image) -> ProductLooks:
        """Look at BGR pictures `(n, 96, 96, 3)`."""
        batch = np.ascontiguousarray(squares[..., ::-1].transpose(0, 3, 1, 2), np.float32) / np.float32(255)
        out = self._session.run(batch).astype(np.float64)
        if out.shape != (len(squares), _OUTPUTS):
            raise ModelError(
                f"the product network returned shape {out.shape}, expected ({len(squares)}, {_OUTPUTS});"
                " export it again with 'walkout export'"
            )
        odds = out[:, EMBEDDING:]
        return ProductLooks(out[:, :EMBEDDING], odds - np.logaddexp.reduce(odds, axis=1, keepdims=True))


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """The enrolment pictures of one store's products.

    Attributes:
        embedding: `(k, 128)` one row a picture.
        product: `(k,)` whose picture it is: a row of the store's products, in rising order.
        n_products: How many the store has; those without pictures are never ruled out.
    """

    embedding: FloatArray
    product: IntArray
    n_products: int

    @property
    def is_enrolled(self) -> BoolArray:
        """`(n_products,)` whether a product has pictures."""
        enrolled = np.zeros(self.n_products, np.bool_)
        enrolled[self.product] = True
        return enrolled

    def log_likelihood(self, embedding: FloatArray) -> FloatArray:
        """Log probability `(n, n_products)` that pictures `(n, 128)` show each product, all alike before.

        A product is as likely as the mean over its pictures says: one view that fits is enough.
        """
        scores = np.full((len(embedding), self.n_products), self._unknown_nats())
        if len(self.product):
            nats = embedding @ self.embedding.T
            first = np.flatnonzero(np.diff(self.product, prepend=-1))
            views = np.diff(first, append=len(self.product))
            fit = np.logaddexp.reduceat(nats, first, axis=1) - np.log(views)
            scores[:, self.product[first]] = fit
        log_likelihood: FloatArray = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        return log_likelihood

    def alike(self) -> FloatArray:
        """Cosine `(n_products, n_products)` of the nearest pictures of two products; NaN without pictures."""
        unit = self.embedding / np.maximum(np.linalg.norm(self.embedding, axis=1, keepdims=True), 1e-9)
        nearest = np.full((self.n_products, self.n_products), np.nan)
        if len(self.product):
            first = np.flatnonzero(np.diff(self.product, prepend=-1))
            by_row = np.maximum.reduceat(unit @ unit.T, first, axis=0)
            rows = self.product[first]
            nearest[np.ix_(rows, rows)] = np.maximum.reduceat(by_row, first, axis=1)
        return nearest

    def _unknown_nats(self) -> float:
        if len(self.embedding) == 0:
            return 0.0
        return UNKNOWN_COSINE * float(np.square(self.embedding).sum(axis=1).mean())


def build_gallery(
    eyes: ProductEyes, pictures: Mapping[str, Sequence[Image]], product_ids: Sequence[str]
) -> Gallery:
    """Look at the enrolment pictures of a store.

    Args:
        eyes: The network.
        pictures: BGR pictures `(h, w, 3)` of any size by product; products without any may be missing.
        product_ids: The store's products, in its order.
    """
    rows = [(row, picture) for row, name in enumerate(product_ids) for picture in pictures.get(name, ())]
    if not rows:
        return Gallery(np.empty((0, EMBEDDING)), np.empty(0, np.int64), len(product_ids))
    squares = np.stack([squared(picture) for _, picture in rows])
    parts = [eyes.look(squares[first : first + 32]).embedding for first in range(0, len(squares), 32)]
    return Gallery(np.concatenate(parts), np.array([row for row, _ in rows]), len(product_ids))


def read_pictures(folder: Path, product_ids: Sequence[str]) -> dict[str, list[Image]]:
    """Read `folder/PRODUCT/*.jpg|png` of the given products; products without a folder have no pictures.

    Raises:
        ModelError: If a picture cannot be read.
    """
    found: dict[str, list[Image]] = {}
    for name in product_ids:
        paths = sorted(path for path in (folder / name).glob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
        if paths:
            found[name] = [read_picture(path) for path in paths]
    return found


PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png")


def read_picture(path: Path) -> Image:
    """Read one enrolment picture, BGR.

    Raises:
        ModelError: If it is no picture.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ModelError(f"{path} is not a picture that can be read; take it again or remove it")
    return np.asarray(picture, np.uint8)


def squared(picture: Image) -> Image:
    """Fit a BGR picture into a grey square `(96, 96, 3)`, its proportions kept."""
    height, width = picture.shape[:2]
    scale = CROP_PX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    square: Image = np.full((CROP_PX, CROP_PX, 3), PADDING_GREY, np.uint8)
    top, left = (CROP_PX - size[1]) // 2, (CROP_PX - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return square


def check_product_card(card: ModelCard) -> None:
    """Refuse a network that does not see products as this code wants it to.

    Raises:
        ModelError: Saying what to do.
    """
    if card.task != "embed" or (card.input.width, card.input.height) != (CROP_PX, CROP_PX):
        raise ModelError(
            f"model {card.name!r} does not embed pictures of {CROP_PX}x{CROP_PX} pixels;"
            " choose another or train it: walkout train products"
        )
