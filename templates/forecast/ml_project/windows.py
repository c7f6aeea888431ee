"""The last values before each forecast, with gaps filled from within the window alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


def windows(values: NDArray[Any], origins: Places, length: int) -> NDArray[Any]:
    """One row for each origin: the `length` values that end there."""
    return sliding_window_view(values, length)[origins - length + 1]


def filled_windows(values: Floats, origins: Places, length: int) -> Floats:
    """A gap between two values is interpolated; before the first and after the last value of
    the window that value is carried on. A window without any value stays NaN."""
    known = np.isfinite(values)
    if known.all():
        return windows(values, origins, length).copy()
    if not known.any():
        return np.full((len(origins), length), np.nan)
    steps = np.arange(len(values))
    smooth = np.interp(steps, steps[known], values[known])
    found, seen = windows(smooth, origins, length).copy(), windows(known, origins, length)
    first, last = seen.argmax(axis=1), length - 1 - seen[:, ::-1].argmax(axis=1)
    places = np.clip(np.arange(length), first[:, None], last[:, None])
    found = np.take_along_axis(found, places, axis=1)
    found[~seen.any(axis=1)] = np.nan
    return found


def gaps(values: Floats, origins: Places, length: int) -> Floats:
    """Steps since the last value, and the steps without one, both as shares of the window."""
    seen = np.isfinite(windows(values, origins, length))
    age = seen[:, ::-1].argmax(axis=1)
    return np.stack([age, (~seen).sum(axis=1)], axis=1) / length
