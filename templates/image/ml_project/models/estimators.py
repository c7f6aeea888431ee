"""Baselines from scikit-learn on the pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.pipeline import make_pipeline

from ml_project.features import Features, Matrix


class EstimatorModel:
    file_name = "checkpoint.joblib"

    def __init__(self, estimator: Any, classes: int) -> None:
        self.estimator = estimator
        self.classes = classes

    @property
    def parameters(self) -> int:
        return count_parameters(self.estimator)

    def predict(self, x: Matrix) -> Matrix:
        outputs = np.zeros((len(x), self.classes), dtype=np.float32)
        # Training may have seen fewer classes than the schema names.
        outputs[:, self.estimator.classes_] = self.estimator.predict_proba(x.reshape(len(x), -1))
        return outputs

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        joblib.dump({"estimator": self.estimator, "classes": self.classes}, path)
        return path


class OnPixels:
    """A model of rows, fed with images."""

    def __init__(self, last: Any) -> None:
        self.last = last

    def __getattr__(self, name: str) -> Any:
        if name == "last" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.last, name)

    def fit(self, x: Matrix, y: Any) -> None:
        self.last.fit(x.reshape(len(x), -1), y)


class Nearness(BaseEstimator):
    """How near an image is to each of some training images: exp(-gamma * squared distance)."""

    def __init__(self, gamma: float, centres: int, seed: int) -> None:
        self.gamma = gamma
        self.centres = centres
        self.seed = seed

    def fit(self, x: Matrix, _: Any = None) -> Nearness:
        order = np.random.default_rng(self.seed).permutation(len(x))
        self.components_ = x[order[: self.centres]].astype(np.float64)
        return self

    def transform(self, x: Matrix) -> Any:
        return rbf_kernel(x.astype(np.float64), self.components_, gamma=self.gamma)


def load_estimator(path: Path) -> EstimatorModel:
    saved = joblib.load(path)
    return EstimatorModel(saved["estimator"], saved["classes"])


def new_estimator(settings: Any, features: Features, _: int, seed: int) -> Any:
    return OnPixels(BUILD[settings.name](settings, features, seed))


def count_parameters(estimator: Any) -> int:
    if hasattr(estimator, "steps"):
        kernel, last = (step for _, step in estimator.steps)
        return int(kernel.components_.size + last.coef_.size + last.intercept_.size)
    if hasattr(estimator, "coef_"):
        return int(estimator.coef_.size + estimator.intercept_.size)
    if hasattr(estimator, "estimators_"):
        return sum(tree.tree_.node_count for tree in estimator.estimators_)
    return max(1, int(np.size(estimator.class_prior_)))


def _logistic(settings: Any, seed: int) -> LogisticRegression:
    return LogisticRegression(C=1 / settings.strength, max_iter=500, random_state=seed)


def _kernel(settings: Any, features: Features, seed: int) -> Any:
    nearness = Nearness(0.5 / features.width, settings.centres, seed)
    return make_pipeline(nearness, _logistic(settings, seed))


def _random_forest(settings: Any, _: Features, seed: int) -> Any:
    return RandomForestClassifier(
        n_estimators=settings.trees,
        min_samples_leaf=settings.min_samples_leaf,
        max_leaf_nodes=settings.max_leaf_nodes,
        random_state=seed,
    )


BUILD: dict[str, Callable[[Any, Features, int], Any]] = {
    "majority": lambda _, __, ___: DummyClassifier(strategy="prior"),
    "linear": lambda settings, _, seed: _logistic(settings, seed),
    "kernel": _kernel,
    "random_forest": _random_forest,
}
