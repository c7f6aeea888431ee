"""One fitted encoder per column role: cells in, columns of numbers out.

Encoders are plain data so that features.json holds them whole. Numbers are computed in
Python, not in numpy, so that one row of a request costs microseconds and takes the very
same path as a training table.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from statistics import median
from typing import Any

import numpy as np

from ml_project.family import DataSettings
from ml_project.schema import Column
from ml_project.values import (
    days_since_epoch,
    parse_boolean,
    parse_category,
    parse_datetime,
    parse_number,
    words,
)

Encoder = dict[str, Any]
Columns = list[list[float]]
HEAVY_TAIL = 6.0  # standard deviations; beyond, a column is compressed by asinh
MIN_SPREAD = 1e-9
MIN_WORD_SHARE = 0.02  # of the rows; rarer words are noise
PARTS: dict[str, Callable[[datetime], float]] = {
    "year": lambda moment: float(moment.year),
    "month": lambda moment: float(moment.month),
    "weekday": lambda moment: float(moment.weekday()),
    "hour": lambda moment: float(moment.hour),
    "days": days_since_epoch,
}


def lenient(parse: Callable[[object], Any], cells: Sequence[object]) -> list[Any]:
    """Parsed cells; one that does not fit its role counts as missing."""
    parsed: list[Any] = []
    for cell in cells:
        try:
            parsed.append(parse(cell))
        except ValueError:
            parsed.append(None)
    return parsed


def fit_encoder(column: Column, cells: Sequence[object], data: DataSettings) -> Encoder:
    encoder = FIT[column.role](cells, data)
    return {"name": column.name, "role": column.role, **encoder}


def _fit_numeric(cells: Sequence[object], _: DataSettings) -> Encoder:
    values = lenient(parse_number, cells)
    present = [value for value in values if value is not None]
    encoder = _scaling(present)
    return {**encoder, "indicator": 0 < len(present) < len(values)}


def _scaling(present: Sequence[float]) -> Encoder:
    """Median for missing values, then asinh for heavy tails, then zero mean and unit spread."""
    if not present:
        return {"fill": 0.0, "squash": None, "mean": 0.0, "scale": 0.0}
    values = np.asarray(present, dtype=np.float64)
    fill = float(median(present))
    squash = None
    spread = float(values.std())
    if spread > MIN_SPREAD and float(np.abs(values - values.mean()).max()) > HEAVY_TAIL * spread:
        low, high = np.quantile(values, [0.25, 0.75])
        squash = float(high - low) or spread
        values = np.arcsinh((values - fill) / squash)
        spread = float(values.std())
    mean = float(values.mean())
    constant = spread <= MIN_SPREAD * max(1.0, abs(mean))
    # A column that never varied in training must not act when it varies later.
    scale = 0.0 if constant else 1.0 / spread
    return {"fill": fill, "squash": squash, "mean": mean, "scale": scale}


def _fit_datetime(cells: Sequence[object], _: DataSettings) -> Encoder:
    moments = lenient(parse_datetime, cells)
    present = [moment for moment in moments if moment is not None]
    parts: dict[str, Encoder] = {}
    for name, part in PARTS.items():
        scaling = _scaling([part(moment) for moment in present])
        if scaling["scale"] > 0:
            parts[name] = scaling
    return {"parts": parts, "indicator": 0 < len(present) < len(moments)}


def _fit_categories(cells: Sequence[object], data: DataSettings) -> Encoder:
    return _codes(lenient(parse_category, cells), data)


def _fit_boolean(cells: Sequence[object], data: DataSettings) -> Encoder:
    return _codes(lenient(parse_boolean, cells), data)


def _codes(values: Sequence[str | None], data: DataSettings) -> Encoder:
    counts = Counter(value for value in values if value is not None)
    frequent = [item for item in counts.items() if item[1] >= data.min_category_count]
    ranked = sorted(frequent, key=lambda item: (-item[1], item[0]))
    return {"categories": [name for name, _ in ranked[: data.max_categories]]}


def _fit_text(cells: Sequence[object], data: DataSettings) -> Encoder:
    counts: Counter[str] = Counter()
    for cell in cells:
        counts.update(set(words(cell)))
    enough = max(data.min_category_count, math.ceil(len(cells) * MIN_WORD_SHARE))
    frequent = [(word, n) for word, n in counts.items() if enough <= n < len(cells)]
    ranked = sorted(frequent, key=lambda item: (-item[1], item[0]))
    return {"words": [word for word, _ in ranked[: data.text_tokens]]}


FIT: dict[str, Callable[[Sequence[object], DataSettings], Encoder]] = {
    "numeric": _fit_numeric,
    "datetime": _fit_datetime,
    "categorical": _fit_categories,
    "boolean": _fit_boolean,
    "text": _fit_text,
}


def asinh_of(value: float, fill: float, squash: float | None) -> float:
    return value if squash is None else math.asinh((value - fill) / squash)
