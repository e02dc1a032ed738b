"""Luck that lasts: processes that remember, and intervals that come and go."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def lasting_normals(rng: np.random.Generator, shape: tuple[int, ...], correlation: float) -> FloatArray:
    """Draw standard normals along the first axis, correlated from one to the next (AR(1))."""
    drawn = rng.normal(size=shape)
    fresh = np.sqrt(1.0 - correlation**2)
    for step in range(1, shape[0]):
        drawn[step] = correlation * drawn[step - 1] + fresh * drawn[step]
    return drawn


def spells(rng: np.random.Generator, shape: tuple[int, ...], share: float, steps: float) -> BoolArray:
    """Draw along the first axis spells that hold for `share` of the time and last `steps` on average."""
    uniform = rng.random(shape)
    begins = share / max(1.0 - share, 1e-9) / steps
    state = np.empty(shape, np.bool_)
    state[0] = uniform[0] < share
    for step in range(1, shape[0]):
        state[step] = np.where(state[step - 1], uniform[step] >= 1.0 / steps, uniform[step] < begins)
    return state
