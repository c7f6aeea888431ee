"""Turns series into the model's input: one float32 row for each moment of a forecast.

Needs numpy and the standard library only, so that the service runs the same code as training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_project.calendar_parts import repeated_parts
from ml_project.covariates import Encoder, fit_labels, fit_numbers, spread_of
from ml_project.errors import DataError
from ml_project.layout import FIRST, Layout
from ml_project.matrix import Fitted, layout_of, matrix_of
from ml_project.schema import Schema, check_columns
from ml_project.series import Columns, Series, columns_of, read_series
from ml_project.settings import Settings
from ml_project.table import Cells, Table, read_table
from ml_project.times import Frequency

Matrix = NDArray[np.float32]
FORMAT = 1
SHORTEST, LONG, LONGEST = 2, 28, 600  # steps of a window


@dataclass(frozen=True)
class Features:
    """Fitted on training rows only."""

    fitted: Fitted
    layout: Layout

    @property
    def width(self) -> int:
        return self.layout.width

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one row of the matrix."""
        return (self.width,)

    @property
    def architecture(self) -> dict[str, Any]:
        """What a network must know of its input."""
        return {"layout": asdict(self.layout), "season": self.fitted.season}

    def series_of(self, *tables: Table) -> list[Series]:
        return read_series(self.fitted.columns, self.fitted.frequency, *tables)

    def origins(self, series: Series) -> NDArray[np.int64]:
        """The steps with a whole window, and a value in it: from there a forecast can be made."""
        length = self.fitted.window
        known = np.cumsum(np.concatenate([[0], np.isfinite(series.target)]))
        steps = np.arange(length - 1, len(series))
        return steps[known[steps + 1] > known[steps + 1 - length]]

    def transform_series(self, series: Series, origins: NDArray[np.int64]) -> Matrix:
        return matrix_of(self.fitted, self.layout, series, origins)

    def transform(self, columns: Mapping[str, Cells]) -> Matrix:
        """From every step of the rows that a forecast can be made from."""
        names = [str(i) for i in range(len(columns[self.fitted.columns.time]))]
        found = self.series_of(Table(names, dict(columns)))
        return np.concatenate([self.transform_series(one, self.origins(one)) for one in found])

    def transform_latest(self, windows: Sequence[Series]) -> Matrix:
        """From the last step of each window."""
        last = np.array([self.fitted.window - 1])
        return np.concatenate([self.transform_series(one, last) for one in windows])

    def measures(self, x: Matrix) -> Matrix:
        """The part of the matrix in which a shift of the mean can be tested."""
        return x[:, FIRST + self.layout.lags : FIRST + self.layout.lags + self.fitted.measured]

    def save(self, path: Path) -> None:
        content = {"format": FORMAT, **asdict(self.fitted)}
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


def read_rows(file: Path, _: Settings, __: Path) -> Table:
    """The rows as they stand in the file."""
    return read_table(file)


def fit_features(schema: Schema, table: Table, settings: Settings) -> Features:
    check_columns(schema, table)
    columns, most = columns_of(schema), settings.data.max_categories
    series = read_series(columns, schema.frequency, table)
    names = [one.name for one in series] if 1 < len(series) <= most else []
    window = max(SHORTEST, settings.data.window or window_of(schema, series))
    return features_from(
        Fitted(
            columns=columns,
            frequency=schema.frequency,
            season=schema.season,
            horizon=schema.horizon,
            window=window,
            form=str(table.columns[columns.time][-1]),
            calendar=repeated_parts(schema.frequency, series),
            scales={one.name: _scale(one) for one in series},
            gaps=any(not np.isfinite(one.target).all() for one in series),
            numbers=_present([fit_numbers(name, series) for name in columns.numbers]),
            number_lags=max(1, min(settings.data.covariate_lags, window)),
            labels=_present([fit_labels(name, series, most) for name in columns.labels]),
            series=names,
        )
    )


def window_of(schema: Schema, series: Sequence[Series]) -> int:
    """By the longest of the series."""
    return choose_window(schema.season, max(map(len, series)))


def choose_window(season: int, steps: int) -> int:
    """Two seasons where the data are long enough for it, and one where that is half of them."""
    window = min(max(2 * season, LONG), steps // 4, LONGEST)
    return season if window < season <= min(steps // 2, LONGEST) else window


def _scale(series: Series) -> tuple[float, float]:
    """Mean and spread of the known values."""
    known = series.target[np.isfinite(series.target)]
    return (float(known.mean()) if len(known) else 0.0, spread_of(known) or 1.0)


def _present(encoders: Sequence[Encoder | None]) -> list[Encoder]:
    return [encoder for encoder in encoders if encoder is not None]


def load_features(path: Path) -> Features:
    raw = json.loads(path.read_text(encoding="utf-8"))
    if raw.pop("format", None) != FORMAT:
        raise DataError(f"{path}: unknown format")
    raw["columns"], raw["frequency"] = Columns(**raw["columns"]), Frequency(**raw["frequency"])
    return features_from(Fitted(**raw))


def features_from(fitted: Fitted) -> Features:
    return Features(fitted, layout_of(fitted))
