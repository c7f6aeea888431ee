"""The twin of models/predictor.py: a network with what turns relative outputs into values."""

from __future__ import annotations

from typing import Any

import paddle
from paddle import Tensor, nn

from ml_project.layout import ANCHOR, SPREAD
from ml_project.twin.networks import build_network


class TwinPredictor(nn.Layer):
    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        self.network = build_network(architecture, architecture["layout"]["horizon"])
        self.register_buffer("spread", paddle.ones([]))

    def forward(self, x: Tensor) -> Tensor:
        """Values [batch, steps] in the target's unit."""
        anchor, spread = x[:, ANCHOR : ANCHOR + 1], x[:, SPREAD : SPREAD + 1]
        return anchor + spread * self.network(x).mean(axis=1)

    def loss(self, raw: Tensor, z: Tensor) -> Tensor:
        """Over the steps whose truth is known."""
        known = paddle.isfinite(z)
        error = paddle.where(known, raw.mean(axis=1) - z.nan_to_num(), paddle.zeros_like(z))
        return (error**2).sum() / known.astype("float32").sum().clip(min=1)
