"""Prediction intervals from residuals on rows that the model was not fitted to."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray


def interval_offsets(residuals: NDArray[np.float64], coverage: float) -> dict[str, float]:
    """Offsets to add to a prediction for the two ends of its interval: split conformal, or where
    the residuals are too few for that, as of normal errors around zero."""
    ordered = np.sort(residuals)
    tail = (1 - coverage) / 2
    count = len(ordered)
    low = math.floor((count + 1) * tail) - 1
    high = math.ceil((count + 1) * (1 - tail)) - 1
    if low >= 0:
        return {"low": float(ordered[low]), "high": float(ordered[high])}
    deviation = math.sqrt(float(np.mean(ordered**2)) * (1 + 1 / count))
    half = student_quantile(1 - tail, count) * deviation
    return {"low": -half, "high": half}


def student_quantile(share: float, freedom: int) -> float:
    """Of Student's t by its expansion (Abramowitz and Stegun 26.7.5); at 0.95 the error is below
    2 % from two degrees of freedom on, and 12 % too small at one."""
    z = NormalDist().inv_cdf(share)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + sum(term / freedom ** (order + 1) for order, term in enumerate(terms))
