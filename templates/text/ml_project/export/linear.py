"""A fitted linear model or baseline as a torch module, so that one exporter serves all."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ml_project.features import Features
from ml_project.models.estimators import EstimatorModel

Coefficients = tuple[np.ndarray, np.ndarray]


class LinearModule(nn.Module):
    """The sum of the terms' rows of a table, each times its weight in the text."""

    def __init__(self, model: EstimatorModel, features: Features) -> None:
        super().__init__()
        weights, bias = coefficients(model.estimator.last, features.size)
        table = np.array(weights.T)
        table[0] = 0  # padding
        self.table = _constant(table)
        self.bias = _constant(bias)

    def forward(self, x: Tensor) -> Tensor:
        rows = nn.functional.embedding(x[:, 0].long(), self.table)
        return torch.softmax((rows * x[:, 1].unsqueeze(2)).sum(dim=1) + self.bias, dim=1)


def coefficients(fitted: Any, size: int) -> Coefficients:
    """One row of weights for each class that training saw."""
    if hasattr(fitted, "feature_log_prob_"):
        return fitted.feature_log_prob_, fitted.class_log_prior_
    if not hasattr(fitted, "coef_"):
        return np.zeros((len(fitted.classes_), size)), np.log(
            np.maximum(fitted.class_prior_, 1e-30)
        )
    weights, bias = fitted.coef_, fitted.intercept_
    if len(weights) == 1:
        # The softmax of (0, z) is the logistic function of z.
        weights, bias = np.vstack([weights * 0, weights]), np.append(bias * 0, bias)
    return weights, bias


def _constant(values: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.tensor(values, dtype=torch.float32), requires_grad=False)
