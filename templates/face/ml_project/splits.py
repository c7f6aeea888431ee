"""Which images train and which validate: always all images of a person on one side, since the
service meets people whom training never saw (open-set protocol)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_project.errors import DataError
from ml_project.people import People

Rows = NDArray[np.int64]
FEWEST = 3  # people on a side: two make a single pair of strangers


def fold_numbers(people: People, folds: int, seed: int) -> Rows:
    """For each image the fold in which its person is held out; people are dealt out in random
    order, those with several images first, so that each fold has genuine pairs."""
    found, counts = np.unique(people, return_counts=True)
    folds = max(2, min(folds, len(found) // FEWEST))
    if len(found) < 2 * FEWEST:
        raise DataError(f"{len(found)} people cannot be split: at least {2 * FEWEST} are needed")
    order = np.random.default_rng(seed).permutation(len(found))
    order = order[np.argsort(counts[order] < 2, kind="stable")]
    numbers = np.empty(len(found), dtype=np.int64)
    numbers[order] = np.arange(len(found)) % folds
    return numbers[np.searchsorted(found, people)]


def split_people(people: People, fraction: float, seed: int) -> tuple[Rows, Rows]:
    """Rows of training and of validation."""
    found, counts = np.unique(people, return_counts=True)
    if len(found) < 2 * FEWEST:
        raise DataError(f"{len(found)} people cannot be split: at least {2 * FEWEST} are needed")
    order = np.random.default_rng(seed).permutation(len(found))
    order = order[np.argsort(counts[order] < 2, kind="stable")]
    held = found[order[: max(FEWEST, round(len(found) * fraction))]]
    valid = np.isin(people, held)
    return np.flatnonzero(~valid), np.flatnonzero(valid)
