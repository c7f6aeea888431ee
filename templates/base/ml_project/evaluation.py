"""Scores a trained model on rows that training never saw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ml_project.features import load_features
from ml_project.models.store import load_model
from ml_project.predictions import Predictions
from ml_project.runs import read_run, write_json
from ml_project.schema import check_columns
from ml_project.training.data import Data
from ml_project.training.examples import target_of


def predict_run(folder: Path, data: Data) -> Predictions:
    check_columns(data.schema, data.table)
    features = load_features(folder / "features.json")
    outputs = load_model(folder).predict(features.transform(data.table.columns))
    run = read_run(folder)
    truth = target_of(data.schema, data.table)
    return Predictions(
        data.table.row_ids, truth, outputs, run.get("interval"), run.get("threshold")
    )


def evaluate_run(folder: Path, data: Data, output: Path) -> dict[str, Any]:
    """Writes <run folder's name>.csv and .json into the output folder."""
    run = read_run(folder)
    predictions = predict_run(folder, data)
    name = folder.resolve().name
    predictions.write(output / f"{name}.csv", data.schema)
    result = {
        "model": run["model"],
        "task": run["task"],
        "target": run["target"],
        "checkpoint_sha256": run["checkpoint_sha256"],
        "data_sha256": data.sha256,
        "rows": len(data.table),
        "metrics": predictions.metrics(data.schema),
    }
    write_json(output / f"{name}.json", result)
    return result
