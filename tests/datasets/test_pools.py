"""What is learned on, what is worked with and what is reported on share no product, no body and no store."""

from itertools import combinations

import numpy as np
import pytest

from datasets.synthetic.body.bodies import body_library
from datasets.synthetic.body.people import Person
from datasets.synthetic.goods.products import catalogue_of
from datasets.synthetic.pools import FIRST_TEST_SEED, Pool, pool_of_recording, pool_rng
from datasets.synthetic.store.layout import generate_store
from datasets.training_set import MAX_SEED, plan_layouts

PAIRS = list(combinations(Pool, 2))
SEEDS = range(4)


@pytest.fixture(scope="module")
def stores():
    return {pool: [generate_store(pool, seed) for seed in SEEDS] for pool in Pool}


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_no_product_is_sold_in_two_pools(stores, one, other):
    sold = {
        pool: {product.product_id for store in stores[pool] for product in store.assortment.products}
        for pool in (one, other)
    }

    assert sold[one] <= {product.product_id for product in catalogue_of(one)}
    assert not sold[one] & sold[other]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_no_package_family_is_in_two_pools(one, other):
    families = [{product.family for product in catalogue_of(pool)} for pool in (one, other)]

    assert not families[0] & families[1]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_no_baked_body_is_in_two_pools(one, other):
    library = body_library()
    shapes = {pool: library.shape_m[library.pool == str(pool)] for pool in (one, other)}

    assert all(len(shapes[pool]) for pool in (one, other))
    assert len(shapes[one]) + len(shapes[other]) < len(library.pool)
    for shape in shapes[one]:
        assert np.abs(shapes[other] - shape).max(axis=(1, 2)).min() > 1e-3


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_the_same_seed_gives_other_people(one, other):
    first, second = Person(one, 3), Person(other, 3)

    assert first.height_m != second.height_m
    assert first.looks != second.looks


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_no_store_is_in_two_pools(stores, one, other):
    plans = {
        pool: {
            (store.template, *np.round(store.store_map.floor_xy_m.ravel(), 4).tolist())
            for store in stores[pool]
        }
        for pool in (one, other)
    }

    assert len(plans[one]) == len(SEEDS)
    assert not plans[one] & plans[other]


def test_streams_of_pools_never_meet():
    firsts = [float(pool_rng(pool, *key).random()) for pool in Pool for key in ((1,), (2,), (1, 2))]

    assert len(set(firsts)) == len(firsts)


def test_training_never_draws_from_what_is_reported_on():
    drawn = {task.pool for seed in range(MAX_SEED + 1) for task in plan_layouts(100, 100, seed)}

    assert drawn == {Pool.TRAIN, Pool.DEV}
    assert pool_of_recording(FIRST_TEST_SEED) is Pool.TEST
    assert pool_of_recording(FIRST_TEST_SEED - 1) is Pool.DEV
