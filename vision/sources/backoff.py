"""When to try again: random waits that grow, so that cameras that went together do not come back together."""

import numpy as np

FIRST_WAIT_S = 0.5
# A camera that is back is found within 5 s: this, an attempt under way (2 s), and a second to its key frame.
LONGEST_WAIT_S = 1.5
# A camera that accepts and dies at once must not be asked without pause, not even the first time.
SHORTEST_WAIT_S = 0.1
GOOD_AFTER_S = 30.0


class Backoff:
    """Waits with full jitter: uniform in (0, min(cap, base * 2**n)), also before the first retry.

    After "Exponential Backoff And Jitter" (M. Brooker, 2015); the cap is far lower than usual, since a
    camera has one client and shoppers are charged by what it sees.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        """Start with the shortest waits."""
        self._rng = rng
        self._failures = 0

    def failed(self, good_s: float) -> float:
        """Return how long to wait after a connection that gave good frames for `good_s` seconds."""
        if good_s >= GOOD_AFTER_S:
            self._failures = 0
        longest_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0**self._failures)
        self._failures = min(self._failures + 1, 16)
        return max(SHORTEST_WAIT_S, float(self._rng.uniform(0.0, longest_s)))
