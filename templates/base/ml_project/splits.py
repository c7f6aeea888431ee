"""Which rows train and which validate. Seeded, and stratified where there are classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def fold_numbers(
    rows: int,
    folds: int,
    seed: int,
    labels: NDArray[np.int64] | None,
    groups: NDArray[np.int64] | None = None,
) -> Rows:
    """For each row the fold in which it is held out; each class spreads evenly over folds, and
    rows of one group stay together."""
    if groups is not None:
        return _folds_of_groups(groups, folds, seed)
    order = np.random.default_rng(seed).permutation(rows)
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    numbers = np.empty(rows, dtype=np.int64)
    numbers[order] = np.arange(rows) % folds
    return numbers


def split_rows(
    rows: int,
    fraction: float,
    seed: int,
    labels: NDArray[np.int64] | None,
    groups: NDArray[np.int64] | None = None,
) -> tuple[Rows, Rows]:
    """Training and validation rows, both in their first order and neither empty."""
    if rows < 2:
        raise ValueError(f"{rows} rows cannot be split into training and validation")
    if groups is not None and len(np.unique(groups)) > 1:
        apart = _folds_of_groups(groups, max(2, round(1 / fraction)), seed)
        return np.flatnonzero(apart > 0), np.flatnonzero(apart == 0)
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


def _folds_of_groups(groups: NDArray[np.int64], folds: int, seed: int) -> Rows:
    """Each group, in random order, goes to the fold that has the fewest rows."""
    found, sizes = np.unique(groups, return_counts=True)
    filled = np.zeros(folds, dtype=np.int64)
    fold_of = np.zeros(found.max() + 1, dtype=np.int64)
    for at in np.random.default_rng(seed).permutation(len(found)):
        fold = int(filled.argmin())
        fold_of[found[at]] = fold
        filled[fold] += sizes[at]
    return fold_of[groups]
