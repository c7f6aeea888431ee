"""Scores a trained model on people whom training never saw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ml_project.features import load_features
from ml_project.models.store import load_model
from ml_project.predictions import Predictions, write_curve
from ml_project.runs import read_run, write_json
from ml_project.schema import check_columns
from ml_project.training.data import Data
from ml_project.training.examples import images_of


def predict_run(folder: Path, data: Data) -> Predictions:
    check_columns(data.schema, data.table)
    features = load_features(folder / "features.json")
    images = images_of(features, data.schema, data.table)
    return images.compared(load_model(folder), read_run(folder)["threshold"])


def evaluate_run(folder: Path, data: Data, output: Path) -> dict[str, Any]:
    """Writes <run folder's name>.csv, .json and .curve.csv into the output folder."""
    run = read_run(folder)
    predictions = predict_run(folder, data)
    name = folder.resolve().name
    predictions.write(output / f"{name}.csv")
    write_curve(output / f"{name}.curve.csv", predictions.curve())
    result = {
        "model": run["model"],
        "task": run["task"],
        "target": run["target"],
        "checkpoint_sha256": run["checkpoint_sha256"],
        "data_sha256": data.sha256,
        "rows": len(data.table),
        "people": len(set(predictions.names)),
        "pairs": int((~predictions.pairs.search).sum()),
        "threshold": run["threshold"],
        "metrics": predictions.metrics(),
    }
    write_json(output / f"{name}.json", result)
    return result
