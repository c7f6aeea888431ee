"""Baselines and linear models from scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

from ml_project.features import Features, Matrix


class EstimatorModel:
    file_name = "checkpoint.joblib"

    def __init__(self, estimator: Any, classes: int) -> None:
        self.estimator = estimator
        self.classes = classes

    @property
    def parameters(self) -> int:
        fitted = self.estimator.last
        weights = getattr(fitted, "coef_", getattr(fitted, "feature_log_prob_", None))
        return int(np.size(fitted.class_prior_ if weights is None else weights)) + self.classes

    def predict(self, x: Matrix) -> Matrix:
        outputs = np.zeros((len(x), self.classes), dtype=np.float32)
        # Training may have seen fewer classes than the schema names.
        outputs[:, self.estimator.classes_] = self.estimator.predict_proba(x)
        return outputs

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        joblib.dump({"estimator": self.estimator, "classes": self.classes}, path)
        return path


class OnTerms:
    """A model of sparse rows, fed with the numbers and weights of terms."""

    def __init__(self, last: Any, size: int) -> None:
        self.last = last
        self.size = size

    @property
    def classes_(self) -> Any:
        return self.last.classes_

    def fit(self, x: Matrix, y: Any) -> None:
        self.last.fit(self._sparse(x), y)

    def predict_proba(self, x: Matrix) -> Any:
        return self.last.predict_proba(self._sparse(x))

    def _sparse(self, x: Matrix) -> csr_matrix:
        rows, places = np.nonzero(x[:, 0])
        weights, numbers = x[rows, 1, places], x[rows, 0, places].astype(np.int64)
        return csr_matrix((weights, (rows, numbers)), shape=(len(x), self.size))


def load_estimator(path: Path) -> EstimatorModel:
    saved = joblib.load(path)
    return EstimatorModel(saved["estimator"], saved["classes"])


def new_estimator(settings: Any, features: Features, _: int, seed: int) -> Any:
    return OnTerms(BUILD[settings.name](settings, seed), features.size)


def _logistic(settings: Any, seed: int) -> Any:
    balance = "balanced" if settings.name == "linear_balanced" else None
    return LogisticRegression(
        C=1 / settings.strength, class_weight=balance, max_iter=1000, random_state=seed
    )


BUILD: dict[str, Callable[[Any, int], Any]] = {
    "majority": lambda _, __: DummyClassifier(strategy="prior"),
    "naive_bayes": lambda settings, _: MultinomialNB(alpha=settings.smoothing),
    "linear": _logistic,
    "linear_balanced": _logistic,
}
