"""Symbols as vectors, and what keeps networks from learning them by heart."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ml_project.symbols import PAD


class Embeddings(nn.Module):
    """Vectors with entries of unit size. Padding is zero whatever training makes of its vector,
    which is compared as well."""

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.scale = width**0.5
        self.vectors = nn.Embedding(count, width)
        nn.init.normal_(self.vectors.weight, std=width**-0.5)

    def forward(self, symbols: Tensor) -> Tensor:
        result: Tensor = self.vectors(symbols) * self.scale
        return result * (symbols != PAD).unsqueeze(2)

    def compare(self, x: Tensor) -> Tensor:
        """How well each symbol fits: what is read is what is written (Press & Wolf 2017)."""
        return x @ self.vectors.weight.T


class SharedDropout(nn.Module):
    """Drops the same entries at all places of a text (Gal & Ghahramani 2016), which suits
    recurrent networks and needs fewer random numbers."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.rate:
            return x
        kept = torch.rand(len(x), 1, x.shape[2], device=x.device) >= self.rate
        return x * (kept / (1 - self.rate))
