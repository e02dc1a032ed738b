"""Counts who asked how often, in this process's memory and with moving windows.

Several processes each allow their own share.
"""

import math
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from checkout_api.errors import TooManyRequestsError


class Limiter:
    """Counts hits by rate and identity."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, rate: str, *identity: str) -> None:
        """Count one request.

        Args:
            rate: As in "10 per 15 minutes".
            identity: What is counted and for whom.

        Raises:
            TooManyRequestsError: If it is one too many.
        """
        limit = parse(rate)
        if self._limiter.hit(limit, *identity):
            return
        # The library keeps time by this clock.
        wait_s = self._limiter.get_window_stats(limit, *identity).reset_time - time.time()
        retry_after_s = max(1, math.ceil(wait_s))
        raise TooManyRequestsError(
            f"more than {rate} of these; wait {retry_after_s} s and try again", retry_after_s
        )
