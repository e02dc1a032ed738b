"""Automatic exposure: what a camera does to its gain when the picture gets darker or brighter."""

from dataclasses import dataclass

import numpy as np

STRENGTH = (0.45, 0.9)  # share of a change of brightness that is made up for
SETTLING_S = (0.6, 2.5)
DAMPING = (0.45, 1.0)  # below one it overshoots
HUNTING = (0.0, 0.012)  # share of the gain that never comes to rest
HUNTING_PERIOD_S = (2.0, 9.0)
DEAD_BAND = 0.03  # relative change of brightness that is not worth a reaction
LOG_GAIN_LIMIT = float(np.log(2.5))
_LONGEST_STEP_S = 0.05  # of the integration: short against the fastest settling


@dataclass(frozen=True, slots=True)
class Meter:
    """The habits of one camera's automatic exposure; see the ranges above for what the numbers mean."""

    settled: float
    strength: float
    settling_s: float
    damping: float
    hunting: float
    hunting_period_s: float
    hunting_phase_rad: float


def random_meter(seed: int, settled: float) -> Meter:
    """Draw a meter that is content with pictures whose mean display value is `settled` (0 to 255)."""
    rng = np.random.default_rng([seed, 0xAE])
    return Meter(
        settled,
        float(rng.uniform(*STRENGTH)),
        float(rng.uniform(*SETTLING_S)),
        float(rng.uniform(*DAMPING)),
        float(rng.uniform(*HUNTING)),
        float(rng.uniform(*HUNTING_PERIOD_S)),
        float(rng.uniform(0, 2 * np.pi)),
    )


class AutoExposure:
    """Follows the brightness of a camera's pictures, one after the other in time.

    A second-order loop on the logarithm of the gain, which is what the "smooth" modes of surveillance cameras
    look like.
    """

    def __init__(self, meter: Meter) -> None:
        """Start settled."""
        self._meter = meter
        self._at_s: float | None = None
        self._log_gain = self._speed = self._target = 0.0

    def gain_at(self, at_s: float) -> float:
        """Return the gain for the picture of a time; times rise."""
        meter = self._meter
        left_s = 0.0 if self._at_s is None else at_s - self._at_s
        self._at_s = at_s
        rate = 3.0 / meter.settling_s
        while left_s > 1e-9:
            step_s = min(left_s, _LONGEST_STEP_S)
            pull = rate**2 * (self._target - self._log_gain) - 2 * meter.damping * rate * self._speed
            self._speed += pull * step_s
            self._log_gain += self._speed * step_s
            left_s -= step_s
        hunt = meter.hunting * np.sin(2 * np.pi * at_s / meter.hunting_period_s + meter.hunting_phase_rad)
        return float(np.exp(np.clip(self._log_gain, -LOG_GAIN_LIMIT, LOG_GAIN_LIMIT) + hunt))

    def see(self, brightness: float) -> None:
        """Take notice of the mean display value of the picture that was taken last."""
        # Display values go about with the square root of the light.
        missing = 2 * float(np.log(self._meter.settled / max(brightness, 1.0)))
        wanted = self._meter.strength * (missing + self._log_gain)
        if abs(wanted - self._target) > DEAD_BAND:
            self._target = float(np.clip(wanted, -LOG_GAIN_LIMIT, LOG_GAIN_LIMIT))
