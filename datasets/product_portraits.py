"""Pictures to enrol products with, and pictures to learn products from: one package each, no store.

Enrolment pictures are what an operator takes with a phone, five a product, JPEG. Pictures to learn from are
taken from anywhere and keep their transparency, so that training can lay them on other pictures.
"""

from pathlib import Path

import cv2
import numpy as np

from datasets.synthetic.goods.artwork import Atlas
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.picture.portraits import (
    ENROLMENT_VIEWS,
    Image,
    Portrait,
    PortraitStudio,
    PortraitView,
)

ENROLMENT_PX = 160
TRAINING_PX = 96
_QUALITY = 90
_TABLE_BGR = (150.0, 215.0)  # what a package stands on while it is enrolled: some bright grey


def write_enrolment_pictures(
    folder: Path, assortment: Assortment, atlas: Atlas, rng: np.random.Generator
) -> None:
    """Write `folder/PRODUCT/N.jpg`, the five views of every product of a store with its printed matter."""
    studio = PortraitStudio(assortment, atlas)
    for row, product in enumerate(assortment.products):
        for number, view in enumerate(ENROLMENT_VIEWS, 1):
            picture = studio.take(row, _held_askew(view, rng), ENROLMENT_PX).on(_table(rng))
            path = folder / product.product_id / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])


def write_training_portraits(
    folder: Path, assortment: Assortment, atlas: Atlas, name: str, views: int, rng: np.random.Generator
) -> None:
    """Write `folder/PRODUCT/NAME-N.png` with transparency, `views` pictures of what a store sells."""
    studio = PortraitStudio(assortment, atlas)
    for row, product in enumerate(assortment.products):
        (folder / product.product_id).mkdir(parents=True, exist_ok=True)
        for number in range(views):
            portrait = studio.take(row, _anywhere(rng), TRAINING_PX)
            cv2.imwrite(str(folder / product.product_id / f"{name}-{number}.png"), _with_alpha(portrait))


def _held_askew(view: PortraitView, rng: np.random.Generator) -> PortraitView:
    """Nobody holds a phone exactly where they are told to."""
    azimuth, elevation, roll = rng.normal(0.0, (0.12, 0.06, 0.06))
    return PortraitView(
        view.azimuth_rad + azimuth, view.elevation_rad + elevation, roll, float(rng.uniform(-1.2, 1.2))
    )


def _anywhere(rng: np.random.Generator) -> PortraitView:
    """Draw a view from above as often as from the side, upright more often than not."""
    upright = rng.random() < 0.6
    return PortraitView(
        float(rng.uniform(-np.pi, np.pi)),
        float(rng.uniform(-0.2, 1.35)),
        float(rng.normal(0.0, 0.25) if upright else rng.uniform(-np.pi, np.pi)),
        float(rng.uniform(-np.pi, np.pi)),
    )


def _table(rng: np.random.Generator) -> Image:
    shade = rng.uniform(*_TABLE_BGR) + rng.normal(0.0, 6.0, 3)
    ramp = np.linspace(rng.uniform(-18, 0), rng.uniform(0, 18), ENROLMENT_PX)[:, None, None]
    table: Image = np.clip(shade + ramp + np.zeros((1, ENROLMENT_PX, 1)), 0, 255).astype(np.uint8)
    return table


def _with_alpha(portrait: Portrait) -> Image:
    alpha = np.rint(255 * portrait.coverage).astype(np.uint8)[..., None]
    picture: Image = np.concatenate([portrait.image, alpha], axis=2)
    return picture
