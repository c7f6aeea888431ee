"""The twin of models/predictor.py: a network with its loss."""

from __future__ import annotations

from typing import Any

import paddle
from paddle import Tensor, nn

from ml_project.symbols import PAD
from ml_project.twin.networks import Network


class TwinPredictor(nn.Layer):
    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        self.smoothing: float = architecture["layers"]["label_smoothing"]
        self.network = Network(architecture)

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        """For each symbol; in training with some of the probability spread over all symbols."""
        share = self.smoothing if self.training else 0.0
        logs = nn.functional.log_softmax(logits.flatten(0, 1), axis=1)
        truth = target.flatten()
        right = paddle.take_along_axis(logs, truth.unsqueeze(1), axis=1).squeeze(1)
        known = (truth != PAD).astype(logs.dtype)
        each = (1 - share) * right + share * logs.mean(axis=1)
        return -(each * known).sum() / known.sum()
