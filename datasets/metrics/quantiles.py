"""Percentiles of small samples."""

from collections.abc import Sequence

import numpy as np


def p95(samples: Sequence[float]) -> float | None:
    """Return the 95th percentile, linearly interpolated; None without samples."""
    return float(np.percentile(np.asarray(samples, dtype=np.float64), 95)) if samples else None
