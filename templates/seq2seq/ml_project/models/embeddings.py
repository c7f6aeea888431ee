"""Symbols as vectors."""

from __future__ import annotations

from torch import Tensor, nn

from ml_project.symbols import PAD


class Embeddings(nn.Module):
    """Vectors with entries of unit size."""

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.scale = width**0.5
        self.vectors = nn.Embedding(count, width, padding_idx=PAD)
        nn.init.normal_(self.vectors.weight, std=width**-0.5)

    def forward(self, symbols: Tensor) -> Tensor:
        result: Tensor = self.vectors(symbols) * self.scale
        return result

    def compare(self, x: Tensor) -> Tensor:
        """How well each symbol fits: what is read is what is written (Press & Wolf 2017)."""
        return x @ self.vectors.weight.T
