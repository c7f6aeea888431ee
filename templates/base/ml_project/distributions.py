"""Short descriptions of many values, for a later comparison with others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

QUANTILES = 21
TOP_VALUES = 50
JOINT_COLUMNS = 64  # a larger covariance needs more rows than a window of requests has


def numbers(values: Sequence[float]) -> dict[str, Any]:
    if not values:
        return {"quantiles": [], "mean": None, "std": None}
    array = np.asarray(values, dtype=np.float64)
    steps = np.linspace(0, 1, QUANTILES)
    return {
        "quantiles": [rounded(value) for value in np.quantile(array, steps)],
        "mean": rounded(array.mean()),
        "std": rounded(array.std()),
    }


def shares(values: Sequence[str]) -> dict[str, float]:
    ranked = sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))
    return {name: rounded(count / len(values)) for name, count in ranked[:TOP_VALUES]}


def joint(measures: NDArray[np.float64]) -> dict[str, Any] | None:
    """Mean and covariance of several measures together, for a test of a shift in the mean."""
    if not 0 < measures.shape[1] <= JOINT_COLUMNS or len(measures) < 2:
        return None
    covariance = np.atleast_2d(np.cov(measures, rowvar=False))
    return {
        "mean": [rounded(value) for value in measures.mean(axis=0)],
        "covariance": [[rounded(value) for value in row] for row in covariance],
    }


def rounded(value: float) -> float:
    return float(format(float(value), ".9g"))
