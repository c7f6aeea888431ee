from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from ml_project.covariates import fit_labels, fit_numbers, label_columns, number_columns
from ml_project.errors import DataError
from ml_project.series import Columns, Series, columns_of, read_series
from ml_project.table import Table, read_table
from ml_project.times import Frequency
from ml_project.training.data import Data
from ml_project.windows import filled_windows, gaps
from tests.conftest import Make
from tests.made import TIME, VALUE

COLUMNS = Columns("day", [], "y", ["price"], {"kind": "categorical"})


def loaded(make: Make) -> Data:
    made = make("time_series_forecasting")
    return made.load(made.settings())


def series_of(data: Data, *more: Table) -> list[Series]:
    return read_series(columns_of(data.schema), data.schema.frequency, data.table, *more)


def covariates(price: list[float], kind: list[str | None]) -> Series:
    nothing = np.full(len(price), np.nan)
    rows = np.arange(len(price))
    start = datetime(2024, 1, 1)
    return Series("", start, 1, nothing, {"price": np.array(price)}, {"kind": kind}, rows)


def test_gaps_are_filled_from_within_the_window() -> None:
    values = np.array([1.0, np.nan, 3.0, np.nan, np.nan, 9.0, np.nan])
    found = filled_windows(values, np.arange(2, 7), 3)
    assert found.tolist() == [[1, 2, 3], [3, 3, 3], [3, 3, 3], [9, 9, 9], [9, 9, 9]]
    assert gaps(values, np.array([2, 6]), 3).tolist() == [[0, 1 / 3], [1 / 3, 2 / 3]]
    assert np.isnan(filled_windows(values, np.array([4]), 2)).all()


def test_absent_steps_and_cells_are_gaps(make: Make) -> None:
    [series] = series_of(loaded(make))
    assert len(series) == 120
    assert np.flatnonzero(np.isnan(series.target)).tolist() == [30, 40, 41, 71]
    assert np.flatnonzero(series.rows < 0).tolist() == [40, 41]


def test_two_rows_of_one_time_count_once(make: Make) -> None:
    data = loaded(make)
    again = Table(["x"], {name: [cells[9]] for name, cells in data.table.columns.items()})
    again.columns[VALUE][0] = "77"
    [series] = series_of(data, again)
    assert series.target[9] == 77 and series.rows.max() == 0


@pytest.mark.parametrize("cell", ["soon", ""])
def test_a_row_without_a_time_is_named(make: Make, cell: str) -> None:
    data = loaded(make)
    data.table.columns[TIME][7] = cell or None
    with pytest.raises(DataError, match=r"row 7.*__proto__"):
        series_of(data)


def test_a_target_that_is_no_number_is_named(make: Make) -> None:
    data = loaded(make)
    data.table.columns[VALUE][7] = "many"
    with pytest.raises(DataError, match=r"row 7.*many"):
        series_of(data)


def test_a_frequency_far_too_fine_is_named(make: Make) -> None:
    data = loaded(make)
    schema = replace(data.schema, frequency=Frequency("second", 1))
    with pytest.raises(DataError, match="second"):
        series_of(replace(data, schema=schema))


@pytest.mark.parametrize("content", ["a,b\n1\n", "a,a\n1,2\n", 'a\n"x', ""])
def test_a_broken_table_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError):
        read_table(path)


def test_the_last_values_of_a_column_are_standardised() -> None:
    series = covariates([1.0, 3.0, np.nan, 5.0, np.nan], [None] * 5)
    encoder = fit_numbers("price", [series])
    assert encoder is not None and encoder["gaps"]
    found = number_columns(encoder, series, np.array([1, 3, 4]), window=2, lags=1)
    assert found[:, 0] == pytest.approx([0.0, 2 / encoder["spread"], 2 / encoder["spread"]])
    assert found[:, 1].tolist() == [0, 0, 1]


def test_a_column_that_does_not_vary_is_left_out() -> None:
    series = covariates([5.0] * 4, ["red"] * 4)
    assert fit_numbers("price", [series]) is None
    assert fit_labels("kind", [series], 5) is None


def test_the_last_known_category_counts() -> None:
    series = covariates([0.0] * 6, ["red", "red", None, "blue", None, None])
    encoder = fit_labels("kind", [series], 1)
    assert encoder is not None and encoder["values"] == ["red"]
    found = label_columns(encoder, series, np.arange(1, 6), window=2)
    assert found[:, 0].tolist() == [1, 1, 0, 0, 0]


def test_a_weekend_is_no_gap_where_weekdays_count(make: Make) -> None:
    data = loaded(make)
    start = date(2024, 1, 1)
    days = [start + timedelta(i) for i in range(42) if i % 7 < 5]
    cells: dict[str, list[str | None]] = {}
    cells |= {name: [None] * len(days) for name in data.table.columns}
    cells |= {TIME: [day.isoformat() for day in days], VALUE: [str(i) for i in range(len(days))]}
    table = Table([str(i) for i in range(len(days))], cells)
    [series] = read_series(columns_of(data.schema), Frequency("weekday", 1), table)
    assert series.target.tolist() == list(range(len(days)))
