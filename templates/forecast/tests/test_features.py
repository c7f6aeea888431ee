from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_project.errors import DataError
from ml_project.features import Features, choose_window, fit_features, load_features
from ml_project.layout import ANCHOR, FIRST, SPREAD
from ml_project.training.data import Data
from ml_project.training.examples import forecasts_of
from tests.conftest import Make
from tests.made import PRICE, VALUE, make_several, write_data
from tests.places import Made


def fitted(made: Made, *overrides: str) -> tuple[Features, Data]:
    settings = made.settings(*overrides)
    data = made.load(settings)
    return fit_features(data.schema, data.table, settings), data


def hourly(folder: Path, steps: int = 400, **more: Any) -> Made:
    start = datetime(2024, 1, 1)
    rows: list[list[object]] = [
        [i, (start + timedelta(hours=i)).isoformat(), i % 24] for i in range(steps)
    ]
    frequency = {"unit": "second", "count": 3600}
    given = {"horizon": 2, "season": 24, "frequency": frequency} | more
    return write_data(folder, {"at": "time", "load": "target"}, rows, **given)


def test_nothing_later_than_its_origin_reaches_an_example(make: Make) -> None:
    features, data = fitted(make("time_series_forecasting"))
    [series] = features.series_of(data.table)
    origins = features.origins(series)
    before = features.transform_series(series, origins)
    for cut in (45, 60, 90):
        changed = deepcopy(series)
        changed.target[cut + 1 :], changed.numbers[PRICE][cut + 1 :] = 1e6, -1e6
        changed.labels["kind"][cut + 1 :] = [None] * (len(series) - cut - 1)
        after = features.transform_series(changed, origins)
        assert np.array_equal(before[origins <= cut], after[origins <= cut])
        assert not np.array_equal(before[origins > cut], after[origins > cut])


def test_the_truth_is_what_came_later(tmp_path: Path) -> None:
    features, data = fitted(hourly(tmp_path))
    asked = forecasts_of(features, data.table)
    assert np.array_equal(asked.y[:, 0], asked.rows[:, 0] % 24)
    assert np.array_equal(asked.rows[:-1, 1], asked.rows[:-1, 0] + 1)
    assert np.array_equal(asked.x[:, ANCHOR], (asked.rows[:, 0] - 1) % 24)
    # The first two columns of a block are the values one and two seasons before.
    start, layout = features.layout.block_start(1), features.layout
    season = asked.x[:-1, start] * asked.x[:-1, SPREAD] + asked.x[:-1, ANCHOR]
    assert layout.seasons == 2 and np.allclose(season, asked.y[:-1, 1], atol=1e-4)


def test_earlier_rows_give_the_first_rows_a_forecast(make: Make) -> None:
    features, data = fitted(make("time_series_forecasting"))
    early, late = data.table.take(range(60)), data.table.take(range(60, 118))
    alone, after = forecasts_of(features, late), forecasts_of(features, late, early)
    found = {late.row_ids[row] for row in after.rows[np.isfinite(after.y)]}
    assert found == {i for i, v in zip(late.row_ids, late.columns[VALUE], strict=True) if v}
    assert len(alone.y) < len(after.y)
    first = np.isfinite(after.y) & (after.rows == 0)
    assert first.sum(axis=0).tolist() == [1, 1, 1]  # from one, two and three steps before


def test_a_year_counts_only_where_it_was_seen_to_repeat(tmp_path: Path) -> None:
    features, _ = fitted(hourly(tmp_path / "short"))
    assert features.fitted.calendar == ["weekday", "hour"]
    daily = {"unit": "day", "count": 1}
    features, _ = fitted(hourly(tmp_path / "days", frequency=daily, season=7))
    assert features.fitted.calendar == ["weekday"]


@pytest.mark.parametrize(
    ("season", "steps", "window"), [(1, 1000, 28), (24, 1000, 48), (7, 60, 15), (12, 30, 12)]
)
def test_the_window_is_as_long_as_the_data_allow(season: int, steps: int, window: int) -> None:
    assert choose_window(season, steps) == window


def test_series_of_any_size_look_alike(tmp_path: Path) -> None:
    features, data = fitted(make_several(tmp_path), "data.max_categories=2")
    asked = forecasts_of(features, data.table)
    lags = asked.x[:, FIRST : FIRST + features.layout.lags]
    size = asked.x[:, SPREAD]
    spreads = [float(np.abs(lags[size == one]).mean()) for one in np.unique(size)]
    assert len(spreads) == 3 and max(spreads) < 1.5 * min(spreads)
    assert features.fitted.calendar == ["month"]


def test_reloading_gives_the_same_rows(make: Make, tmp_path: Path) -> None:
    features, data = fitted(make("time_series_forecasting"))
    features.save(tmp_path / "features.json")
    again = load_features(tmp_path / "features.json")
    x = features.transform(data.table.columns)
    assert np.array_equal(again.transform(data.table.columns), x)
    assert x.dtype == np.float32 and x.shape[1] == features.width and np.isfinite(x).all()
    assert np.linalg.matrix_rank(np.cov(features.measures(x), rowvar=False)) > 3


def test_rows_too_few_for_a_window_are_refused(make: Make) -> None:
    features, data = fitted(make("time_series_forecasting"))
    with pytest.raises(DataError, match="no series has"):
        forecasts_of(features, data.table.take(range(5)))


def test_the_shipped_sample_becomes_finite_numbers(mini: Made) -> None:
    features, data = fitted(mini)
    asked = forecasts_of(features, data.table)
    assert np.isfinite(asked.x).all() and len(asked.x) > 8
