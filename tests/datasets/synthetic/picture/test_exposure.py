import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datasets.synthetic.picture.exposure import AutoExposure, random_meter

SETTLED = 110.0


def watched(seed: int, light: float, seconds: float = 20.0) -> list[float]:
    """Gains of a camera before which everything becomes `light` times as bright after two seconds."""
    exposure = AutoExposure(random_meter(seed, SETTLED))
    gains = []
    for at_s in np.arange(0.0, seconds, 0.1):
        gains.append(exposure.gain_at(float(at_s)))
        exposure.see(SETTLED * np.sqrt(gains[-1] * (light if at_s >= 2.0 else 1.0)))
    return gains


@given(st.integers(0, 10_000), st.floats(0.3, 3.0))
def test_a_change_of_light_is_partly_made_up_for(seed: int, light: float) -> None:
    settled = float(np.mean(watched(seed, light)[-60:])) * light
    assert min(1.0, light) - 0.06 < settled < max(1.0, light) + 0.06
    if abs(np.log(light)) > 0.3:
        assert abs(np.log(settled)) < 0.75 * abs(np.log(light))


@given(st.integers(0, 10_000))
def test_in_steady_light_the_gain_hunts_by_a_percent_or_two_at_most(seed: int) -> None:
    gains = watched(seed, 1.0)
    assert max(abs(np.log(gains))) < 0.06


def test_a_reaction_takes_a_while() -> None:
    gains = watched(1, 0.4)
    assert abs(np.log(gains[21] / gains[20])) < 0.15
    assert gains[150] > 1.2
