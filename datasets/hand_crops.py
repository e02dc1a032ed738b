"""Pictures of hands out of rendered frames, sorted by what they hold: `hands/SPLIT/CLASS/*.jpg`, 96x96.

A name ends with the number of units in the hand and the side of what was cut out: `...-x2-s58.jpg` shows two
of one product, out of 58 x 58 pixels.
"""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from datasets.labels import is_worth_a_label, label_box
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.play.snapshots import Snapshot
from datasets.synthetic.scene import FloatArray, Keypoint, PersonTruth, RenderedFrame
from vision.hand_crop import cut_hands, hand_crop_box

EMPTY = "empty"
_EMPTY_TIMES = 2  # empty hands look more different than any product
_HELD_VISIBILITY = 0.3
_CROP_JITTER = 0.1
_QUALITY = 92

Image = npt.NDArray[np.uint8]


class HandCrops:
    """Cuts hands out of the frames of one store, at most so many of each product."""

    def __init__(self, folder: Path, assortment: Assortment, most_per_class: int) -> None:
        """Sort into the folders `EMPTY` and product ids under `folder`."""
        self._folder, self._assortment = folder, assortment
        self._most = most_per_class
        self._taken: Counter[str] = Counter()

    def cut(
        self,
        name: str,
        image: Image,
        frame: RenderedFrame,
        snapshot: Snapshot,
        rng: np.random.Generator,
    ) -> None:
        """Cut the hands of one picture (as its readers see it) whose wrists can be seen."""
        units = {(unit.person, unit.hand): unit for unit in snapshot.held}
        held = Counter((unit.person, unit.hand) for unit in snapshot.held)
        seen = {unit.unit_id: unit.visibility for unit in frame.units}
        for person in frame.people:
            for hand in (0, 1):
                unit = units.get((person.person, hand))
                if unit is not None and seen.get(unit.unit_id, 0.0) < _HELD_VISIBILITY:
                    continue
                kind = EMPTY if unit is None else self._assortment[unit.product_index].product_id
                square = _hand_square(person, hand, image)
                if square is None or not self._take(kind):
                    continue
                crop = cut_hands(image, _jittered(square, rng)[None])[0]
                count, side = held[person.person, hand], round(float(square[2] - square[0]))
                path = self._folder / kind / f"{name}-{person.person}{hand}-x{count}-s{side}.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), crop, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])

    def _take(self, kind: str) -> bool:
        """Tell whether one more of this class is wanted, and count it."""
        self._taken[kind] += 1
        return self._taken[kind] <= self._most * (_EMPTY_TIMES if kind == EMPTY else 1)


def _hand_square(person: PersonTruth, hand: int, image: Image) -> FloatArray | None:
    """Return the box `(4,)` around a hand as a store would cut it; None if it would not."""
    box = label_box(
        person.visibility, person.visible_xyxy, person.amodal_xyxy, (image.shape[1], image.shape[0])
    )
    elbow, wrist = Keypoint.LEFT_ELBOW + hand, Keypoint.LEFT_WRIST + hand
    if not is_worth_a_label(person.visibility, box) or person.keypoint_visible[wrist] != 2:
        return None
    elbow_uv = person.keypoint_uv[elbow] if person.keypoint_visible[elbow] else np.full(2, np.nan)
    return hand_crop_box(elbow_uv, person.keypoint_uv[wrist], np.asarray(box[3] - box[1]))


def _jittered(square_xyxy: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Shift and scale a square as an imperfect detector would."""
    centre, side = (square_xyxy[:2] + square_xyxy[2:]) / 2, square_xyxy[2] - square_xyxy[0]
    centre = centre + rng.uniform(-_CROP_JITTER, _CROP_JITTER, 2) * side
    half = side * rng.uniform(1 - _CROP_JITTER, 1 + _CROP_JITTER) / 2
    return np.concatenate([centre - half, centre + half])
