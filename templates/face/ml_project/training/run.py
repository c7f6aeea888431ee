"""One training from start to finish, with its evidence."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ml_project.predictions import Predictions
from ml_project.reference import make_reference
from ml_project.runs import RUN_FILE, peak_memory_mb, versions, write_history, write_json
from ml_project.samples import sample_inputs
from ml_project.table import Table, sha256_of
from ml_project.training.data import Data, split_data
from ml_project.training.fit import Fitted, Job, fit
from ml_project.training.threshold import threshold_of


def train_run(job: Job, data: Data, folder: Path) -> Fitted | None:
    """Trains and fills the run folder. Other processes than the main one return None."""
    started = datetime.now(timezone.utc)
    clock = time.perf_counter()
    settings = job.settings
    train, valid = split_data(data, settings.data.valid_fraction, settings.seed)
    folder.mkdir(parents=True, exist_ok=True)
    fitted = fit(job, train, valid)
    if not job.world.is_main:
        return None
    predictions = _validation(job, fitted)
    checkpoint = _write_model(folder, job, fitted, train)
    predictions.write(folder / "valid.csv")
    write_history(folder / "metrics.csv", fitted.history)
    record = {
        **_circumstances(job, fitted, data),
        "started_at": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
        "train_seconds": round(fitted.seconds, 3),
        "peak_memory_mb": peak_memory_mb(),
        "checkpoint_sha256": sha256_of(checkpoint),
        "metrics": {"valid": predictions.metrics()},
        "threshold": predictions.threshold,
    }
    write_json(folder / RUN_FILE, record)
    return fitted


def _validation(job: Job, fitted: Fitted) -> Predictions:
    """By the configured threshold, or by the one that these people show."""
    found = fitted.examples.valid.compared(fitted.model)
    known = job.settings.model.threshold
    return replace(found, threshold=known or threshold_of(job.settings, [found]))


def _write_model(folder: Path, job: Job, fitted: Fitted, train: Table) -> Path:
    for old in folder.glob("checkpoint.*"):
        old.unlink()
    fitted.features.save(folder / "features.json")
    examples = fitted.examples
    reference = make_reference(job.schema, train, fitted.features, examples, fitted.model)
    write_json(folder / "reference.json", reference)
    write_json(folder / "samples.json", sample_inputs(job.schema, train, job.settings.seed))
    return fitted.model.save(folder)


def _circumstances(job: Job, fitted: Fitted, data: Data) -> dict[str, Any]:
    return {
        "model": job.settings.model.name,
        "task": data.schema.task,
        "target": data.schema.target,
        "framework": job.settings.framework,
        "seed": job.settings.seed,
        "device": str(job.world.device),
        "epochs": fitted.epochs,
        "batch_size": fitted.batch_size,
        "steps": fitted.steps,
        "parameters": fitted.model.parameters,
        "rows_train": len(fitted.examples.train.x),
        "rows_valid": len(fitted.examples.valid.x),
        "data_sha256": data.sha256,
        "versions": versions(),
        "world_size": job.world.size,
    }
