from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from ml_project.errors import DataError
from ml_project.metrics import regression_metrics
from ml_project.predictions import step_intervals
from ml_project.splits import split_by_time, time_blocks

RANDOM = np.random.default_rng(5)


def test_metrics_agree_with_scikit_learn() -> None:
    truth = RANDOM.normal(size=100)
    value = truth + RANDOM.normal(size=100)
    assert regression_metrics(truth, value) == pytest.approx(
        {
            "mae": reference.mean_absolute_error(truth, value),
            "rmse": reference.root_mean_squared_error(truth, value),
            "mape": reference.mean_absolute_percentage_error(truth, value),
            "r2": reference.r2_score(truth, value),
        }
    )


def test_what_is_not_defined_is_none() -> None:
    assert regression_metrics(np.ones(3), np.ones(3))["r2"] is None
    assert regression_metrics(np.zeros(2), np.ones(2))["mape"] is None
    assert regression_metrics(np.array([0.0, 2.0]), np.array([1.0, 3.0]))["mape"] == 0.5


def test_intervals_are_wider_where_forecasts_are_worse_and_for_larger_series() -> None:
    size = np.repeat([1.0, 50.0], 500)
    truth = RANDOM.normal(size=(1000, 3)) * size[:, None] * [1.0, 2.0, 4.0]
    truth[::7, 1], truth[:, 2] = np.nan, np.nan
    found = step_intervals(truth, np.zeros((1000, 3), dtype=np.float32), size, 0.9)
    assert found["high"][:2] == pytest.approx([1.64, 3.29], rel=0.15)
    assert found["low"][2] < 0 < found["high"][2]  # never seen: that of the other steps


def test_the_last_rows_validate() -> None:
    times = np.array([3.0, 1.0, 2.0, 4.0, 0.0])
    train, valid = split_by_time(times, 0.2)
    assert (train.tolist(), valid.tolist()) == ([0, 1, 2, 4], [3])
    train, valid = split_by_time(np.array([1.0, 1.0, 1.0, 2.0]), 0.9)
    assert (train.tolist(), valid.tolist()) == ([0, 1, 2], [3])
    with pytest.raises(DataError):
        split_by_time(np.ones(4), 0.5)


@pytest.mark.parametrize("folds", [1, 2, 5])
def test_a_block_lies_after_the_rows_that_it_is_forecast_from(folds: int) -> None:
    times = np.repeat(np.arange(50.0), 2)
    blocks = time_blocks(times, folds, 0.2)
    assert len(blocks) == folds
    for before, block in blocks:
        assert times[before].max() < times[block].min()
        assert len(before) >= len(times) / 2
    held = np.concatenate([block for _, block in blocks])
    assert held.tolist() == list(range(100 - len(held), 100))


def test_a_short_series_has_fewer_blocks() -> None:
    assert len(time_blocks(np.arange(4, dtype=np.float64), 5, 0.2)) == 2
