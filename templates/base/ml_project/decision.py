"""Which probability of the positive class is enough to call a row positive."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Threshold = float | Numbers | None  # one for all rows, one for each, or none: the likeliest class


def decide(p: Numbers, positive: int | None, threshold: Threshold) -> NDArray[np.int64]:
    """The class number of each row."""
    if threshold is None or positive is None:
        return p.argmax(axis=1)
    return np.where(p[:, positive] >= threshold, positive, 1 - positive).astype(np.int64)


def choose_threshold(
    truth: NDArray[np.bool_], p: Numbers, recall: float | None, precision: float | None
) -> float | None:
    """The threshold with the best F1 of those that give what is asked, with three standard errors
    to spare where that is possible, else two or one, since new rows differ by chance, the more the
    fewer they are: of a quarter as many, one sample in eleven still falls short of it. Where
    nothing gives what is asked, the one that comes nearest."""
    if not truth.any() or truth.all() or (recall is None and precision is None):
        return None
    values, found_recall, found_precision = _curve(truth, p)
    for spare in (3.0, 2.0, 1.0, 0.0):
        room = np.minimum(
            _room(found_recall, recall, spare, int(truth.sum())),
            _room(found_precision, precision, spare, int(truth.sum())),
        )
        if (room >= 0).any():
            f1 = 2 * found_recall * found_precision / (found_recall + found_precision + 1e-12)
            return _between(values, int(np.where(room >= 0, f1, -1).argmax()))
    return _between(values, int(room.argmax()))


def _curve(truth: NDArray[np.bool_], p: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """For each different probability, recall and precision when it is the threshold."""
    values, place = np.unique(p, return_inverse=True)
    hits = np.bincount(place, weights=truth)[::-1].cumsum()[::-1]
    claimed = np.bincount(place)[::-1].cumsum()[::-1]
    return values, hits / truth.sum(), hits / claimed


def _room(found: Numbers, asked: float | None, spare: float, count: int) -> Numbers:
    if asked is None:
        return np.full(len(found), np.inf)
    wanted = asked + spare * math.sqrt(max(asked * (1 - asked), 1e-12) / count)
    if spare > 1 and wanted >= 1:  # everything would be called positive for it
        return np.full(len(found), -np.inf)
    return found - (min(wanted, 1.0) if spare else asked)


def _between(values: Numbers, chosen: int) -> float:
    """Midway to the next lower probability, so that rounding moves no row across."""
    lower = values[chosen - 1] if chosen else 0.0
    return float(format((values[chosen] + lower) / 2, ".6g"))
