"""Prediction intervals from residuals on rows that the model was not fitted to."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def interval_offsets(residuals: NDArray[np.float64], coverage: float) -> dict[str, float]:
    """Split conformal offsets: add them to a prediction to get the interval's two ends."""
    ordered = np.sort(residuals)
    tail = (1 - coverage) / 2
    count = len(ordered)
    low = math.floor((count + 1) * tail) - 1
    high = math.ceil((count + 1) * (1 - tail)) - 1
    # Too few residuals for the coverage asked: the widest that was seen.
    return {
        "low": float(ordered[max(low, 0)]),
        "high": float(ordered[min(high, count - 1)]),
    }
