"""A backtest: the last blocks of the data in turn are forecast from what lies before them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ml_project.features import window_of
from ml_project.predictions import Predictions, joined, step_intervals
from ml_project.runs import peak_memory_mb, write_json
from ml_project.series import columns_of, read_series
from ml_project.splits import Rows, time_blocks
from ml_project.table import Table
from ml_project.training.data import Data, split_table, times_of
from ml_project.training.examples import forecasts_of
from ml_project.training.fit import Fitted, Job, fit, is_network

FOLDS = 5
SINGLE_SPLIT_ROWS = 20_000  # beyond, one block is as certain as five


@dataclass(frozen=True)
class Measured:
    predictions: Predictions
    fit_seconds: float
    predict_seconds: float
    parameters: int


def choose_folds(rows: int, asked: int | None) -> int:
    folds = asked or (1 if rows > SINGLE_SPLIT_ROWS else FOLDS)
    return min(folds, rows)


def compare_model(job: Job, data: Data, folds: int, folder: Path) -> dict[str, Any]:
    """Writes oof.csv and result.json for the model that the job configures."""
    start = time.perf_counter()
    times, fraction = times_of(data.schema, data.table), job.settings.data.valid_fraction
    blocks = time_blocks(times, folds, fraction)
    measured = [_measure(job, data, earlier, block) for earlier, block in blocks]
    predictions = joined([part.predictions for part in measured])
    coverage = job.settings.trainer.interval_coverage
    truth, outputs = predictions.truth, predictions.outputs
    interval = step_intervals(truth, outputs, predictions.size, coverage)
    replace(predictions, interval=interval).write(folder / "oof.csv", data.schema)
    predict_seconds = sum(part.predict_seconds for part in measured)
    result = {
        "model": job.settings.model.name,
        "folds": len(blocks),
        "seconds": round(time.perf_counter() - start, 3),
        "fit_seconds_per_fold": round(float(np.mean([p.fit_seconds for p in measured])), 4),
        "predict_ms_per_row": round(predict_seconds * 1000 / len(outputs), 6),
        "parameters": max(part.parameters for part in measured),
        "peak_memory_mb": peak_memory_mb(),
        "metrics": predictions.metrics(data.schema),
    }
    write_json(folder / "result.json", result)
    return result


def _measure(job: Job, data: Data, earlier: Rows, block: Rows) -> Measured:
    """Every origin of the block starts from all that was true until then."""
    start = time.perf_counter()
    known = data.table.take(earlier.tolist())
    fitted = _fit(job, data, earlier)
    middle = time.perf_counter()
    asked = forecasts_of(fitted.features, data.table.take(block.tolist()), known)
    outputs = fitted.model.predict(asked.x)
    end = time.perf_counter()
    # The rows of the block, by their place in the whole table.
    whole = replace(asked, rows=block[asked.rows])
    predictions = whole.predictions(fitted.features, data.table, outputs)
    return Measured(predictions, middle - start, end - middle, fitted.model.parameters)


def _looking_back(job: Job, known: Table) -> Job:
    settings, schema = job.settings, job.schema
    series = read_series(columns_of(schema), schema.frequency, known)
    window = settings.data.window or window_of(schema, series)
    return replace(job, settings=replace(settings, data=replace(settings.data, window=window)))


def _fit(job: Job, data: Data, earlier: Rows) -> Fitted:
    """A network gives up the last rows to know when to stop; other models use them all. Both look
    back equally far, or they could not be asked for the same forecasts."""
    known = data.table.take(earlier.tolist())
    job = _looking_back(job, known)
    train, valid = split_table(data.schema, known, job.settings.data.valid_fraction)
    return fit(job, train if is_network(job.settings) else known, valid)
