"""Baselines, linear models and trees from scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from ml_project.features import Features, Matrix
from ml_project.models.linear import check_target, linear, ordinal, poisson


class EstimatorModel:
    """`classes` is 0 for regression."""

    file_name = "checkpoint.joblib"

    def __init__(self, estimator: Any, classes: int) -> None:
        self.estimator = estimator
        self.classes = classes

    @property
    def parameters(self) -> int:
        return count_parameters(self.estimator)

    def predict(self, x: Matrix) -> Matrix:
        if not self.classes:
            return np.asarray(self.estimator.predict(x), dtype=np.float32).reshape(-1, 1)
        outputs = np.zeros((len(x), self.classes), dtype=np.float32)
        # Training may have seen fewer classes than the schema names.
        outputs[:, self.estimator.classes_] = self.estimator.predict_proba(x)
        return outputs

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        joblib.dump({"estimator": self.estimator, "classes": self.classes}, path)
        return path


def load_estimator(path: Path) -> EstimatorModel:
    saved = joblib.load(path)
    return EstimatorModel(saved["estimator"], saved["classes"])


def new_estimator(settings: Any, features: Features, classes: int, seed: int) -> Any:
    return BUILD[settings.name](settings, features, classes, seed)


def count_parameters(estimator: Any) -> int:
    """Coefficients of a linear model, nodes of a tree ensemble."""
    if hasattr(estimator, "steps"):
        return count_parameters(estimator.steps[-1][1])
    if hasattr(estimator, "coef_"):
        return int(np.size(estimator.coef_) + np.size(estimator.intercept_))
    if hasattr(estimator, "estimators_"):
        return sum(tree.tree_.node_count for tree in estimator.estimators_)
    if hasattr(estimator, "_predictors"):
        return sum(len(tree.nodes) for stage in estimator._predictors for tree in stage)
    return max(1, int(np.size(getattr(estimator, "class_prior_", 1))))


def _baseline(_: Any, __: Features, classes: int, ___: int) -> Any:
    return DummyClassifier(strategy="prior") if classes else DummyRegressor(strategy="mean")


def _median(settings: Any, _: Features, classes: int, __: int) -> Any:
    check_target(settings, not classes, "numbers")
    return DummyRegressor(strategy="median")


def _random_forest(settings: Any, _: Features, classes: int, seed: int) -> Any:
    kind = RandomForestClassifier if classes else RandomForestRegressor
    return kind(
        n_estimators=settings.trees,
        min_samples_leaf=settings.min_samples_leaf,
        max_leaf_nodes=settings.max_leaf_nodes,
        max_features="sqrt" if classes else 1 / 3,
        random_state=seed,
    )


def _gradient_boosting(settings: Any, _: Features, classes: int, seed: int) -> Any:
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return _boosting(kind, settings, seed)


def _poisson_boosting(settings: Any, _: Features, classes: int, seed: int) -> Any:
    check_target(settings, not classes, "counts")
    return _boosting(HistGradientBoostingRegressor, settings, seed).set_params(loss="poisson")


def _median_boosting(settings: Any, _: Features, classes: int, seed: int) -> Any:
    """Least absolute errors: of a skewed target the median, which the mean error is measured by."""
    check_target(settings, not classes, "numbers")
    return _boosting(HistGradientBoostingRegressor, settings, seed).set_params(
        loss="absolute_error"
    )


def _boosting(kind: Any, settings: Any, seed: int) -> Any:
    return kind(
        max_iter=settings.iterations,
        learning_rate=settings.learning_rate,
        max_leaf_nodes=settings.max_leaf_nodes,
        min_samples_leaf=settings.min_samples_leaf,
        l2_regularization=settings.l2,
        early_stopping=False,
        random_state=seed,
    )


BUILD: dict[str, Callable[[Any, Features, int, int], Any]] = {
    "majority": _baseline,
    "mean": _baseline,
    "median": _median,
    "linear": linear,
    "random_forest": _random_forest,
    "gradient_boosting": _gradient_boosting,
    "ordinal": ordinal,
    "poisson": poisson,
    "poisson_boosting": _poisson_boosting,
    "median_boosting": _median_boosting,
}
