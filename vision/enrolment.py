"""The folder of enrolment pictures beside `store.toml`: `products/PRODUCT/*.jpg`, and how one is added."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from cart_tracker.store_map import ProductId, StoreMap
from vision.errors import EnrolmentError
from vision.products import PICTURE_SUFFIXES, Gallery, ProductEyes, build_gallery, read_pictures
from vision.types import Image

FOLDER = "products"
WANTED_PICTURES = 5  # the front, both sides, the back, and from above as cameras see it
# Closer than this, the two are told apart in a hand no more often than by chance: of 146 rendered products,
# pairs of look-alike flavours lie above, all others below.
LOOK_ALIKE_COSINE = 0.8
_LEAST_SIDE_PX = 64
_LEAST_SHARPNESS = 12.0  # variance of the Laplacian; a picture out of focus has less


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A product that looks like the one enrolled.

    Attributes:
        cosine: Of their nearest pictures; 1 for the same picture.
    """

    product_id: ProductId
    name: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What came of enrolling a product.

    Attributes:
        pictures: How many it has now.
        look_alikes: Products of the store that it will be mistaken for, the most alike first.
    """

    product_id: ProductId
    pictures: int
    look_alikes: tuple[LookAlike, ...]


def folder_of(store_toml: Path) -> Path:
    """Return where the enrolment pictures of a store lie."""
    return store_toml.parent / FOLDER


def enrol(
    store_toml: Path, store_map: StoreMap, eyes: ProductEyes, product_id: str, pictures: Sequence[Path]
) -> Enrolled:
    """Add pictures of a product and see what it looks like; nothing is copied if one is not usable.

    Args:
        store_toml: Of the store.
        store_map: What the store sells.
        eyes: The product network.
        product_id: One of its products.
        pictures: Files; the package should fill most of each.

    Raises:
        EnrolmentError: If the store does not sell it, or a picture cannot be used: which, and why.
    """
    known = {product.product_id: product for product in store_map.products}
    if ProductId(product_id) not in known:
        near = ", ".join(sorted(known)[:8])
        raise EnrolmentError(
            f"{store_toml} sells no product {product_id!r} (it has {near}{' ...' if len(known) > 8 else ''});"
            " add it under [[products]] first"
        )
    if not pictures:
        raise EnrolmentError(f"no pictures of {product_id!r}; give {WANTED_PICTURES}, of all sides")
    for path in pictures:
        _check(path)
    folder = folder_of(store_toml) / product_id
    folder.mkdir(parents=True, exist_ok=True)
    taken = sum(path.suffix.lower() in PICTURE_SUFFIXES for path in folder.iterdir())
    for number, path in enumerate(pictures, taken + 1):
        shutil.copyfile(path, folder / f"{number}{path.suffix.lower()}")
    gallery = store_gallery(store_toml, store_map, eyes)
    row = store_map.product_ids.index(ProductId(product_id))
    alike = np.nan_to_num(gallery.alike()[row], nan=-1.0)
    alike[row] = -1.0
    rows = [other for other in np.argsort(-alike) if alike[other] >= LOOK_ALIKE_COSINE]
    return Enrolled(
        ProductId(product_id),
        taken + len(pictures),
        tuple(
            LookAlike(
                store_map.products[other].product_id, store_map.products[other].name, float(alike[other])
            )
            for other in rows
        ),
    )


def store_gallery(store_toml: Path, store_map: StoreMap, eyes: ProductEyes) -> Gallery:
    """Look at all enrolment pictures of a store (about 3 ms each).

    Raises:
        ModelError: If a picture cannot be read.
    """
    pictures = read_pictures(folder_of(store_toml), store_map.product_ids)
    return build_gallery(eyes, pictures, store_map.product_ids)


def _check(path: Path) -> None:
    """Refuse what is no picture, too small, or out of focus."""
    picture: Image | None = cv2.imread(str(path), cv2.IMREAD_COLOR)  # type: ignore[assignment]
    if path.suffix.lower() not in PICTURE_SUFFIXES or picture is None:
        raise EnrolmentError(f"{path} is not a JPEG or PNG picture; take it again")
    if min(picture.shape[:2]) < _LEAST_SIDE_PX:
        raise EnrolmentError(
            f"{path} has {picture.shape[1]}x{picture.shape[0]} pixels; {_LEAST_SIDE_PX} are the least"
        )
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (160, 160), interpolation=cv2.INTER_AREA)
    if cv2.Laplacian(small, cv2.CV_64F).var() < _LEAST_SHARPNESS:
        raise EnrolmentError(f"{path} is out of focus or shows nothing; take it again, nearer and in light")
