"""Regression and forecasting: predicted numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from sklearn import metrics as sk

Table = dict[str, list[str]]


def measure(table: Table, _: str | None) -> dict[str, float]:
    """`interval_coverage`: the share of true values within their interval; absent where the model gave none."""
    true, predicted = values(table)
    low, high = (np.array([float(one or "nan") for one in table.get(end, [])]) for end in ("low", "high"))
    has_intervals = len(low) == len(true) and bool((high > low).any())
    within = {"interval_coverage": float(((true >= low) & (true <= high)).mean())} if has_intervals else {}
    return of_values(true, predicted) | within


def values(table: Table) -> tuple[np.ndarray, np.ndarray]:
    return np.array(table["y_true"], dtype=float), np.array(table["y_pred"], dtype=float)


def of_values(true: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """A percentage of zero and the share of a variance that is not there are not defined, and left out."""
    known = true != 0
    error = true - predicted
    return {
        "mae": sk.mean_absolute_error(true, predicted),
        "rmse": math.sqrt(sk.mean_squared_error(true, predicted)),
        **({"r2": sk.r2_score(true, predicted)} if np.ptp(true) > 0 else {}),
        **({"mape": float(np.mean(np.abs(error[known] / true[known])))} if known.any() else {}),
    }


def sampled(table: Table, metric: str, _: str | None) -> Callable[[np.ndarray], float]:
    true, predicted = values(table)
    error = np.abs(true - predicted)
    if metric == "mae":
        return lambda rows: float(error[rows].mean())
    if metric == "rmse":
        return lambda rows: math.sqrt(float((error[rows] ** 2).mean()))
    return lambda rows: of_values(true[rows], predicted[rows]).get(metric, math.nan)
