"""Cross-validation by people: the same folds for every model, pairs within each fold."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ml_project.pairs import Rows
from ml_project.people import people_of
from ml_project.predictions import Predictions, joined
from ml_project.runs import peak_memory_mb, write_json
from ml_project.splits import fold_numbers, split_people
from ml_project.training.data import Data
from ml_project.training.examples import images_of
from ml_project.training.fit import Fitted, Job, fit, is_network
from ml_project.training.threshold import threshold_of

FOLDS = 5
SINGLE_SPLIT_ROWS = 20_000  # beyond, one split is as certain as five folds


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
    held = held_out_rows(job, data, folds)
    measured = [_measure(job, data, rows) for rows in held]
    parts = [part.predictions for part in measured]
    whole = joined(cross_fitted(job, parts))
    whole.write(folder / "oof.csv")
    predict_seconds = sum(part.predict_seconds for part in measured)
    result = {
        "model": job.settings.model.name,
        "folds": len(held),
        "seconds": round(time.perf_counter() - start, 3),
        "fit_seconds_per_fold": round(float(np.mean([p.fit_seconds for p in measured])), 4),
        "predict_ms_per_row": round(predict_seconds * 1000 / sum(map(len, held)), 6),
        "parameters": max(part.parameters for part in measured),
        "peak_memory_mb": peak_memory_mb(),
        "threshold": threshold_of(job.settings, parts),
        "metrics": whole.metrics(),
    }
    write_json(folder / "result.json", result)
    return result


def cross_fitted(job: Job, parts: list[Predictions]) -> list[Predictions]:
    """Each part is decided by a threshold that the other parts have chosen."""
    if len(parts) == 1:
        return [replace(parts[0], threshold=threshold_of(job.settings, parts))]
    return [
        replace(part, threshold=threshold_of(job.settings, [p for p in parts if p is not part]))
        for part in parts
    ]


def held_out_rows(job: Job, data: Data, folds: int) -> list[Rows]:
    people, seed = people_of(data.schema, data.table), job.settings.seed
    if folds == 1:
        return [split_people(people, job.settings.data.valid_fraction, seed)[1]]
    numbers = fold_numbers(people, folds, seed)
    return [np.flatnonzero(numbers == fold) for fold in np.unique(numbers)]


def _measure(job: Job, data: Data, held: Rows) -> Measured:
    start = time.perf_counter()
    fitted = _fit_on_the_rest(job, data, held)
    middle = time.perf_counter()
    images = images_of(fitted.features, data.schema, data.table.take(held.tolist()))
    predictions = images.compared(fitted.model)
    end = time.perf_counter()
    return Measured(predictions, middle - start, end - middle, fitted.model.parameters)


def _fit_on_the_rest(job: Job, data: Data, held: Rows) -> Fitted:
    """A network gives up some people to know when to stop; other models use them all."""
    kept = np.setdiff1d(np.arange(len(data.table)), held)
    rest = data.table.take(kept.tolist())
    if not is_network(job.settings):
        return fit(job, rest, rest)
    people = people_of(data.schema, rest)
    train, valid = split_people(people, job.settings.data.valid_fraction, job.settings.seed)
    return fit(job, rest.take(train.tolist()), rest.take(valid.tolist()))
