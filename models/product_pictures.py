"""Pictures of products to learn from: in hands, alone, and photographs of real ones.

TRAINING_SET/hands/{train,val,unseen}/CLASS/*-xN.jpg   around hands; CLASS "empty" or a product, N units
TRAINING_SET/portraits/train/CLASS/*.png                a package alone, transparent around it
TRAINING_SET/portraits/unseen/POOL/CLASS/*.jpg          enrolment pictures of products that training lacks
PHOTOGRAPHS/CLASS/*.jpg                                 real packages, one folder a class; optional
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.errors import TrainingDataError

Image = npt.NDArray[np.uint8]

EMPTY = "empty"
CROP_PX = 96
MOST_UNITS = 3  # in one hand, as the network counts: three stands for more
_UNITS = re.compile(r"-x(\d)(?:-s\d+)?\.jpg$")
_SIDE = re.compile(r"-s(\d+)\.jpg$")
_GREY = 114
# What a ceiling camera does to a package that a phone shows sharp: this much of it is left.
_SHRINK = (0.28, 1.0)
_BLUR_SIGMA = (0.3, 1.1)
_SHIFT = 0.12  # of the side
_GAIN, _WHITE_BALANCE, _OFFSET, _NOISE = 0.35, 0.10, 14.0, 5.0
_ZOOM = (0.78, 1.25)
_TURN_DEG = 18.0
_OVER_A_HAND = 0.7  # of portraits lie on a picture of an empty hand, the others on a plain shade
_ERASED = 0.35


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture.

    Attributes:
        label: Row of the classes; -1 for an empty hand.
        units: In the hand: 0 to 3; -1 where the picture says nothing about hands.
    """

    path: Path
    label: int
    units: int


@dataclass(frozen=True, slots=True)
class ProductPictures:
    """All pictures of one training run.

    Attributes:
        classes: Products, in the order of the labels.
    """

    classes: tuple[str, ...]
    hands: tuple[Sample, ...]
    portraits: tuple[Sample, ...]
    photographs: tuple[Sample, ...]

    def __len__(self) -> int:
        """How many pictures."""
        return len(self.hands) + len(self.portraits) + len(self.photographs)


def find_pictures(dataset: Path, photographs: Path | None, held_out: Sequence[str]) -> ProductPictures:
    """List what there is to learn from.

    Args:
        dataset: A training set.
        photographs: Folders of real packages.
        held_out: Classes of the photographs that must not be learned.

    Raises:
        TrainingDataError: If there are no hands or no portraits.
    """
    portraits = sorted((dataset / "portraits/train").glob("*/*.png"))
    hands = sorted((dataset / "hands/train").glob("*/*.jpg"))
    if not portraits or not hands:
        raise TrainingDataError(
            f"{dataset} has no pictures of products in hands/train or portraits/train;"
            " make it with: walkout simulate --training-set"
        )
    real = sorted(photographs.glob("*/*.jpg")) if photographs else []
    real = [path for path in real if path.parent.name not in set(held_out)]
    names = sorted({path.parent.name for path in (*portraits, *hands, *real)} - {EMPTY})
    row = {name: number for number, name in enumerate(names)}
    return ProductPictures(
        tuple(names),
        tuple(Sample(path, row.get(path.parent.name, -1), units_of(path)) for path in hands),
        tuple(Sample(path, row[path.parent.name], -1) for path in portraits),
        tuple(Sample(path, row[path.parent.name], -1) for path in real),
    )


def units_of(path: Path) -> int:
    """Read how many units a picture of a hand shows, at most `MOST_UNITS`.

    Raises:
        TrainingDataError: If its name does not say.
    """
    found = _UNITS.search(path.name)
    if found is None:
        raise TrainingDataError(f"{path} does not say how many units it shows; make the training set again")
    return min(int(found[1]), MOST_UNITS)


def side_px_of(path: Path) -> float:
    """Read from how large a square of its picture a hand was cut out; NaN where the name does not say."""
    found = _SIDE.search(path.name)
    return float(found[1]) if found else float("nan")


def squared(picture: Image, side_px: int) -> Image:
    """Fit a BGR picture into a grey square `(side, side, 3)`, its proportions kept."""
    height, width = picture.shape[:2]
    scale = side_px / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    square: Image = np.full((side_px, side_px, 3), _GREY, np.uint8)
    top, left = (side_px - size[1]) // 2, (side_px - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return square


def laid_on(portrait: Image, background: Image, rng: np.random.Generator) -> Image:
    """Lay a package `(h, w, 4)` near the middle of a background `(s, s, 3)`, as large as in a hand."""
    side = len(background)
    share = float(np.exp(rng.uniform(*np.log(_SHRINK))))
    size = max(10, round(share * side))
    small = cv2.resize(portrait, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32)
    shift = rng.uniform(-_SHIFT, _SHIFT, 2) * side
    left, top = (int(np.clip(round((side - size) / 2 + s), 0, side - size)) for s in shift)
    alpha = small[..., 3:] / 255
    window = background[top : top + size, left : left + size]
    mixed = background.copy()
    mixed[top : top + size, left : left + size] = np.rint(small[..., :3] * alpha + window * (1 - alpha))
    return mixed


def backdrop(empty_hands: Sequence[Sample], rng: np.random.Generator) -> Image:
    """Draw what a package is laid on: a picture of an empty hand, or a plain shade."""
    if empty_hands and rng.random() < _OVER_A_HAND:
        return read(empty_hands[int(rng.integers(len(empty_hands)))].path)
    shade: Image = np.empty((CROP_PX, CROP_PX, 3), np.uint8)
    shade[:] = np.clip(rng.uniform(20, 235) + rng.normal(0, 12, 3), 0, 255)
    return shade


def varied(picture: Image, rng: np.random.Generator) -> Image:
    """Turn, zoom, blur, recolour and partly cover a square picture, as cameras, light and fingers do."""
    side = len(picture)
    turn = cv2.getRotationMatrix2D(
        (side / 2, side / 2), rng.uniform(-_TURN_DEG, _TURN_DEG), rng.uniform(*_ZOOM)
    )
    turn = np.array(turn) + [[0, 0, shift] for shift in rng.uniform(-_SHIFT, _SHIFT, 2) * side / 2]
    turned = cv2.warpAffine(picture, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < 0.5:
        turned = cv2.GaussianBlur(turned, (0, 0), rng.uniform(*_BLUR_SIGMA))
    out = turned.astype(np.float32)
    gain = np.exp(rng.uniform(-_GAIN, _GAIN)) * np.exp(rng.normal(0, _WHITE_BALANCE, 3))
    out = out * gain + rng.uniform(-_OFFSET, _OFFSET) + rng.normal(0, rng.uniform(0, _NOISE), out.shape)
    if rng.random() < _ERASED:
        width, height = rng.integers(side // 12, side // 3, 2)
        left, top = rng.integers(0, side - width), rng.integers(0, side - height)
        out[top : top + height, left : left + width] = rng.uniform(0, 255, 3)
    varied_picture: Image = np.clip(out, 0, 255).astype(np.uint8)
    return varied_picture


def read(path: Path, flags: int = cv2.IMREAD_COLOR) -> Image:
    """Read a picture.

    Raises:
        TrainingDataError: If it cannot be.
    """
    picture = cv2.imread(str(path), flags)
    if picture is None:
        raise TrainingDataError(f"picture {path} cannot be read; make the training set again")
    return np.asarray(picture, np.uint8)
