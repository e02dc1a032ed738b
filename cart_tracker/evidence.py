"""What each interaction may have been, in log-likelihood: hand before and after, place, plan, time.

The evidence of the shelf (`SlotChanged`) is shared by all interactions at a slot and therefore enters
in `attribution`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cart_tracker.identity import ShopperId
from cart_tracker.interactions import Interaction
from cart_tracker.observations import Hand
from cart_tracker.planogram import Planogram
from cart_tracker.store_map import ProductId, SlotId, StoreMap
from cart_tracker.visits import EventKind

FloatArray = npt.NDArray[np.float64]

WINDOW_S = 0.9  # how long before and after the shelf a hand is looked at
WINDOW_MARGIN_S = 0.1  # at the edges the hand is half in the shelf
CLASSIFIER_ERROR = 0.04  # of the hand classifier, whatever it claims; keeps one frame from deciding
CORRELATED_FRAMES = 2.5  # so many frames in a row make the same mistake
MOST_FRAMES = 3.0  # independent looks that one window can be worth
KEPT_HYPOTHESES = 8
LOG_PRIOR = {EventKind.PICK: np.log(0.55), EventKind.PUT: np.log(0.15), EventKind.TOUCH: np.log(0.30)}
LOG_HOME = np.log(0.7)  # most put-backs go home
LOG_FOREIGN = np.log(0.3)
CARRYING = 0.15  # of the hands that take something, these hold something else already
TOUCH_DEPTH_M = 0.02  # a hand this deep is as likely to touch as to take
TOUCH_DEPTH_SCALE_M = 0.02
TOUCH_S = 0.35  # a visit this short is as likely a touch as a take
TOUCH_SCALE_S = 0.12


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One thing an interaction may have been.

    Attributes:
        product_id: None for a touch.
        log_likelihood: Nats, up to a constant common to the interaction.
    """

    kind: EventKind
    product_id: ProductId | None
    slot_id: SlotId
    log_likelihood: float


class HandEvidence:
    """What every hand seemed to hold, frame by frame."""

    def __init__(self, n_products: int) -> None:
        self._n = n_products
        self._looks: dict[tuple[ShopperId, Hand], list[tuple[float, FloatArray]]] = {}

    def add(self, shopper_id: ShopperId, hand: Hand, at_s: float, log_likelihood: FloatArray) -> None:
        """Add one look; a vector of the wrong length is ignored."""
        if len(log_likelihood) != self._n + 1:
            return
        share = np.exp(log_likelihood - log_likelihood.max())
        share = (1.0 - CLASSIFIER_ERROR) * share / share.sum() + CLASSIFIER_ERROR / (self._n + 1)
        looks = self._looks.setdefault((shopper_id, hand), [])
        looks.insert(bisect_right(looks, at_s, key=lambda look: look[0]), (at_s, np.log(share)))

    def merge(self, gone: ShopperId, kept: ShopperId) -> None:
        """Hand the looks of one id over to another."""
        for hand in Hand:
            moved = self._looks.pop((gone, hand), [])
            if moved:
                own = self._looks.get((kept, hand), [])
                self._looks[kept, hand] = sorted(own + moved, key=lambda look: look[0])

    def between(self, shopper_id: ShopperId, hand: Hand, from_s: float, to_s: float) -> FloatArray:
        """Log likelihood `(1 + n_products,)` of what the hand held between two times; zeros if unseen.

        Frames in a row share their errors, so their sum is tempered to the number of independent looks.
        """
        looks = self._looks.get((shopper_id, hand), [])
        first = bisect_left(looks, from_s, key=lambda look: look[0])
        last = bisect_right(looks, to_s, key=lambda look: look[0])
        if first >= last:
            return np.zeros(self._n + 1)
        frames = np.stack([look for _, look in looks[first:last]])
        worth = min(1.0 + (len(frames) - 1) / CORRELATED_FRAMES, MOST_FRAMES)
        total = frames.mean(axis=0) * worth
        nats: FloatArray = total - total.max()
        return nats


def hypotheses(
    interaction: Interaction, before: FloatArray, after: FloatArray, planogram: Planogram, store_map: StoreMap
) -> tuple[Hypothesis, ...]:
    """List the most likely explanations of one interaction; the touch is always among them.

    Args:
        interaction: The hand in the shelf.
        before: `(1 + n_products,)` log likelihood of what the hand held before, column 0 empty.
        after: The same afterwards.
        planogram: Which product stands where.
        store_map: The store.
    """
    shelf = next(shelf for shelf in store_map.shelves if shelf.shelf_id == interaction.shelf_id)
    place = interaction.slot_log_likelihood - np.logaddexp.reduce(interaction.slot_log_likelihood)
    real, touch = _is_real(interaction)
    carried = float(np.logaddexp.reduce(before[1:] + after[1:])) - np.log(len(before) - 1)
    untouched = float(np.logaddexp(np.log(0.6) + before[0] + after[0], np.log(0.4) + carried))
    likeliest_slot = shelf.slots[int(np.argmax(place))].slot_id
    found = [
        Hypothesis(EventKind.TOUCH, None, likeliest_slot, LOG_PRIOR[EventKind.TOUCH] + touch + untouched)
    ]
    taken = _changed(before, after)
    returned = _changed(after, before)
    for slot, slot_nats in zip(shelf.slots, place, strict=True):
        plan = planogram.log_prior(slot.slot_id)
        for index, product_id in enumerate(store_map.product_ids):
            common = float(slot_nats) + real
            pick = LOG_PRIOR[EventKind.PICK] + common + float(plan[index] + taken[index])
            found.append(Hypothesis(EventKind.PICK, product_id, slot.slot_id, pick))
            home = LOG_HOME if planogram.is_home(slot.slot_id, product_id) else LOG_FOREIGN
            put = LOG_PRIOR[EventKind.PUT] + common + home + float(returned[index])
            found.append(Hypothesis(EventKind.PUT, product_id, slot.slot_id, put))
    return _best(found)


def _changed(empty_side: FloatArray, full_side: FloatArray) -> FloatArray:
    """Log likelihood `(n_products,)` that the hand was empty on one side and held each on the other."""
    other = np.logaddexp.reduce(empty_side[1:]) - np.log(len(empty_side) - 1)
    free = np.logaddexp(np.log(1.0 - CARRYING) + empty_side[0], np.log(CARRYING) + other)
    nats: FloatArray = free + full_side[1:]
    return nats


def _is_real(interaction: Interaction) -> tuple[float, float]:
    """Log likelihood of depth and duration for a real move and for a touch."""
    depth = (interaction.depth_m - TOUCH_DEPTH_M) / TOUCH_DEPTH_SCALE_M
    duration = (interaction.out_s - interaction.in_s - TOUCH_S) / TOUCH_SCALE_S
    score = float(np.clip(min(depth, duration), -3.0, 1.0))
    return -float(np.logaddexp(0.0, -score)), -float(np.logaddexp(0.0, score))


def _best(found: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    touch, *moves = found
    picks = [one for one in moves if one.kind is EventKind.PICK]
    puts = [one for one in moves if one.kind is EventKind.PUT]
    kept = [touch]
    for group in (picks, puts):
        kept += sorted(group, key=lambda one: -one.log_likelihood)[:KEPT_HYPOTHESES]
    return tuple(kept)
