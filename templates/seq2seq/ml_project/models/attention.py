"""Attention that knows how far apart two symbols are (rotary positions: Su et al. 2021)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SLOWEST = 1000.0  # symbols in which the slowest pair of entries turns by one radian


class Attention(nn.Module):
    """`remember` makes of a text what `forward` looks at, so that it is computed once."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.memory = nn.Linear(width, 2 * width)
        self.output = nn.Linear(width, width)

    def remember(self, x: Tensor, first: int = 0) -> Tensor:
        """Keys and values [batch, length, 2 * width]; `first` is the place of the first symbol."""
        keys, values = self.memory(x).chunk(2, dim=2)
        return torch.cat([self._turned(keys, first, 1.0).flatten(2), values], dim=2)

    def forward(
        self, x: Tensor, memory: Tensor, visible: Tensor, first: int = 0, pace: float = 1.0
    ) -> Tensor:
        """`visible` [batch or 1, places of x or 1, places of memory]: false hides a place.
        One symbol of `x` is as long as `pace` symbols of what it looks at."""
        keys, values = (self._split(part) for part in memory.chunk(2, dim=2))
        queries = self._turned(self.query(x), first, pace)
        mixed = nn.functional.scaled_dot_product_attention(
            queries.transpose(1, 2),
            keys.transpose(1, 2),
            values.transpose(1, 2),
            attn_mask=visible.unsqueeze(1),
        )
        result: Tensor = self.output(mixed.transpose(1, 2).flatten(2))
        return result

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.heads, -1))

    def _turned(self, x: Tensor, first: int, pace: float) -> Tensor:
        split = self._split(x)
        half = split.shape[3] // 2
        places = torch.arange(first, first + x.shape[1], device=x.device, dtype=x.dtype)
        speeds = SLOWEST ** -(torch.arange(half, device=x.device, dtype=x.dtype) / half)
        angles = (places.unsqueeze(1) * pace * speeds)[:, None, :]
        left, right = split[..., :half], split[..., half:]
        sine, cosine = angles.sin(), angles.cos()
        return torch.cat([left * cosine - right * sine, left * sine + right * cosine], dim=3)
