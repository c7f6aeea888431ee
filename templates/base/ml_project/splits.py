"""Which rows train and which validate. Seeded, and stratified where there are classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def fold_numbers(rows: int, folds: int, seed: int, labels: NDArray[np.int64] | None) -> Rows:
    """For each row the fold in which it is held out; each class spreads evenly over folds."""
    order = np.random.default_rng(seed).permutation(rows)
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    numbers = np.empty(rows, dtype=np.int64)
    numbers[order] = np.arange(rows) % folds
    return numbers


def split_rows(
    rows: int, fraction: float, seed: int, labels: NDArray[np.int64] | None
) -> tuple[Rows, Rows]:
    """Training and validation rows, both in their first order and neither empty."""
    if rows < 2:
        raise ValueError(f"{rows} rows cannot be split into training and validation")
    order = np.random.default_rng(seed).permutation(rows)
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    steps = np.floor(np.arange(rows + 1) * fraction + 0.5)
    held = np.zeros(rows, dtype=bool)
    held[order[np.diff(steps) > 0]] = True
    if labels is not None:
        held &= np.bincount(labels)[labels] > 1  # the only row of a class has to train
    if not held.any():
        held[order[-1]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)
