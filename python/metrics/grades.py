"""Classification where the classes are grades: the columns of probabilities name them, lowest first.

`quadratic_kappa`: Cohen's kappa with quadratic weights (Cohen 1968). `grade_error`: by how many grades a prediction is
off in the mean.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn import metrics as sk

from metrics import labels

Table = dict[str, list[str]]


def measure(table: Table, positive: str | None) -> dict[str, float]:
    true, predicted, count = places(table)
    found = {"grade_error": float(np.abs(true - predicted).mean())}
    if len(set(true) | set(predicted)) > 1:
        found["quadratic_kappa"] = sk.cohen_kappa_score(true, predicted, labels=range(count), weights="quadratic")
    return labels.measure(table, positive) | found


def sampled(table: Table, metric: str, positive: str | None) -> Callable[[np.ndarray], float]:
    if metric not in {"quadratic_kappa", "grade_error"}:
        return labels.sampled(table, metric, positive)
    true, predicted, count = places(table)
    if metric == "grade_error":
        apart = np.abs(true - predicted)
        return lambda rows: float(apart[rows].mean())
    pairs, squares = true * count + predicted, np.subtract.outer(np.arange(count), np.arange(count)) ** 2

    def kappa(rows: np.ndarray) -> float:
        matrix = np.bincount(pairs[rows], minlength=count**2).reshape(count, count)
        expected = (squares * np.outer(matrix.sum(axis=1), matrix.sum(axis=0))).sum() / len(rows)
        return float(1 - (squares * matrix).sum() / expected) if expected else np.nan

    return kappa


def places(table: Table) -> tuple[np.ndarray, np.ndarray, int]:
    """Grades by number: the truth, the prediction, and how many there are."""
    names = [name[2:] for name in table if name.startswith("p:")]
    place = {name: at for at, name in enumerate(names)}
    true, predicted = (np.array([place[label] for label in table[name]]) for name in ("y_true", "y_pred"))
    return true, predicted, len(names)
