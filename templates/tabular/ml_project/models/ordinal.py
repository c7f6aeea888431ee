"""Proportional odds (McCullagh 1980): one direction for all grades, a cut between neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression


class ProportionalOdds(ClassifierMixin, BaseEstimator):
    """Classes are grades, lowest first. Each row is seen once for each cut, as "above it" or not:
    a logistic regression of that answers for all cuts at once (Cardoso & da Costa 2007)."""

    def __init__(self, strength: float = 1.0, seed: int = 0) -> None:
        self.strength = strength
        self.seed = seed

    def fit(self, x: NDArray[Any], y: NDArray[np.int64]) -> ProportionalOdds:
        self.classes_, grades = np.unique(y, return_inverse=True)
        cuts = len(self.classes_) - 1
        above = np.concatenate([grades > cut for cut in range(cuts)])
        logistic = LogisticRegression(
            C=1 / (self.strength * max(cuts, 1)),
            fit_intercept=False,
            max_iter=1000,
            random_state=self.seed,
        ).fit(_repeated(x, cuts), above)
        self.coef_ = logistic.coef_[:, : x.shape[1]]
        self.intercept_ = logistic.coef_[0, x.shape[1] :] * CUT_SCALE
        return self

    def predict_proba(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """[batch, features] → [batch, classes]."""
        above = 1 / (1 + np.exp(-(x @ self.coef_.T + self.intercept_)))
        ends = np.ones((len(x), 1)), np.zeros((len(x), 1))
        return -np.diff(np.hstack([ends[0], above, ends[1]]), axis=1)


CUT_SCALE = 10.0  # a wide column for each cut, so that the penalty hardly holds the cuts


def _repeated(x: NDArray[Any], cuts: int) -> sparse.csr_matrix:
    rows = sparse.csr_matrix(x)
    columns = sparse.kron(sparse.eye(cuts), np.full((x.shape[0], 1), CUT_SCALE))
    return sparse.hstack([sparse.vstack([rows] * cuts), columns], format="csr")
