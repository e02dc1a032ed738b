"""On restless shelves units come and go as the changes say, and nothing else."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from datasets.synthetic.play.restless_shelves import RestlessShelves
from datasets.synthetic.pools import Pool
from datasets.synthetic.store.layout import StoreWish, generate_store


@pytest.fixture(scope="module")
def store():
    return generate_store(Pool.DEV, 3, StoreWish(area_m2=(9.0, 15.0)))


@pytest.fixture(scope="module")
def shelves(store):
    return RestlessShelves(store, np.random.default_rng(3))


@pytest.fixture(scope="module")
def phases(shelves):
    return shelves.phases(12)


def slots_of(store):
    return {unit_id: facing.slot_id for facing in store.facings for unit_id in facing.unit_ids}


def test_slots_gain_and_lose_as_many_units_as_the_changes_say(store, phases):
    slot_of = slots_of(store)
    for before, after in pairwise(phases):
        had, has = (Counter(slot_of[unit.unit_id] for unit in phase.units) for phase in (before, after))
        net = {slot_id: has[slot_id] - had[slot_id] for slot_id in {*had, *has}}
        told = {slot_id: change.net_units for slot_id, change in after.changes.items() if change.net_units}
        assert {slot_id: units for slot_id, units in net.items() if units} == told


def test_units_move_only_in_slots_that_were_touched_or_gained_or_lost(store, phases):
    slot_of = slots_of(store)
    for before, after in pairwise(phases):
        stood = {unit.unit_id: unit for unit in before.units}
        moved = {slot_of[unit.unit_id] for unit in after.units if stood.get(unit.unit_id, unit) != unit}
        assert moved <= {slot_id for slot_id, change in after.changes.items() if change.is_touched}


def test_every_kind_of_change_happens(phases):
    changes = [change for phase in phases for change in phase.changes.values()]

    assert {np.sign(change.net_units) for change in changes} == {-1, 0, 1}
    assert any(change.is_touched and change.net_units == 0 for change in changes)


def test_only_movable_units_move_and_the_same_seed_moves_the_same(store, shelves, phases):
    again = RestlessShelves(store, np.random.default_rng(3)).phases(12)

    assert {unit.unit_id for phase in phases for unit in phase.units} <= shelves.movable
    assert [phase.units for phase in again] == [phase.units for phase in phases]
