"""Cross-validation: the same folds for every model, predictions for every row."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml_project.pairs import pairs_of
from ml_project.predictions import Predictions
from ml_project.runs import peak_memory_mb, write_json
from ml_project.splits import Rows
from ml_project.training.data import Data, folds_of, held_out, split_data
from ml_project.training.fit import Fitted, Job, fit, is_network

FOLDS = 5
SINGLE_SPLIT_ROWS = 20_000  # beyond, one split is as certain as five folds


@dataclass(frozen=True)
class Measured:
    rows: Rows
    answers: list[str]
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
    answers = {row: text for m in measured for row, text in zip(m.rows, m.answers, strict=True)}
    rows = sorted(answers)
    table = data.table.take(rows)
    truth = pairs_of(data.schema, table).targets
    predictions = Predictions(table.row_ids, truth, [answers[row] for row in rows])
    predictions.write(folder / "oof.csv")
    predict_seconds = sum(part.predict_seconds for part in measured)
    result = {
        "model": job.settings.model.name,
        "folds": folds,
        "seconds": round(time.perf_counter() - start, 3),
        "fit_seconds_per_fold": round(float(np.mean([p.fit_seconds for p in measured])), 4),
        "predict_ms_per_row": round(predict_seconds * 1000 / len(rows), 6),
        "parameters": max(part.parameters for part in measured),
        "peak_memory_mb": peak_memory_mb(),
        "metrics": predictions.metrics(),
    }
    write_json(folder / "result.json", result)
    return result


def held_out_rows(job: Job, data: Data, folds: int) -> list[Rows]:
    settings = job.settings
    if folds == 1:
        return [held_out(data, settings.data.valid_fraction, settings.seed)]
    return [rows for rows in folds_of(data, folds, settings.seed) if len(rows)]


def _measure(job: Job, data: Data, held: Rows) -> Measured:
    start = time.perf_counter()
    test = pairs_of(data.schema, data.table.take(held.tolist()))
    fitted = _fit_on_the_rest(job, data, held)
    middle = time.perf_counter()
    answers = fitted.translate(test.sources)
    end = time.perf_counter()
    return Measured(held, answers, middle - start, end - middle, fitted.model.parameters)


def _fit_on_the_rest(job: Job, data: Data, held: Rows) -> Fitted:
    """A network gives up some rows to know when to stop; other models use them all."""
    kept = np.setdiff1d(np.arange(len(data.table)), held)
    rest = data.table.take(kept.tolist())
    if not is_network(job.settings):
        return fit(job, rest, rest)
    rest_data = Data(data.schema, rest, data.sha256)
    return fit(job, *split_data(rest_data, job.settings.data.valid_fraction, job.settings.seed))
