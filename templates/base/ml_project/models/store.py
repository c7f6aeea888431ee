"""Brings a saved model back from a run folder."""

from __future__ import annotations

from pathlib import Path

from ml_project.errors import UsageError
from ml_project.frameworks import CHECKPOINTS, load_network
from ml_project.models.estimators import EstimatorModel, load_estimator
from ml_project.models.predictor import NetworkModel


def checkpoint_path(folder: Path) -> Path:
    for name in (*CHECKPOINTS, EstimatorModel.file_name):
        if (folder / name).is_file():
            return folder / name
    raise UsageError(f"{folder}: no checkpoint in this folder")


def load_model(folder: Path) -> NetworkModel | EstimatorModel:
    path = checkpoint_path(folder)
    return load_network(path) if path.name in CHECKPOINTS else load_estimator(path)
