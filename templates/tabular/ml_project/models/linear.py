"""Linear models, on numbers and one column for each category."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from ml_project.errors import UsageError
from ml_project.features import Features
from ml_project.models.ordinal import ProportionalOdds


def linear(settings: Any, features: Features, classes: int, seed: int) -> Any:
    strength = settings.strength
    if classes:
        last: Any = LogisticRegression(C=1 / strength, max_iter=1000, random_state=seed)
    else:
        last = Ridge(alpha=strength)
    return _on_one_hot(features, last)


def ordinal(settings: Any, features: Features, classes: int, seed: int) -> Any:
    check_target(settings, bool(classes), "classes with an order")
    return _on_one_hot(features, ProportionalOdds(settings.strength, seed))


def poisson(settings: Any, features: Features, classes: int, _: int) -> Any:
    check_target(settings, not classes, "counts")
    return _on_one_hot(features, PoissonRegressor(alpha=settings.alpha, max_iter=1000))


def _on_one_hot(features: Features, last: Any) -> Any:
    codes = list(range(features.numeric, features.width))
    known = [list(range(size)) for size in features.cardinalities]
    one_hot = OneHotEncoder(categories=known, sparse_output=False, dtype=np.float32)
    columns = ColumnTransformer([("codes", one_hot, codes)], remainder="passthrough")
    return make_pipeline(columns, last) if codes else last


def check_target(settings: Any, fits: bool, wanted: str) -> None:
    if not fits:
        raise UsageError(f"model.name={settings.name} predicts {wanted}, and the target has none")
