"""What each interaction may have been, in log-likelihood: hand before and after, place, plan, manner.

The evidence of the shelf (`SlotChanged`) is shared by all interactions at a slot and therefore enters
in `attribution`.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cart_tracker.hand_looks import HandStory
from cart_tracker.interactions import Interaction
from cart_tracker.planogram import Planogram
from cart_tracker.store_map import ProductId, Slot, SlotId, StoreMap
from cart_tracker.visits import EventKind

FloatArray = npt.NDArray[np.float64]

KEPT_HYPOTHESES = 8
KEPT_PER_CHANGE = 2
HOPELESS_NATS = 12.0  # no other evidence makes up for so much
# One, two, three or more units at a time: none of 670 scripted picks of mixed shopping was of more than one
# (dedicated scenarios are), and people do it a little oftener than our scripts.
LOG_QUANTITY = np.log([0.95, 0.035, 0.015])
COUNTED_PRODUCTS = 2  # so many of the likeliest picks and put-backs may have been several units
LOG_PRIOR = {EventKind.PICK: np.log(0.5), EventKind.PUT: np.log(0.15), EventKind.TOUCH: np.log(0.35)}
LOG_HOME = np.log(0.7)  # most put-backs go home
LOG_FOREIGN = np.log(0.3 / 3)  # anywhere else, one of about three things that somebody may hold
# Manner: nats by which a move explains it better than a hand that touches, hangs or passes before a shelf, a
# sum of lines through (value where it says nothing, nats per unit). Logistic regression on 132 reaches of
# moves and 289 of others in fifteen rendered recordings: people stand still to take something (one in a
# hundred walked faster than 0.3 m/s), and their hands come to the front; further in is no better.
BODY_SPEED_M_S = (0.25, -7.5)
DURATION_LOG_S = (0.5, 0.5)
DEPTH_M = (-0.07, 12.0)
DEEPEST_M = 0.0
MANNER_RANGE = (-4.0, 1.5)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One thing an interaction may have been.

    Attributes:
        product_id: None for a touch.
        slot_id: None where no shelf was near.
        log_likelihood: Nats, up to a constant common to the interaction.
    """

    kind: EventKind
    product_id: ProductId | None
    slot_id: SlotId | None
    log_likelihood: float
    quantity: int = 1


def hypotheses(
    interaction: Interaction,
    story: HandStory,
    changed: Set[SlotId],
    planogram: Planogram,
    store_map: StoreMap,
) -> tuple[Hypothesis, ...]:
    """List the most likely explanations of one interaction; the touch is always among them.

    Args:
        interaction: The hand in the shelf.
        story: What the looks at this hand say.
        changed: Slots that looked different afterwards; what they suggest is always listed.
        planogram: Which product stands where.
        store_map: The store.
    """
    shelf = next(shelf for shelf in store_map.shelves if shelf.shelf_id == interaction.shelf_id)
    place = interaction.reach.slot_log_likelihood - np.logaddexp.reduce(interaction.reach.slot_log_likelihood)
    move, touch = _manner(interaction)
    move -= interaction.reach.unseen_nats
    likeliest_slot = shelf.slots[int(np.argmax(place))].slot_id
    # One touch of one slot, as one move is of one: else not knowing which would speak against every move.
    nothing = LOG_PRIOR[EventKind.TOUCH] + touch + story.touch + float(place.max())
    plan = np.stack([planogram.log_prior(slot.slot_id) for slot in shelf.slots])
    is_home = np.array([[slot.product_id == one for one in store_map.product_ids] for slot in shelf.slots])
    common = (place + move)[:, None]
    pick = LOG_PRIOR[EventKind.PICK] + common + (plan + story.pick)
    put = LOG_PRIOR[EventKind.PUT] + common + np.where(is_home, LOG_HOME, LOG_FOREIGN) + story.put
    kept = [
        Hypothesis(EventKind.TOUCH, None, likeliest_slot, nothing),
        *_counted(
            _best(EventKind.PICK, pick, shelf.slots, store_map.product_ids, changed), story.units_after
        ),
        *_counted(_best(EventKind.PUT, put, shelf.slots, store_map.product_ids, changed), story.units_before),
    ]
    least = max(one.log_likelihood for one in kept) - HOPELESS_NATS
    return tuple(
        one
        for one in kept
        if one.log_likelihood > least or one.kind is EventKind.TOUCH or one.slot_id in changed
    )


def _manner(interaction: Interaction) -> tuple[float, float]:
    """Log likelihood of depth, duration and walking for a real move and for a touch."""
    reach = interaction.reach
    duration_s = max(reach.out_s - reach.in_s, 0.05)
    score = (
        BODY_SPEED_M_S[1] * (reach.speed_m_s - BODY_SPEED_M_S[0])
        + DURATION_LOG_S[1] * float(np.log(duration_s / DURATION_LOG_S[0]))
        + DEPTH_M[1] * (min(reach.depth_m, DEEPEST_M) - DEPTH_M[0])
    )
    score = float(np.clip(score, *MANNER_RANGE))
    return -float(np.logaddexp(0.0, -score)), -float(np.logaddexp(0.0, score))


def _counted(found: Sequence[Hypothesis], units_nats: FloatArray) -> list[Hypothesis]:
    """Say that it was one unit, and of the likeliest, that it may have been two or three.

    Args:
        found: The likeliest first, one unit each.
        units_nats: `(3,)` what the hand looked like with one, two and three units.
    """
    share = LOG_QUANTITY + units_nats
    share = share - np.logaddexp.reduce(share)
    counted = [replace(one, log_likelihood=one.log_likelihood + float(share[0])) for one in found]
    for one in found[:COUNTED_PRODUCTS]:
        counted += [
            replace(one, log_likelihood=one.log_likelihood + float(share[units - 1]), quantity=units)
            for units in (2, 3)
        ]
    return counted


def _best(
    kind: EventKind,
    nats: FloatArray,
    slots: Sequence[Slot],
    products: Sequence[ProductId],
    changed: Set[SlotId],
) -> list[Hypothesis]:
    """Spell out the likeliest of `nats` `(n_slots, n_products)`, and the likeliest of every changed slot."""
    kept = [int(cell) for cell in np.argsort(-nats, axis=None, kind="stable")[:KEPT_HYPOTHESES]]
    named = {slot.slot_id: row for row, slot in enumerate(slots)}
    for row in (named[slot_id] for slot_id in sorted(changed) if slot_id in named):
        suggested = row * len(products) + np.argsort(-nats[row], kind="stable")[:KEPT_PER_CHANGE]
        kept += [int(cell) for cell in suggested if cell not in kept]
    cells = (divmod(cell, len(products)) for cell in kept)
    return [
        Hypothesis(kind, products[column], slots[row].slot_id, float(nats[row, column]))
        for row, column in cells
    ]
