"""The twin of models/predictor.py: a network with what makes probabilities or values of it."""

from __future__ import annotations

from typing import Any

import paddle
from paddle import Tensor, nn

from ml_project.twin.networks import build_network


class TwinPredictor(nn.Layer):
    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        self.classes: int = architecture["classes"]
        self.network = build_network(architecture, self.classes or 1)
        self.register_buffer("center", paddle.zeros([]))
        self.register_buffer("spread", paddle.ones([]))

    def forward(self, x: Tensor) -> Tensor:
        """Probabilities [batch, classes], or values [batch, 1] in the target's unit."""
        raw = self.network(x)
        if self.classes:
            return nn.functional.softmax(raw, axis=2).mean(axis=1)
        return raw.mean(axis=1) * self.spread + self.center

    def loss(self, raw: Tensor, y: Tensor) -> Tensor:
        """Every member is trained on its own; their mean is what predicts."""
        members = raw.shape[1]
        if self.classes:
            truth = y.repeat_interleave(members)
            return nn.functional.cross_entropy(raw.flatten(0, 1), truth)
        scaled = (y - self.center) / self.spread
        return nn.functional.mse_loss(raw.squeeze(2), scaled.unsqueeze(1).expand([-1, members]))
