"""One training from start to finish, with its evidence."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from ml_project.predictions import Predictions
from ml_project.reference import make_reference
from ml_project.runs import RUN_FILE, peak_memory_mb, versions, write_history, write_json
from ml_project.samples import sample_inputs
from ml_project.table import sha256_of
from ml_project.training.data import Data, split_data
from ml_project.training.fit import Fitted, Job, fit

REFERENCE_ANSWERS = 300


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
    answers = fitted.translate(fitted.valid.sources)
    predictions = Predictions(valid.row_ids, fitted.valid.targets, answers)
    checkpoint = _write_model(folder, job, fitted)
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
    }
    write_json(folder / RUN_FILE, record)
    return fitted


def _write_model(folder: Path, job: Job, fitted: Fitted) -> Path:
    for old in folder.glob("checkpoint.*"):
        old.unlink()
    features, train, seed = fitted.features, fitted.train, job.settings.seed
    features.save(folder / "features.json")
    some = np.random.default_rng(seed).permutation(len(train))[:REFERENCE_ANSWERS]
    answers = fitted.translate([train.sources[row] for row in some])
    write_json(folder / "reference.json", make_reference(features, train, answers))
    write_json(folder / "samples.json", sample_inputs(train, seed))
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
        "rows_train": len(fitted.train),
        "rows_valid": len(fitted.valid),
        "data_sha256": data.sha256,
        "versions": versions(),
        "world_size": job.world.size,
    }
