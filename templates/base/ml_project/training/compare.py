"""Cross-validation: the same folds for every model, predictions for every row."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_project.decision import Threshold, choose_threshold
from ml_project.intervals import interval_offsets
from ml_project.metrics import positive_index
from ml_project.predictions import Outputs, Predictions
from ml_project.runs import peak_memory_mb, write_json
from ml_project.schema import Schema
from ml_project.splits import Rows, fold_numbers, split_rows
from ml_project.table import Table
from ml_project.training.data import Data
from ml_project.training.examples import groups_of, labels_of, target_of
from ml_project.training.fit import Fitted, Job, fit, is_network

FOLDS = 5
SINGLE_SPLIT_ROWS = 20_000  # beyond, one split is as certain as five folds


@dataclass(frozen=True)
class Measured:
    rows: Rows
    outputs: Outputs
    fit_seconds: float
    predict_seconds: float
    parameters: int


def choose_folds(rows: int, asked: int | None) -> int:
    folds = asked or (1 if rows > SINGLE_SPLIT_ROWS else FOLDS)
    return min(folds, rows)


def compare_model(job: Job, data: Data, folds: int, folder: Path) -> dict[str, Any]:
    """Writes oof.csv and result.json for the model that the job configures."""
    start = time.perf_counter()
    measured = [_measure(job, data, held) for held in held_out_rows(job, data, folds)]
    rows = np.concatenate([part.rows for part in measured])
    order = np.argsort(rows, kind="stable")
    outputs = np.concatenate([part.outputs for part in measured])[order]
    table = data.table.take(rows[order].tolist())
    part_of = np.repeat(np.arange(len(measured)), [len(part.rows) for part in measured])[order]
    predictions = _with_interval(job, table, outputs)
    predictions = replace(predictions, threshold=cross_fitted(job, predictions, part_of))
    predictions.write(folder / "oof.csv", data.schema)
    predict_seconds = sum(part.predict_seconds for part in measured)
    result = {
        "model": job.settings.model.name,
        "folds": folds,
        "seconds": round(time.perf_counter() - start, 3),
        "fit_seconds_per_fold": round(float(np.mean([p.fit_seconds for p in measured])), 4),
        "predict_ms_per_row": round(predict_seconds * 1000 / len(rows), 6),
        "parameters": max(part.parameters for part in measured),
        "peak_memory_mb": peak_memory_mb(),
        "threshold": threshold_of(job, predictions, np.ones(len(rows), dtype=bool)),
        "metrics": predictions.metrics(data.schema),
    }
    write_json(folder / "result.json", result)
    return result


def threshold_of(job: Job, predictions: Predictions, rows: NDArray[np.bool_]) -> float | None:
    """What the given rows show to be the threshold for the recall or precision that is asked."""
    schema, trainer = job.schema, job.settings.trainer
    positive = positive_index(schema.classes, schema.positive_class)
    if positive is None:
        return None
    p = predictions.outputs[rows, positive].astype(np.float64)
    truth = predictions.truth[rows] == positive
    return choose_threshold(truth, p, trainer.asked_recall, trainer.asked_precision)


def cross_fitted(job: Job, predictions: Predictions, part_of: Rows) -> Threshold:
    """Each part is decided by a threshold that the other parts have chosen."""
    if part_of.max() == 0:
        return threshold_of(job, predictions, part_of == 0)
    chosen = np.full(len(part_of), np.nan)
    for part in np.unique(part_of):
        found = threshold_of(job, predictions, part_of != part)
        if found is None:
            return None
        chosen[part_of == part] = found
    return chosen


def held_out_rows(job: Job, data: Data, folds: int) -> list[Rows]:
    labels = labels_of(data.schema, target_of(data.schema, data.table))
    settings, count = job.settings, len(data.table)
    groups = groups_of(data.schema, data.table)
    if folds == 1:
        fraction = settings.data.valid_fraction
        return [split_rows(count, fraction, settings.seed, labels, groups)[1]]
    numbers = fold_numbers(count, folds, settings.seed, labels, groups)
    return [np.flatnonzero(numbers == fold) for fold in range(folds)]


def _measure(job: Job, data: Data, held: Rows) -> Measured:
    start = time.perf_counter()
    test = data.table.take(held.tolist())
    fitted = _fit_on_the_rest(job, data, held)
    middle = time.perf_counter()
    outputs = fitted.predict(test)
    end = time.perf_counter()
    return Measured(held, outputs, middle - start, end - middle, fitted.model.parameters)


def _fit_on_the_rest(job: Job, data: Data, held: Rows) -> Fitted:
    """A network gives up some rows to know when to stop; other models use them all."""
    kept = np.setdiff1d(np.arange(len(data.table)), held)
    rest = data.table.take(kept.tolist())
    if not is_network(job.settings):
        return fit(job, rest, rest)
    labels = labels_of(data.schema, target_of(data.schema, rest))
    fraction = job.settings.data.valid_fraction
    train, valid = split_rows(
        len(rest), fraction, job.settings.seed, labels, groups_of(data.schema, rest)
    )
    return fit(job, rest.take(train.tolist()), rest.take(valid.tolist()))


def _with_interval(job: Job, table: Table, outputs: Outputs) -> Predictions:
    schema: Schema = job.schema
    truth = target_of(schema, table)
    interval = None
    if not schema.is_classification:
        coverage = job.settings.trainer.interval_coverage
        interval = interval_offsets(truth - outputs[:, 0], coverage)
    return Predictions(table.row_ids, truth, outputs, interval)
