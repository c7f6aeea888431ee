"""Boosted trees for all steps of a forecast together.

One model for each step would take as many times as long. Here every step is a row of its own: what
all steps share, and the block of that step, which says when it is and what was a season before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from ml_project.layout import Floats, Layout, absolute, relative

MOST_ROWS = 50_000  # of steps; a longer history adds time, hardly accuracy
CHUNK = 50_000  # steps that are forecast together


class BoostedSteps:
    def __init__(self, layout: Layout, settings: Any, seed: int) -> None:
        self.layout = layout
        # For each step the columns that its row is made of.
        self.columns = np.array([layout.columns(step) for step in range(layout.horizon)])
        self.trees = HistGradientBoostingRegressor(
            max_iter=settings.iterations,
            learning_rate=settings.learning_rate,
            max_leaf_nodes=settings.max_leaf_nodes,
            min_samples_leaf=settings.min_samples_leaf,
            l2_regularization=settings.l2,
            early_stopping=False,
            random_state=seed,
        )

    @property
    def parameters(self) -> int:
        return sum(len(tree.nodes) for stage in self.trees._predictors for tree in stage)

    def fit(self, x: Floats, y: Floats) -> None:
        origins, steps = np.nonzero(np.isfinite(y))
        every = max(1, -(-len(origins) // MOST_ROWS))
        origins, steps = origins[::every], steps[::every]
        z = relative(x, y)[origins, steps]
        self.trees.fit(x[origins[:, None], self.columns[steps]], z)

    def predict(self, x: Floats) -> Floats:
        size = max(1, CHUNK // self.layout.horizon)
        parts = [self._predict(x[start : start + size]) for start in range(0, len(x), size)]
        return np.concatenate(parts)

    def _predict(self, x: Floats) -> Floats:
        rows = x[:, self.columns].reshape(-1, self.columns.shape[1])
        z = self.trees.predict(rows).reshape(len(x), -1)
        return absolute(x, z)
