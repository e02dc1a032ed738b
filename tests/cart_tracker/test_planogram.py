from collections import Counter
from math import exp

import pytest

from cart_tracker.planogram import Planogram
from cart_tracker.store_map import SlotId
from tests.cart_tracker.observation_simulator import store_map

MAP = store_map()
SLOT = MAP.slots[0]
STRANGER = MAP.product_ids[5]


def prior(planogram: Planogram, product: str) -> float:
    return exp(planogram.log_prior(SLOT.slot_id)[MAP.product_ids.index(product)])


def test_a_slot_holds_what_the_plan_says():
    planogram = Planogram(MAP)

    assert prior(planogram, SLOT.product_id) > 0.95
    assert planogram.is_home(SLOT.slot_id, SLOT.product_id)


def test_a_unit_put_into_a_foreign_slot_is_remembered_until_it_is_taken():
    planogram = Planogram(MAP)
    before = prior(planogram, STRANGER)

    planogram.remember("visit-1", Counter({(SLOT.slot_id, STRANGER): 1}))
    assert prior(planogram, STRANGER) > 50 * before

    planogram.remember("visit-2", Counter({(SLOT.slot_id, STRANGER): -1}))
    assert prior(planogram, STRANGER) == pytest.approx(before)


def test_priors_are_probabilities():
    planogram = Planogram(MAP)
    planogram.remember("visit-1", Counter({(SlotId("wall-0-0"), STRANGER): 1}))

    assert sum(prior(planogram, product) for product in MAP.product_ids) == pytest.approx(1.0)
