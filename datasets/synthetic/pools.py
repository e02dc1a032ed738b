"""Three worlds that share nothing: what is learned in one is measured in another.

Stores, packages and people are drawn from the pool they are for. Package designs and baked bodies are divided
among the pools; everything else that is random (layouts, outfits, scripts) follows from streams that no two
pools share.
"""

from enum import StrEnum

import numpy as np

# CONTRIBUTING: work on development seeds, report on seeds from here on.
FIRST_TEST_SEED = 9000


class Pool(StrEnum):
    """What something is drawn for."""

    TRAIN = "train"
    DEV = "dev"
    TEST = "test"


_CODE = {Pool.TRAIN: 0x7241, Pool.DEV: 0xDE5, Pool.TEST: 0x7E57}


def pool_of_recording(seed: int) -> Pool:
    """Return the pool of a recording's seed: development below `FIRST_TEST_SEED`, test from there on."""
    return Pool.TEST if seed >= FIRST_TEST_SEED else Pool.DEV


def pool_rng(pool: Pool, *key: int) -> np.random.Generator:
    """Return a random stream that no other pool and no other key has."""
    return np.random.default_rng([_CODE[pool], *key])
