"""Which product stands where: the plan, and what shoppers have put down elsewhere.

The dynamic part follows the finding of the 2020 AutoCheckout winner that remembering misplaced units
is worth several points of item F1.
"""

from collections import Counter

import numpy as np
import numpy.typing as npt

from cart_tracker.store_map import ProductId, SlotId, StoreMap

FloatArray = npt.NDArray[np.float64]

MISPLACED_SHARE = 0.3  # of a pick from a slot where a foreign unit is known to lie, that it is this one
ANYTHING_SHARE = 0.02  # spread over all products: nobody saw who put it there


class Planogram:
    """Prior probability of each product in each slot."""

    def __init__(self, store_map: StoreMap) -> None:
        self._products = store_map.product_ids
        self._slots = {slot.slot_id: slot for slot in store_map.slots}
        self._strangers: dict[str, Counter[tuple[SlotId, ProductId]]] = {}
        # Asked for every slot of a shelf at every reading, changed by few of them.
        self._log_prior: dict[SlotId, FloatArray] = {}
        self.version = 0

    def remember(self, holder: str, moves: Counter[tuple[SlotId, ProductId]]) -> None:
        """Replace what is known about the units this visit left in foreign slots.

        Args:
            holder: The visit.
            moves: Units put (positive) into or taken (negative) from slots of other products.
        """
        if self._strangers.get(holder) != moves:
            self._strangers[holder] = moves
            self._log_prior.clear()
            self.version += 1

    def log_prior(self, slot_id: SlotId) -> FloatArray:
        """Log probability `(n_products,)` that a unit taken from this slot is each product; read only."""
        if slot_id not in self._log_prior:
            self._log_prior[slot_id] = self._computed(slot_id)
        return self._log_prior[slot_id]

    def _computed(self, slot_id: SlotId) -> FloatArray:
        prior = np.full(len(self._products), ANYTHING_SHARE / len(self._products))
        own = self._products.index(self._slots[slot_id].product_id)
        prior[own] += 1.0
        for index, product_id in enumerate(self._products):
            here = sum(moves[slot_id, product_id] for moves in self._strangers.values())
            if here > 0:
                prior[index] += MISPLACED_SHARE
        logs: FloatArray = np.log(prior / prior.sum())
        logs.setflags(write=False)
        return logs

    def is_home(self, slot_id: SlotId, product_id: ProductId) -> bool:
        """Does the plan put this product into this slot?"""
        return self._slots[slot_id].product_id == product_id
