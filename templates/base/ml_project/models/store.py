"""Brings a saved model back from a run folder."""

from __future__ import annotations

from pathlib import Path

from ml_project.errors import UsageError
from ml_project.models.estimators import EstimatorModel, load_estimator
from ml_project.models.predictor import NetworkModel, load_network


def checkpoint_path(folder: Path) -> Path:
    for name in (NetworkModel.file_name, EstimatorModel.file_name):
        if (folder / name).is_file():
            return folder / name
    raise UsageError(f"{folder}: no checkpoint in this folder")


def load_model(folder: Path) -> NetworkModel | EstimatorModel:
    path = checkpoint_path(folder)
    if path.name == NetworkModel.file_name:
        return load_network(path)
    return load_estimator(path)
