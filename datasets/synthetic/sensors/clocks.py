"""Clocks of cameras: what a frame claims about its time, against the true one."""

from dataclasses import dataclass

import numpy as np

from datasets.synthetic.scene import FloatArray

OFFSET_SIGMA_S = 0.010  # cameras that ask a time server of the same network every minute or so
DRIFT_SIGMA_PPM = 8.0  # quartz at room temperature stays within 20 to 30
JITTER_S = (0.0005, 0.003)  # between exposure and the moment the stamp is taken
LEAST_STEP_S = 0.001  # two frames never bear the same stamp


@dataclass(frozen=True, slots=True)
class CameraClock:
    """One camera's clock; times count from the start of the recording.

    Attributes:
        offset_s: How late its stamps are at time 0.
        drift_ppm: How much later they get, millionths of the time passed.
        jitter_s: Standard deviation of single stamps.
    """

    offset_s: float
    drift_ppm: float
    jitter_s: float

    def stamps_s(self, captured_s: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return the stamps `(n,)` of frames captured at true times, oldest first; they always rise."""
        jitter = rng.normal(0, self.jitter_s, len(captured_s)) if self.jitter_s else 0.0
        stamps = captured_s * (1 + self.drift_ppm * 1e-6) + self.offset_s + jitter
        steps = LEAST_STEP_S * np.arange(len(stamps))
        rising: FloatArray = np.maximum.accumulate(stamps - steps) + steps
        return rising


def random_clock(rng: np.random.Generator) -> CameraClock:
    """Draw a clock of an ordinary installation."""
    return CameraClock(
        float(rng.normal(0, OFFSET_SIGMA_S)),
        float(rng.normal(0, DRIFT_SIGMA_PPM)),
        float(rng.uniform(*JITTER_S)),
    )
