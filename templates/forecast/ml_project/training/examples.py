"""Series turned into arrays for training: an example is a moment from which is forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_project.errors import DataError
from ml_project.features import Features, Matrix
from ml_project.layout import relative
from ml_project.predictions import Predictions, relative_spread
from ml_project.schema import Schema
from ml_project.series import Series
from ml_project.table import Table

Target = NDArray[np.float64]
Rows = NDArray[np.int64]
MOST_CELLS = 100_000_000  # numbers in the matrix of the training examples


@dataclass(frozen=True)
class Forecasts:
    """Rows are origins, columns the steps after them: the truth, NaN where it is not known, and
    the number of the forecasted row."""

    x: Matrix
    y: Target
    rows: Rows

    def predictions(self, features: Features, table: Table, outputs: Matrix) -> Predictions:
        size = relative_spread(self.x, features.fitted.typical_spread)
        return Predictions(table.row_ids, self.rows, self.y, outputs, size)


@dataclass(frozen=True)
class Examples:
    train: Forecasts
    valid: Forecasts

    @property
    def x_train(self) -> Matrix:
        return self.train.x

    @property
    def y_train(self) -> Target:
        return self.train.y

    @property
    def x_valid(self) -> Matrix:
        return self.valid.x

    @property
    def y_valid(self) -> Target:
        return self.valid.y

    def tensors(self, device: torch.device, _: int) -> tuple[Tensor, Tensor]:
        """A network is trained on relative values, so that series of any size count alike."""
        z = torch.from_numpy(relative(self.train.x, self.train.y))
        return torch.from_numpy(self.train.x).to(device), z.to(device, torch.float32)


def make_examples(features: Features, _: Schema, train: Table, valid: Table) -> Examples:
    """Nothing of a training example is later than the training rows. Where they are more than
    memory holds, training takes every second origin, or fewer."""
    every = 1 + len(train) * features.width // MOST_CELLS
    seen = forecasts_of(features, train, every=every)
    return Examples(seen, forecasts_of(features, valid, train))


def forecasts_of(
    features: Features, table: Table, before: Table | None = None, every: int = 1
) -> Forecasts:
    """Every forecast of a row of the table. `before` adds earlier rows to start from."""
    known = features.series_of(*([] if before is None else [before]), table)
    parts = [_of_series(features, one, every) for one in known]
    found = Forecasts(
        np.concatenate([part.x for part in parts]),
        np.concatenate([part.y for part in parts]),
        np.concatenate([part.rows for part in parts]),
    )
    if not len(found.x):
        raise DataError(f"no series has {features.fitted.window} steps and a value to forecast")
    return found


def _of_series(features: Features, series: Series, every: int) -> Forecasts:
    horizon, origins = features.layout.horizon, features.origins(series)[::every]
    beyond = np.full(horizon, -1)
    rows = np.concatenate([series.rows, beyond])
    target = np.where(rows >= 0, np.concatenate([series.target, beyond]), np.nan)
    steps = origins[:, None] + np.arange(1, horizon + 1)
    asked = np.isfinite(target[steps]).any(axis=1)
    origins, steps = origins[asked], steps[asked]
    return Forecasts(features.transform_series(series, origins), target[steps], rows[steps])
