"""One row of numbers for each origin, in the order that the layout names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_project.calendar_parts import PARTS, calendar_of
from ml_project.covariates import (
    MIN_SPREAD,
    Encoder,
    label_columns,
    number_columns,
    one_hot,
)
from ml_project.layout import Layout
from ml_project.series import Columns, Series
from ml_project.times import Frequency
from ml_project.values import EPOCH
from ml_project.windows import Floats, Places, filled_windows, gaps

CHUNK = 50_000
MOST_LAGS = 200  # of a longer window there are means, and the values of earlier seasons
SHORT = 7  # steps of the shorter mean where there is no season


@dataclass(frozen=True)
class Fitted:
    """What was learnt from the training rows, and how they are to be read. Plain data."""

    columns: Columns
    frequency: Frequency
    season: int
    horizon: int
    window: int
    form: str
    calendar: list[str]
    scales: dict[str, tuple[float, float]]
    gaps: bool
    numbers: list[Encoder]
    number_lags: int
    labels: list[Encoder]
    series: list[str]

    @property
    def lags(self) -> int:
        """Values before the last one that are features of their own."""
        return min(self.window - 1, MOST_LAGS)

    @property
    def seasons(self) -> int:
        """How many seasons back a value for each step lies in the window: up to two."""
        return min(2, self.window // self.season) if self.season > 1 else 0

    @property
    def recent(self) -> int:
        return min(self.season if self.season > 1 else SHORT, self.window)

    @property
    def measured(self) -> int:
        """Level, means, gaps and numbers."""
        own = 2 + (self.recent < self.window) + 2 * self.gaps
        return own + sum(self.number_lags + item["gaps"] for item in self.numbers)

    @property
    def typical_spread(self) -> float:
        return sum(spread for _, spread in self.scales.values()) / len(self.scales)


def layout_of(fitted: Fitted) -> Layout:
    labels = sum(len(item["values"]) for item in fitted.labels) + len(fitted.series)
    lags = fitted.lags
    days = sum(len(PARTS[part](EPOCH)) for part in fitted.calendar)
    block = fitted.seasons + days + (fitted.horizon > 1)
    return Layout(fitted.horizon, lags, lags + fitted.measured + labels, block, fitted.seasons)


def matrix_of(
    fitted: Fitted, layout: Layout, series: Series, origins: Places
) -> NDArray[np.float32]:
    """In parts, so that long series need no more memory than their result."""
    found = np.empty((len(origins), layout.width), dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(origins), CHUNK):
            part = slice(start, start + CHUNK)
            found[part] = np.concatenate(_parts(fitted, series, origins[part]), axis=1)
    return found


def _parts(fitted: Fitted, series: Series, origins: Places) -> list[Floats]:
    values = filled_windows(series.target, origins, fitted.window)
    center, spread = _scale(fitted, series.name, values)
    anchor = values[:, -1:]
    ahead = (values - anchor) / spread
    lags, recent = ahead[:, -1 - fitted.lags : -1], ahead[:, -fitted.recent :]
    means = [ahead, recent] if fitted.recent < fitted.window else [ahead]
    parts = [anchor, spread, lags, (anchor - center) / spread]
    parts += [values.mean(axis=1, keepdims=True) for values in means]
    if fitted.gaps:
        parts.append(gaps(series.target, origins, fitted.window))
    for item in fitted.numbers:
        parts.append(number_columns(item, series, origins, fitted.window, fitted.number_lags))
    for item in fitted.labels:
        parts.append(label_columns(item, series, origins, fitted.window))
    known = fitted.series.index(series.name) if series.name in fitted.series else -1
    parts.append(one_hot(np.full(len(origins), known), len(fitted.series)))
    return [*parts, *_blocks(fitted, series, origins, ahead)]


def _scale(fitted: Fitted, name: str, values: Floats) -> tuple[Floats, Floats]:
    """Of the series in training; a series that it did not have is measured by its window."""
    if name in fitted.scales:
        center, spread = fitted.scales[name]
        return np.full((len(values), 1), center), np.full((len(values), 1), spread)
    own, mean = values.std(axis=1, keepdims=True), values.mean(axis=1, keepdims=True)
    varies = own > MIN_SPREAD * np.maximum(1.0, np.abs(mean))
    return mean, np.where(varies, own, 1.0)


def _blocks(fitted: Fitted, series: Series, origins: Places, ahead: Floats) -> list[Floats]:
    """For each step the values one and two seasons before it, its date and its number."""
    first = int(origins[0]) + 1 if len(origins) else 0
    last = int(origins[-1]) + fitted.horizon if len(origins) else -1
    days = calendar_of(series, fitted.frequency, fitted.calendar, range(first, last + 1))
    parts: list[Floats] = []
    for step in range(1, fitted.horizon + 1):
        back = -(-step // fitted.season) * fitted.season - step + 1
        for season in range(fitted.seasons):
            parts.append(ahead[:, -back - season * fitted.season, None])
        parts.append(days[origins + step - first])
        if fitted.horizon > 1:
            parts.append(np.full((len(origins), 1), step / fitted.horizon))
    return parts
