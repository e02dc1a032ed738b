"""Stores that several tests look at, generated once: one of each template, and more in the slow run."""

from functools import lru_cache

import pytest

from datasets.synthetic.pools import Pool
from datasets.synthetic.store.layout import GeneratedStore, StoreWish, Template, generate_store

_SLOW_SEEDS = range(2, 8)
_EVERY_TEMPLATE = [
    *(pytest.param((template, 1), id=template.value) for template in Template),
    *(
        pytest.param((template, seed), id=f"{template.value}-{seed}", marks=pytest.mark.slow)
        for template in Template
        for seed in _SLOW_SEEDS
    ),
]


@lru_cache(maxsize=24)
def _generated(template: Template, seed: int, mess: float) -> GeneratedStore:
    return generate_store(Pool.DEV, seed, StoreWish((template,), mess=mess))


@pytest.fixture(params=_EVERY_TEMPLATE)
def any_store(request: pytest.FixtureRequest) -> GeneratedStore:
    """Return a store of the pool DEV, as messy as shops are."""
    return _generated(*request.param, mess=StoreWish().mess)


@pytest.fixture(params=_EVERY_TEMPLATE)
def messy_store(request: pytest.FixtureRequest) -> GeneratedStore:
    """Return a store of the pool DEV in which everything stands about."""
    return _generated(*request.param, mess=1.0)
