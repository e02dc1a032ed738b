"""From the picture of a change to what it says: log-likelihoods, and how many units.

The network compares both looks (Siamese change detection: Daudt et al., Fully Convolutional Siamese Networks
for Change Detection, ICIP 2018; differs: one verdict for one place, and a picture and its reverse say
opposite things with equal strength by construction).
"""

from collections.abc import Sequence

import numpy as np

from cart_tracker.observations import SlotLogLikelihood
from models.card import ModelCard
from models.slot_samples import KINDS, PICTURE_PX
from vision.errors import ModelError
from vision.inference import Session
from vision.slot_change import Comparison
from vision.slot_picture import PlaneArray
from vision.slot_views import SlotRectangle

MAX_NATS = 6.0  # no camera is ever surer; the calibration was measured on too few pictures for more
# Fronts of a unit that change for each that moves: 1.05 in the middle of 15 single picks, up to 2.4 where a
# camera sees lids and units behind; one unit is several times as common as two.
AREA_PER_UNIT = 1.4
UNSURE_SIGN_NATS = 0.5


class SlotReader:
    """Says what changed in a slot."""

    def __init__(self, session: Session) -> None:
        """Prepare for a network that `check_slot_card` has accepted."""
        self._session = session

    def read(self, pictures: Sequence[PlaneArray]) -> list[SlotLogLikelihood]:
        """Weigh pictures `(10, 48, 64)`; relative to "nothing", each at most `MAX_NATS`."""
        if not pictures:
            return []
        nats = self._session.run(np.stack(pictures).astype(np.float32)).astype(np.float64)
        if nats.shape != (len(pictures), len(KINDS)):
            raise ModelError(
                f"the slot network returned shape {nats.shape}, expected ({len(pictures)}, {len(KINDS)});"
                " export it again with 'walkout export'"
            )
        relative = np.clip(nats[:, 1:] - nats[:, :1], -MAX_NATS, MAX_NATS)
        return [SlotLogLikelihood(0.0, *np.round(row, 3).tolist()) for row in relative]


def check_slot_card(card: ModelCard) -> None:
    """Refuse a network that is not for slots.

    Raises:
        ModelError: If its task, classes or input differ.
    """
    size = (card.input.width, card.input.height)
    if card.task != "compare" or card.classes != KINDS or size != PICTURE_PX:
        raise ModelError(
            f"model {card.name!r} is no slot network of this version (task {card.task!r}, input"
            f" {size[0]}x{size[1]}); name another slot_model in [vision]"
        )


def units_moved(
    compared: Comparison, likelihood: SlotLogLikelihood, rectangle: SlotRectangle, level: int
) -> float:
    """Estimate how many units left (negative) or came; 0.0 if that is open.

    Args:
        compared: How the look changed.
        likelihood: What that says.
        rectangle: The slot, which can hold so many.
        level: How many more it holds than when the store opened.
    """
    if abs(likelihood.taken - likelihood.came) < UNSURE_SIGN_NATS:
        return 0.0
    count = max(round(compared.area / AREA_PER_UNIT), 1)
    if likelihood.taken > likelihood.came:
        return -float(min(count, max(rectangle.stock + level, 1)))
    return float(min(count, max(rectangle.capacity - rectangle.stock - level, 1)))
