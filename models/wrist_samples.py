"""Pictures of bodies and where their joints are, cut out of the frames of a training folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.body_picture import body_pictures, body_squares
from models.errors import TrainingDataError
from models.evaluate import PictureResult, matched, read_labels
from models.product_pictures import read
from models.training_data import KEYPOINTS, TrainingFolder

FloatArray = npt.NDArray[np.float64]

WRISTS = ("left_wrist", "right_wrist")
SIDE_PER_BOX = 1.75  # more than the network is shown: pictures are turned, shifted and made smaller
PICTURE_PX = 192
_WRIST_ROWS = [KEYPOINTS.index(name) for name in WRISTS]


class FoundPeople(Protocol):
    """People found in one picture: boxes `(n, 4)`, scores `(n,)` and keypoints `(n, 11, 3)`, in pixels."""

    @property
    def xyxy(self) -> FloatArray: ...

    @property
    def score(self) -> FloatArray: ...

    @property
    def keypoints(self) -> FloatArray: ...


FindPeople = Callable[[npt.NDArray[np.uint8]], FoundPeople]


@dataclass(frozen=True, slots=True, eq=False)
class WristSamples:
    """Bodies that the shopper network found, with at least one wrist in the frame.

    Attributes:
        picture: `(n, 192, 192, 5)` uint8, see `body_picture.body_pictures`.
        joints: `(n, 11, 2)` float32, across and down, in shares of the picture's side from its middle.
        visibility: `(n, 11)` uint8: 2 seen, 1 hidden, 0 outside the frame.
    """

    picture: npt.NDArray[np.uint8]
    joints: npt.NDArray[np.float32]
    visibility: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.picture)


def read_wrist_samples(folder: TrainingFolder, split: str, find: FindPeople) -> WristSamples:
    """Cut the bodies of `train` or `val` out of their frames.

    Args:
        folder: A training folder.
        split: Which part.
        find: The shopper network, as the store runs it: its mistakes are what is to be mended.

    Raises:
        TrainingDataError: If there are none, or a frame cannot be read.
    """
    parts = [part for path in folder.pictures(split) for part in _bodies(folder, path, find)]
    if not parts:
        raise TrainingDataError(
            f"{folder.path}, {split}: nobody has a wrist in a picture; make a set of more stores"
        )
    picture, joints, visibility = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("picture", "joints", "visibility")
    )
    return WristSamples(picture, joints, visibility)


def _bodies(folder: TrainingFolder, path: Path, find: FindPeople) -> Iterator[WristSamples]:
    frame = read(path)
    height, width = frame.shape[:2]
    xyxy, keypoints = read_labels(folder.label(path), width, height)
    people = find(frame)
    found, true = matched(PictureResult(xyxy, keypoints, people.xyxy, people.score, people.keypoints, width))
    has_wrist = (keypoints[true][:, _WRIST_ROWS, 2] > 0).any(axis=1)
    if not has_wrist.any():
        return
    found, shown = found[has_wrist], keypoints[true[has_wrist]]
    squares = body_squares(people.xyxy[found], SIDE_PER_BOX)
    joints = (shown[..., :2] - squares[:, None, :2]) / squares[:, None, 2:] - 0.5
    yield WristSamples(
        body_pictures(frame, squares, people.keypoints[found], PICTURE_PX),
        joints.astype(np.float32),
        shown[..., 2].astype(np.uint8),
    )
