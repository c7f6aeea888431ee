"""The other columns, known up to the moment of the forecast: their last values as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_project.series import Series, Texts
from ml_project.windows import Floats, Places, filled_windows

Encoder = dict[str, Any]
MIN_SPREAD = 1e-9


def spread_of(values: Floats) -> float:
    """The standard deviation, 0 where the values do not vary."""
    spread = float(values.std()) if len(values) else 0.0
    return spread if spread > MIN_SPREAD * max(1.0, abs(float(values.mean()))) else 0.0


def fit_numbers(name: str, series: Sequence[Series]) -> Encoder | None:
    """A column that never varied in training must not act when it varies later."""
    values = np.concatenate([one.numbers[name] for one in series])
    known = values[np.isfinite(values)]
    if not (spread := spread_of(known)):
        return None
    gaps = len(known) < len(values)
    return {"name": name, "mean": float(known.mean()), "spread": spread, "gaps": gaps}


def fit_labels(name: str, series: Sequence[Series], most: int) -> Encoder | None:
    counts = Counter(text for one in series for text in one.labels[name] if text is not None)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if len(ranked) < 2:
        return None
    return {"name": name, "values": [text for text, _ in ranked[:most]]}


def number_columns(
    encoder: Encoder, series: Series, origins: Places, window: int, lags: int
) -> Floats:
    """The last values, standardised, and whether the very last one is missing."""
    values = series.numbers[encoder["name"]]
    found = filled_windows(values, origins, window)[:, -lags:]
    scaled = np.nan_to_num((found - encoder["mean"]) / encoder["spread"], nan=0.0)
    if not encoder["gaps"]:
        return scaled
    return np.column_stack([scaled, np.isnan(values[origins])])


def label_columns(encoder: Encoder, series: Series, origins: Places, window: int) -> Floats:
    """The last text of the window, one column for each that training saw often enough."""
    codes = _codes(series.labels[encoder["name"]], encoder["values"])
    latest = np.maximum.accumulate(np.where(codes >= 0, np.arange(len(codes)), -1))[origins]
    code = np.where(latest > origins - window, codes[latest], -1)
    return one_hot(code, len(encoder["values"]))


def _codes(texts: Texts, values: Sequence[str]) -> NDArray[np.int64]:
    """A text that training did not keep is one that is there, but has no column."""
    code: dict[str | None, int] = {text: number for number, text in enumerate(values)}
    return np.array([-1 if text is None else code.get(text, len(values)) for text in texts])


def one_hot(codes: NDArray[np.int64], count: int) -> Floats:
    return (codes[:, None] == np.arange(count)).astype(np.float64)
