"""Which rows train, validate and test: always by time, the later ones are held back."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from ml_project.errors import DataError

Rows = NDArray[np.int64]
Times = NDArray[np.float64]
BLOCK_SHARE = 0.1  # of the points in time, for each of several blocks


def split_by_time(times: Times, fraction: float) -> tuple[Rows, Rows]:
    """The rows before and after the point where the given fraction of all rows is left."""
    ordered = np.sort(times)
    later = times >= ordered[min(round(len(times) * (1 - fraction)), len(times) - 1)]
    if later.all():
        later = times > ordered[0]
    if not later.any():
        raise DataError(f"{len(times)} rows of one time cannot be split by time")
    return np.flatnonzero(~later), np.flatnonzero(later)


def time_blocks(times: Times, folds: int, fraction: float) -> list[tuple[Rows, Rows]]:
    """The last blocks of the data in turn: the rows before each of them, and its own.

    Fewer than asked where less than half of the time would be left before the first."""
    if folds == 1:
        return [split_by_time(times, fraction)]
    moments = np.unique(times)
    size = max(1, round(len(moments) * BLOCK_SHARE))
    count = min(folds, len(moments) // 2 // size)
    edges = [*moments[len(moments) - size * np.arange(count, 0, -1)], np.inf]
    return [
        (np.flatnonzero(times < low), np.flatnonzero((times >= low) & (times < high)))
        for low, high in itertools.pairwise(edges)
    ]
