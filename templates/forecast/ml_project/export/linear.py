"""A fitted line for each step, or a baseline, as a torch module: one exporter serves all."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ml_project.layout import ANCHOR, SPREAD
from ml_project.models.estimators import LinearSteps


class LinearModule(nn.Module):
    def __init__(self, fitted: LinearSteps) -> None:
        super().__init__()
        self.weight = _constant(fitted.weights)
        self.bias = _constant(fitted.bias)

    def forward(self, x: Tensor) -> Tensor:
        ahead = nn.functional.linear(x, self.weight, self.bias)
        return x[:, ANCHOR : ANCHOR + 1] + x[:, SPREAD : SPREAD + 1] * ahead


def _constant(values: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.tensor(values, dtype=torch.float32), requires_grad=False)
