from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.synthetic.goods.kinds import SHAPES, Form
from datasets.synthetic.goods.panels import MOST_PRODUCTS
from datasets.synthetic.goods.products import CatalogueProduct, catalogue_of, draw_assortment
from datasets.synthetic.pools import Pool

LEAST_DESIGNS = {Pool.TRAIN: 150, Pool.DEV: 40, Pool.TEST: 40}
EVERYTHING = [product for pool in Pool for product in catalogue_of(pool)]


def families(products: tuple[CatalogueProduct, ...]) -> dict[str, list[CatalogueProduct]]:
    found: dict[str, list[CatalogueProduct]] = {}
    for product in products:
        found.setdefault(product.family, []).append(product)
    return found


@pytest.mark.parametrize("pool", Pool)
def test_every_pool_has_enough_designs_in_all_seven_shapes(pool: Pool) -> None:
    catalogue = catalogue_of(pool)
    assert len(catalogue) >= LEAST_DESIGNS[pool]
    for shape in SHAPES:
        proportions = {product.size_m for product in catalogue if product.shape == shape}
        assert len(proportions) >= 2


def test_no_two_pools_share_a_brand_a_layout_or_an_id() -> None:
    brands = [{product.design.family.brand for product in catalogue_of(pool)} for pool in Pool]
    seeds = [{product.design.family.seed for product in catalogue_of(pool)} for pool in Pool]
    for sets in (brands, seeds):
        assert len(set.union(*sets)) == sum(len(one) for one in sets)
    assert len({product.product_id for product in EVERYTHING}) == len(EVERYTHING)
    assert len({product.design.ean13 for product in EVERYTHING}) == len(EVERYTHING)


def test_flavours_of_a_family_cannot_be_told_apart_by_size_weight_or_price() -> None:
    for pool in Pool:
        for members in families(catalogue_of(pool)).values():
            assert 2 <= len(members) <= 5
            alike = {(p.shape, p.size_m, p.weight_g, p.price_minor, p.design.family) for p in members}
            assert len(alike) == 1
            assert len({product.design.flavour.word for product in members}) == len(members)


@pytest.mark.parametrize("form", Form)
def test_every_form_of_package_is_sold(form: Form) -> None:
    assert any(product.form == form for product in catalogue_of(Pool.TRAIN))


def test_sizes_weights_and_prices_are_those_of_a_shop() -> None:
    for product in EVERYTHING:
        assert all(0.01 <= edge <= 0.32 for edge in product.size_m)
        volume_l = float(np.prod(product.size_m)) * 1000
        assert 20 <= product.weight_g <= 2000
        assert product.weight_g / 1000 <= 1.35 * volume_l  # nothing sold is denser than this
        assert 29 <= product.price_minor <= 1999
        assert product.product_id == product.product_id.lower()
        assert " " not in product.product_id


def test_the_same_catalogue_is_drawn_again() -> None:
    catalogue_of.cache_clear()
    again = catalogue_of(Pool.DEV)
    catalogue_of.cache_clear()
    assert catalogue_of(Pool.DEV) == again


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), pool=st.sampled_from(list(Pool)), count=st.integers(1, 60))
def test_look_alikes_stand_side_by_side_in_an_assortment(seed: int, pool: Pool, count: int) -> None:
    assortment = draw_assortment(np.random.default_rng(seed), pool, count)
    assert len(assortment) == count
    assert len({product.product_id for product in assortment.products}) == count
    changes = sum(a.family != b.family for a, b in pairwise(assortment.products))
    assert changes == len(families(assortment.products)) - 1
    whole = families(catalogue_of(pool))
    cut_short = [
        family for family, members in families(assortment.products).items() if members != whole[family]
    ]
    assert set(cut_short) <= {assortment.products[-1].family}


def test_a_store_of_fair_size_sells_every_shape() -> None:
    for seed in range(5):
        assortment = draw_assortment(np.random.default_rng(seed), Pool.DEV, 40)
        assert set(Counter(product.shape for product in assortment.products)) == set(SHAPES)


@pytest.mark.parametrize("count", [0, -1, MOST_PRODUCTS + 1])
def test_an_assortment_without_room_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="products wanted"):
        draw_assortment(np.random.default_rng(0), Pool.TRAIN, count)
