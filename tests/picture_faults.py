"""What may go wrong with a camera's pictures, done to good ones."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from cart_tracker.observations import CameraId
from vision.sources import FrameSource
from vision.types import Frame, Image

BreakPicture = Callable[[Image], Image]


@dataclass
class FaultySource:
    """A camera whose pictures are broken for a while.

    Attributes:
        from_s: Capture time of the first broken picture, seconds since the epoch.
        to_s: Of the first good one after it.
    """

    source: FrameSource
    break_it: BreakPicture
    from_s: float
    to_s: float

    @property
    def camera_id(self) -> CameraId:
        return self.source.camera_id

    def __iter__(self) -> Iterator[Frame]:
        for frame in self.source:
            is_broken = self.from_s <= frame.at_s < self.to_s
            yield replace(frame, image=self.break_it(frame.image)) if is_broken else frame


@dataclass
class Frozen:
    """Gives the first picture for ever."""

    first: Image | None = None

    def __call__(self, image: Image) -> Image:
        self.first = image if self.first is None else self.first
        return self.first


def black(image: Image) -> Image:
    return np.zeros_like(image)


def dark(image: Image) -> Image:
    return (0.12 * image).astype(np.uint8)


def covered(image: Image) -> Image:
    """A hand or tape on the lens."""
    return np.full_like(image, (60, 70, 90))


def blurred(image: Image) -> Image:
    return cv2.GaussianBlur(image, (0, 0), image.shape[1] / 160)


def small(image: Image) -> Image:
    return cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA)


def blocks(image: Image, seed: int = 0) -> Image:
    """A fifth of the macroblocks from somewhere else, as after lost packets."""
    rng, torn = np.random.default_rng(seed), image.copy()
    for top in range(0, image.shape[0] - 15, 16):
        for left in range(0, image.shape[1] - 15, 16):
            if rng.random() < 0.2:
                row, column = rng.integers(0, image.shape[0] - 16), rng.integers(0, image.shape[1] - 16)
                torn[top : top + 16, left : left + 16] = image[row : row + 16, column : column + 16]
    return torn


def half_grey(image: Image) -> Image:
    """What a decoder shows that got half a picture."""
    torn = image.copy()
    torn[len(image) // 2 :] = 128
    return torn


def sunlit(image: Image) -> Image:
    """The sun shines on half the picture."""
    down, across = np.mgrid[: image.shape[0], : image.shape[1]]
    far = ((down / image.shape[0] - 0.4) / 0.5) ** 2 + ((across / image.shape[1] - 0.4) / 0.5) ** 2
    return np.clip(1.2 * image + 255 * np.exp(-far)[..., None], 0, 255).astype(np.uint8)


def shifted(image: Image) -> Image:
    """A camera that was knocked by two degrees or so."""
    shape = image.shape[1], image.shape[0]
    return cv2.warpAffine(
        image, np.float32([[1, 0, image.shape[1] / 45], [0, 1, 4]]), shape, borderMode=cv2.BORDER_REPLICATE
    )
