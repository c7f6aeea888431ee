"""Rows brought onto the regular grid of their series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_project.errors import DataError
from ml_project.names import check_names, series_name
from ml_project.schema import Schema
from ml_project.table import Table
from ml_project.times import Frequency, parse_time
from ml_project.values import parse_boolean, parse_category, parse_number

Floats = NDArray[np.float64]
Texts = list["str | None"]
MOST_STEPS = 100  # for each row; a grid that is emptier has another frequency
PARSE = {"categorical": parse_category, "boolean": parse_boolean}


@dataclass(frozen=True)
class Columns:
    """The names of the columns by what they are used for. `labels` have their role beside them."""

    time: str
    series: list[str]
    target: str
    numbers: list[str]
    labels: dict[str, str]


@dataclass(frozen=True)
class Series:
    """One place for each step. A step without a row has NaN, None, and -1 for its row."""

    name: str
    start: datetime
    day: int  # of the month, where steps are months
    target: Floats
    numbers: dict[str, Floats]
    labels: dict[str, Texts]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.target)

    def extended(self, values: Sequence[float], frequency: Frequency) -> Series:
        """As many steps later, with these values as the latest ones and nothing else known."""
        steps, unknown = len(values), np.full(len(values), np.nan)
        missing: Texts = [None] * steps
        return replace(
            self,
            start=frequency.after(self.start, steps, self.day),
            target=np.append(self.target, values)[steps:],
            numbers={k: np.append(v, unknown)[steps:] for k, v in self.numbers.items()},
            labels={k: [*v, *missing][steps:] for k, v in self.labels.items()},
        )


def columns_of(schema: Schema) -> Columns:
    labels = {item.name: item.role for item in schema.columns if item.role in PARSE}
    return Columns(schema.time, schema.series, schema.target, schema.named("numeric"), labels)


def read_series(columns: Columns, frequency: Frequency, *tables: Table) -> list[Series]:
    """All series of the tables together; of two rows for one time the later one stands.

    `rows` of a series are those of the last table."""
    found: dict[str, list[tuple[datetime, int, int]]] = defaultdict(list)
    for number, table in enumerate(tables):
        for row, (name, moment) in enumerate(moments_of(columns, table)):
            found[name].append((moment, number, row))
    return [_series(name, found[name], columns, frequency, tables) for name in sorted(found)]


def moments_of(columns: Columns, table: Table) -> Iterator[tuple[str, datetime]]:
    """For each row its series and time."""
    keys = [table.columns[name] for name in columns.series]
    times = table.columns[columns.time]
    check_names(keys)
    for row, (row_id, cell) in enumerate(zip(table.row_ids, times, strict=True)):
        try:
            moment = parse_time(cell)
        except ValueError as error:
            raise DataError(f"row {row_id}: {columns.time!r}: {error}") from error
        if moment is None:
            raise DataError(f"row {row_id}: {columns.time!r} is empty")
        yield series_name([key[row] for key in keys]), moment


def _series(
    name: str,
    places: list[tuple[datetime, int, int]],
    columns: Columns,
    frequency: Frequency,
    tables: Sequence[Table],
) -> Series:
    start = min(moment for moment, _, _ in places)
    steps = [frequency.steps(start, moment) for moment, _, _ in places]
    size = max(steps) + 1
    if size > MOST_STEPS * len(places) + 1000:
        raise DataError(f"{size} steps of {frequency} hold {len(places)} rows of series {name!r}")
    empty = blank(name, start, max(moment.day for moment, _, _ in places), size, columns)
    for step, (_, number, row) in zip(steps, places, strict=True):
        table = tables[number]
        empty.rows[step] = row if number == len(tables) - 1 else -1
        cells = {key: values[row] for key, values in table.columns.items()}
        try:
            fill(empty, step, cells, columns)
        except ValueError as error:
            raise DataError(f"row {table.row_ids[row]}: {columns.target!r}: {error}") from error
    return empty


def blank(name: str, start: datetime, day: int, size: int, columns: Columns) -> Series:
    return Series(
        name,
        start,
        day,
        target=np.full(size, np.nan),
        numbers={key: np.full(size, np.nan) for key in columns.numbers},
        labels={key: [None] * size for key in columns.labels},
        rows=np.full(size, -1, dtype=np.int64),
    )


def fill(series: Series, step: int, cells: Any, columns: Columns) -> None:
    """A cell that does not fit its column's role counts as missing, but for the target."""
    value = parse_number(cells.get(columns.target))
    series.target[step] = np.nan if value is None else value
    for key in columns.numbers:
        series.numbers[key][step] = lenient_number(cells.get(key))
    for key, role in columns.labels.items():
        series.labels[key][step] = PARSE[role](cells.get(key))


def lenient_number(cell: object) -> float:
    try:
        value = parse_number(cell)
    except ValueError:
        return np.nan
    return np.nan if value is None else value
