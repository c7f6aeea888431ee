"""One training from start to finish, with its evidence."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ml_project.intervals import interval_offsets
from ml_project.predictions import Predictions
from ml_project.reference import make_reference
from ml_project.runs import RUN_FILE, peak_memory_mb, versions, write_history, write_json
from ml_project.samples import sample_inputs
from ml_project.table import Table, sha256_of
from ml_project.training.data import Data, split_data
from ml_project.training.fit import Fitted, Job, fit


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
    predictions = _validation(job, fitted, valid)
    checkpoint = _write_model(folder, job, fitted, train)
    predictions.write(folder / "valid.csv", data.schema)
    write_history(folder / "metrics.csv", fitted.history)
    record = {
        **_circumstances(job, fitted, data),
        "started_at": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
        "train_seconds": round(fitted.seconds, 3),
        "peak_memory_mb": peak_memory_mb(),
        "checkpoint_sha256": sha256_of(checkpoint),
        "metrics": {"valid": predictions.metrics(data.schema)},
        "interval": predictions.interval,
        "threshold": predictions.threshold,
    }
    write_json(folder / RUN_FILE, record)
    return fitted


def _validation(job: Job, fitted: Fitted, valid: Table) -> Predictions:
    outputs = fitted.model.predict(fitted.examples.x_valid)
    truth = fitted.examples.y_valid
    interval = None
    if not job.schema.is_classification:
        coverage = job.settings.trainer.interval_coverage
        interval = interval_offsets(truth - outputs[:, 0], coverage)
    return Predictions(valid.row_ids, truth, outputs, interval, job.settings.trainer.threshold)


def _write_model(folder: Path, job: Job, fitted: Fitted, train: Table) -> Path:
    for old in folder.glob("checkpoint.*"):
        old.unlink()
    features, x = fitted.features, fitted.examples.x_train
    outputs = fitted.model.predict(x)
    features.save(folder / "features.json")
    reference = make_reference(job.schema, train, features, x, outputs)
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
        "rows_train": len(fitted.examples.x_train),
        "rows_valid": len(fitted.examples.x_valid),
        "data_sha256": data.sha256,
        "versions": versions(),
        "world_size": job.world.size,
    }
