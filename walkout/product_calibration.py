"""Find out what the product network's outputs mean: pictures of hands with products that training lacked.

Stores whose seed is even are calibrated on, the others scored on. Source: temperature scaling, Guo et al., On
Calibration of Modern Neural Networks, ICML 2017.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.errors import TrainingDataError
from models.product_pictures import units_of
from vision.boxes import FloatArray
from vision.inference import OnnxSession
from vision.products import Gallery, ProductEyes, ProductLooks, build_gallery, read_pictures, squared
from vision.types import IntArray

_COSINES = np.geomspace(2.0, 80.0, 80)  # tried nats of a perfect match
_UNITS = np.geomspace(0.2, 2.0, 40)  # tried factors of the log odds
_EMPTY = np.linspace(-2.0, 3.0, 51)  # tried additions to those of an empty hand
_BATCH = 64


@dataclass(frozen=True, slots=True, eq=False)
class UnseenHands:
    """Hands with products that training lacked, as a network sees them.

    Attributes:
        paths: Of the pictures.
        product: `(n,)` rows of the gallery's products; -1 for empty hands.
        units: `(n,)` in the hand.
        looks: What the network says.
        gallery: Of what training lacked.
    """

    paths: tuple[Path, ...]
    product: IntArray
    units: IntArray
    looks: ProductLooks
    gallery: Gallery


def is_for_scoring(path: Path) -> bool:
    """Tell whether a picture of a hand is of a store that is scored on: `SEED-...jpg`."""
    return int(path.name.split("-")[0]) % 2 == 1


def look_at_unseen(weights: Path, dataset: Path, wanted: Callable[[Path], bool]) -> UnseenHands:
    """Look at the wanted pictures of `hands/unseen`, and at the enrolment pictures in `portraits/unseen`.

    Raises:
        TrainingDataError: If there are none.
    """
    eyes = ProductEyes(OnnxSession(weights))
    folders = sorted(path for path in (dataset / "portraits/unseen").glob("*/*") if path.is_dir())
    paths = tuple(path for path in sorted((dataset / "hands/unseen").glob("*/*.jpg")) if wanted(path))
    if not folders or not paths:
        raise TrainingDataError(f"{dataset} has no hands/unseen or portraits/unseen; make it again")
    names = [folder.name for folder in folders]
    pictures = {folder.name: read_pictures(folder.parent, [folder.name])[folder.name] for folder in folders}
    row = {name: number for number, name in enumerate(names)}
    squares = np.stack([squared(np.asarray(cv2.imread(str(path)), np.uint8)) for path in paths])
    looks = [eyes.look(squares[first : first + _BATCH]) for first in range(0, len(squares), _BATCH)]
    return UnseenHands(
        paths,
        np.array([row.get(path.parent.name, -1) for path in paths], np.int64),
        np.array([units_of(path) for path in paths], np.int64),
        ProductLooks(
            np.concatenate([look.embedding for look in looks]),
            np.concatenate([look.units_log_odds for look in looks]),
        ),
        build_gallery(eyes, pictures, names),
    )


def calibrate(dataset: Path, weights: Path) -> tuple[float, float, float]:
    """Choose the nats of a perfect match and the log odds of units under which truth is likeliest.

    Empty and full hands count alike, so that what comes out are likelihoods: how often hands are full is for
    others to know.

    Args:
        dataset: A training set.
        weights: A product network exported without either.

    Returns:
        The fields of `product_export.Nats`.
    """
    hands = look_at_unseen(weights, dataset, lambda path: not is_for_scoring(path))
    holds = hands.product >= 0
    true = hands.product[holds]
    embedding = hands.looks.embedding[holds]
    losses = []
    for nats in _COSINES:
        length = float(np.sqrt(nats))
        gallery = Gallery(hands.gallery.embedding * length, hands.gallery.product, hands.gallery.n_products)
        losses.append(_loss(gallery.log_likelihood(embedding * length), true))
    weight = np.where(holds, 0.5 / holds.sum(), 0.5 / (~holds).sum())
    tried = [(factor, empty) for factor in _UNITS for empty in _EMPTY]
    units = [
        _loss(_normal(hands.looks.units_log_odds * factor + [empty, 0, 0, 0]), hands.units, weight)
        for factor, empty in tried
    ]
    factor, empty = tried[int(np.argmin(units))]
    return float(_COSINES[int(np.argmin(losses))]), float(factor), float(empty)


def _loss(log_probability: FloatArray, true: IntArray, weight: FloatArray | None = None) -> float:
    return -float(np.average(log_probability[np.arange(len(true)), true], weights=weight))


def _normal(log_odds: FloatArray) -> FloatArray:
    normal: FloatArray = log_odds - np.logaddexp.reduce(log_odds, axis=1, keepdims=True)
    return normal
