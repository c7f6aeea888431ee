"""Baselines, ridge on lags, and boosted trees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from ml_project.features import Features, Matrix
from ml_project.layout import Floats, Layout, absolute, relative
from ml_project.models.boosting import BoostedSteps
from ml_project.models.ridge import fit_ridge


@dataclass
class LinearSteps:
    """A forecast is the anchor plus a weighted sum, in spreads. Baselines have fixed weights."""

    layout: Layout
    strength: float = 0.0
    is_fixed: bool = False
    weights: Floats = field(init=False)
    bias: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.weights = np.zeros((self.layout.horizon, self.layout.width))
        self.bias = np.zeros(self.layout.horizon)

    @property
    def parameters(self) -> int:
        return int(np.count_nonzero(self.weights) + np.count_nonzero(self.bias)) or 1

    def fit(self, x: Matrix, y: Floats) -> None:
        if not self.is_fixed:
            z = relative(x, y)
            self.weights, self.bias = fit_ridge(x, z, self.layout, self.strength)

    def predict(self, x: Matrix) -> Floats:
        return absolute(x, x @ self.weights.T.astype(np.float32) + self.bias)


class EstimatorModel:
    """`classes` is there for the programs that all kinds of tasks share; a forecast has none."""

    file_name = "checkpoint.joblib"

    def __init__(self, estimator: Any, classes: int) -> None:
        self.estimator = estimator
        self.classes = classes

    @property
    def parameters(self) -> int:
        return int(self.estimator.parameters)

    def predict(self, x: Matrix) -> Matrix:
        return np.asarray(self.estimator.predict(x), dtype=np.float32)

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        joblib.dump(self.estimator, path)
        return path


def load_estimator(path: Path) -> EstimatorModel:
    return EstimatorModel(joblib.load(path), 0)


def new_estimator(settings: Any, features: Features, _: int, seed: int) -> Any:
    return BUILD[settings.name](settings, features.layout, seed)


def _last_value(_: Any, layout: Layout, __: int) -> Any:
    """Nothing is added to the anchor."""
    return LinearSteps(layout, is_fixed=True)


def _seasonal_naive(_: Any, layout: Layout, __: int) -> Any:
    """What was one season before; the last value where there is no season."""
    made = LinearSteps(layout, is_fixed=True)
    if layout.seasons:
        for step in range(layout.horizon):
            made.weights[step, layout.block_start(step)] = 1.0
    return made


def _linear(settings: Any, layout: Layout, _: int) -> Any:
    return LinearSteps(layout, settings.strength)


def _gradient_boosting(settings: Any, layout: Layout, seed: int) -> Any:
    return BoostedSteps(layout, settings, seed)


BUILD: dict[str, Callable[[Any, Layout, int], Any]] = {
    "last_value": _last_value,
    "seasonal_naive": _seasonal_naive,
    "linear": _linear,
    "gradient_boosting": _gradient_boosting,
}
