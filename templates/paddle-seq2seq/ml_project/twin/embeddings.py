"""The twins of models/embeddings.py."""

from __future__ import annotations

import paddle
from paddle import Tensor, nn

from ml_project.symbols import PAD


class Embeddings(nn.Layer):
    """Vectors with entries of unit size; padding is zero."""

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.scale = width**0.5
        self.vectors = nn.Embedding(count, width)

    def forward(self, symbols: Tensor) -> Tensor:
        known = (symbols != PAD).astype("float32").unsqueeze(2)
        return self.vectors(symbols) * self.scale * known

    def compare(self, x: Tensor) -> Tensor:
        """How well each symbol fits: what is read is what is written (Press & Wolf 2017)."""
        return x @ self.vectors.weight.T


class SharedDropout(nn.Layer):
    """Drops the same entries at all places of a text (Gal & Ghahramani 2016)."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.rate:
            return x
        kept = paddle.rand([x.shape[0], 1, x.shape[2]]) >= self.rate
        return x * (kept.astype(x.dtype) / (1 - self.rate))
