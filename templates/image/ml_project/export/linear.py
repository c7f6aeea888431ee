"""A fitted linear or kernel model, or a baseline, as a torch module for the exporter."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ml_project.features import Features
from ml_project.models.estimators import EstimatorModel

Coefficients = tuple[np.ndarray, np.ndarray]


class LinearModule(nn.Module):
    """Pixels, or their nearness to the kernel's centres, times weights."""

    def __init__(self, model: EstimatorModel, features: Features) -> None:
        super().__init__()
        fitted: Any = model.estimator.last
        self.centres: nn.Parameter | None = None
        if hasattr(fitted, "steps"):
            kernel, fitted = (step for _, step in fitted.steps)
            self.gamma = float(kernel.gamma)
            self.centres = _constant(kernel.components_)
        weights, bias = coefficients(fitted, features.width)
        self.weight, self.bias = _constant(weights), _constant(bias)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.flatten(1)
        if self.centres is not None:
            squares = (rows * rows).sum(dim=1, keepdim=True) + (self.centres**2).sum(dim=1)
            away = torch.clamp(squares - 2 * rows @ self.centres.T, min=0)
            rows = torch.exp(-self.gamma * away)
        return torch.softmax(nn.functional.linear(rows, self.weight, self.bias), dim=1)


def coefficients(fitted: Any, width: int) -> Coefficients:
    """One row of weights for each class that training saw."""
    if not hasattr(fitted, "coef_"):
        prior = np.log(np.maximum(fitted.class_prior_, 1e-30))
        return np.zeros((len(prior), width)), prior
    weights, bias = fitted.coef_, fitted.intercept_
    if len(weights) == 1:
        # The softmax of (0, z) is the logistic function of z.
        weights, bias = np.vstack([weights * 0, weights]), np.append(bias * 0, bias)
    return weights, bias


def _constant(values: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.tensor(values, dtype=torch.float32), requires_grad=False)
