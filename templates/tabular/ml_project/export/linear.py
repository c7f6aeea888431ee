"""A fitted linear model or baseline as a torch module, so that one exporter serves both."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import PoissonRegressor
from torch import Tensor, nn

from ml_project.features import Features
from ml_project.models.estimators import EstimatorModel
from ml_project.models.ordinal import ProportionalOdds

Coefficients = tuple[np.ndarray, np.ndarray]


class LinearModule(nn.Module):
    """Numbers times weights, plus one row of a table for each category code."""

    def __init__(self, model: EstimatorModel, features: Features) -> None:
        super().__init__()
        self.numeric = features.numeric
        weights, bias = coefficients(model, features)
        cuts = np.cumsum([0, *features.cardinalities])
        self.tables = nn.ParameterList(
            _constant(weights[:, low:high].T) for low, high in itertools.pairwise(cuts)
        )
        self.weight = _constant(weights[:, cuts[-1] :])
        self.bias = _constant(bias)
        self.link = _link(model)

    def forward(self, x: Tensor) -> Tensor:
        total = nn.functional.linear(x[:, : self.numeric], self.weight, self.bias)
        for i, table in enumerate(self.tables):
            total = total + nn.functional.embedding(x[:, self.numeric + i].long(), table)
        return LINKS[self.link](total)


def _grades(total: Tensor) -> Tensor:
    """Chances of being above each cut → chances of each grade."""
    above = torch.sigmoid(total)
    ends = torch.ones_like(above[:, :1]), torch.zeros_like(above[:, :1])
    return torch.cat([ends[0], above], dim=1) - torch.cat([above, ends[1]], dim=1)


LINKS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda total: total,
    "softmax": lambda total: torch.softmax(total, dim=1),
    "grades": _grades,
    "exp": torch.exp,
}


def _link(model: EstimatorModel) -> str:
    if isinstance(_last(model), ProportionalOdds):
        return "grades"
    if isinstance(_last(model), PoissonRegressor):
        return "exp"
    return "softmax" if model.classes else "identity"


def _last(model: EstimatorModel) -> Any:
    fitted: Any = model.estimator
    return fitted.steps[-1][1] if hasattr(fitted, "steps") else fitted


def coefficients(model: EstimatorModel, features: Features) -> Coefficients:
    """One row of weights for each output; categories come before numbers, as in the fit."""
    fitted: Any = model.estimator
    width = sum(features.cardinalities) + features.numeric
    if hasattr(fitted, "strategy"):
        answer = model.predict(np.zeros((1, features.width), dtype=np.float32))[0]
        if model.classes:
            answer = np.log(np.maximum(answer[fitted.classes_], 1e-30))
        return np.zeros((len(answer), width)), answer
    last = _last(model)
    weights, bias = np.atleast_2d(last.coef_), np.atleast_1d(last.intercept_)
    if isinstance(last, ProportionalOdds):
        return np.repeat(weights, len(bias), axis=0), bias
    if model.classes and len(weights) == 1:
        # The softmax of (0, z) is the logistic function of z.
        weights, bias = np.vstack([weights * 0, weights]), np.append(bias * 0, bias)
    return weights, bias


def _constant(values: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.tensor(values, dtype=torch.float32), requires_grad=False)
