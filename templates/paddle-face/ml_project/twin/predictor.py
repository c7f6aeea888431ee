"""The twin of models/predictor.py: a network with the loss that teaches it."""

from __future__ import annotations

import math
from typing import Any

import paddle
from paddle import Tensor, nn
from paddle.nn import functional

from ml_project.models.predictor import STEEPEST
from ml_project.twin.networks import build_network


class TwinPredictor(nn.Layer):
    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        layers = architecture["layers"]
        self.margin: float = layers["margin"]
        self.scale: float = layers["scale"]
        self.angular: bool = layers["name"] == "arcface"
        self.network = build_network(architecture, architecture["people"])

    def forward(self, x: Tensor) -> Tensor:
        """Embeddings [batch, embedding] of length 1."""
        result: Tensor = self.network.embedder(x)
        return result

    def loss(self, cosines: Tensor, people: Tensor) -> Tensor:
        """Softmax of the scaled cosines, the own person's made smaller by the margin."""
        own = functional.one_hot(people, cosines.shape[1])
        if self.angular:
            angle = cosines.clip(-STEEPEST, STEEPEST).acos()
            harder = (angle + self.margin).clip(max=math.pi).cos()
        else:
            harder = cosines - self.margin
        logits = paddle.where(own > 0, harder, cosines)
        return functional.cross_entropy(self.scale * logits, people)
