"""A baseline as a torch module for the exporter."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ml_project.models.estimators import FLAT, EstimatorModel


class LinearModule(nn.Module):
    """What EstimatorModel.predict does: [batch, channels, size, size] to [batch, width]."""

    def __init__(self, model: EstimatorModel) -> None:
        super().__init__()
        self.pool = _constant(model.pool)
        self.center, self.matrix = _constant(model.center), _constant(model.matrix)

    def forward(self, x: Tensor) -> Tensor:
        grey = (self.pool @ x.mean(dim=1) @ self.pool.T).flatten(1)
        away = grey - grey.mean(dim=1, keepdim=True)
        spread = (away * away).mean(dim=1, keepdim=True).sqrt()
        return functional.normalize((away / spread.clamp(min=FLAT) - self.center) @ self.matrix)


def _constant(values: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.tensor(values, dtype=torch.float32), requires_grad=False)
