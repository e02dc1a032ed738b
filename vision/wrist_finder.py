"""Find the wrists of people at shelves again, in a picture of each body alone.

The shopper network sees a whole store at a quarter of the pixels, where an arm is three pixels wide. Who
stands within reach of a shelf is looked at once more, body by body and as sharp as the camera sees it (Chen
et al., Cascaded Pyramid Network, CVPR 2018, find joints in such pictures). What comes back is a distribution:
its mean, its spread, and whether the wrist can be seen.
"""

from dataclasses import replace

import numpy as np

from cart_tracker.store_map import StoreMap
from models.body_picture import PICTURE_PX, body_pictures, body_squares
from models.card import ModelCard
from vision.boxes import FloatArray
from vision.errors import ModelError
from vision.hands import near_shelves
from vision.inference import Session
from vision.keypoints import WRISTS
from vision.tracklets import HIGH_SCORE
from vision.types import BoolArray, Detections, Image

CLASSES = tuple(wrist.name.lower() for wrist in WRISTS)
_RED_FIRST = [2, 1, 0, 3, 4]  # of the planes of a body's picture
_NUMBERS = 4  # across, down, spread and whether it can be seen


class WristFinder:
    """A wrist network of one worker."""

    def __init__(self, session: Session) -> None:
        """Prepare for a network that `check_wrist_card` has accepted."""
        self._session = session

    def find(self, image: Image, people: Detections, chosen: BoolArray) -> Detections:
        """Put the wrists of the `chosen` `(n,)` people where they are in a BGR picture.

        Returns:
            The same people; wrists of those looked at have their confidence and spread from here.
        """
        rows = np.flatnonzero(chosen)
        if len(rows) == 0:
            return people
        squares = body_squares(people.xyxy[rows])
        found = self._look(body_pictures(image, squares, people.keypoints[rows]))
        side = squares[:, 2, None]
        keypoints, sigma_px = people.keypoints.copy(), people.wrist_sigma_px.copy()
        where = np.ix_(rows, np.asarray(WRISTS, np.int64))
        keypoints[..., :2][where] = squares[:, None, :2] + found[..., :2] * side[..., None]
        keypoints[..., 2][where] = found[..., 3]
        sigma_px[rows] = found[..., 2] * side
        return replace(people, keypoints=keypoints, wrist_sigma_px=sigma_px)

    def _look(self, bodies: Image) -> FloatArray:
        """Wrists `(n, 2, 4)` in pictures `(n, side, side, 5)`, in shares of a picture's side."""
        planes = bodies[..., _RED_FIRST].transpose(0, 3, 1, 2)
        batch = np.ascontiguousarray(planes, np.float32) / np.float32(255)
        found = self._session.run(batch).astype(np.float64)
        if found.shape != (len(bodies), len(WRISTS), _NUMBERS):
            raise ModelError(
                f"the wrist network returned shape {found.shape}, expected"
                f" ({len(bodies)}, {len(WRISTS)}, {_NUMBERS}); export it again with 'walkout export'"
            )
        return found


def people_at_shelves(people: Detections, floor_xy_m: FloatArray, store_map: StoreMap) -> BoolArray:
    """Who `(n,)` is worth a closer look: people found for sure, standing within reach of a shelf."""
    at_shelves: BoolArray = near_shelves(floor_xy_m, store_map) & (people.score >= HIGH_SCORE)
    return at_shelves


def check_wrist_card(card: ModelCard) -> None:
    """Refuse a network that does not find wrists.

    Raises:
        ModelError: If its task, classes or input differ.
    """
    size = (card.input.width, card.input.height)
    if card.task != "locate" or card.classes != CLASSES or size != (PICTURE_PX, PICTURE_PX):
        raise ModelError(
            f"model {card.name!r} is no wrist network of this version (task {card.task!r}, input"
            f" {size[0]}x{size[1]}); name another wrist_model in [vision]"
        )
