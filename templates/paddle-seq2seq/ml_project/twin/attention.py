"""The twin of models/attention.py (rotary positions: Su et al. 2021)."""

from __future__ import annotations

import paddle
from paddle import Tensor, nn

from ml_project.models.attention import SLOWEST

BY_HEAD = [0, 2, 1, 3]  # from [batch, places, heads, entries] to [batch, heads, …] and back


class Attention(nn.Layer):
    """`remember` makes of a text what `forward` looks at, so that it is computed once."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.memory = nn.Linear(width, 2 * width)
        self.output = nn.Linear(width, width)

    def remember(self, x: Tensor, first: int = 0) -> Tensor:
        """Keys and values [batch, length, 2 * width]; `first` is the place of the first symbol."""
        keys, values = self.memory(x).chunk(2, axis=2)
        return paddle.concat([self._turned(keys, first, 1.0).flatten(2), values], axis=2)

    def forward(
        self, x: Tensor, memory: Tensor, visible: Tensor, first: int = 0, pace: float = 1.0
    ) -> Tensor:
        """`visible` [batch or 1, places of x or 1, places of memory]: false hides a place.
        One symbol of `x` is as long as `pace` symbols of what it looks at."""
        keys, values = (self._split(part).transpose(BY_HEAD) for part in memory.chunk(2, axis=2))
        queries = self._turned(self.query(x), first, pace).transpose(BY_HEAD)
        scores = paddle.matmul(queries, keys, transpose_y=True) / queries.shape[3] ** 0.5
        hidden = paddle.logical_not(visible).unsqueeze(1)
        shares = nn.functional.softmax(scores.masked_fill(hidden, float("-inf")), axis=3)
        mixed = paddle.matmul(shares, values).transpose(BY_HEAD)
        result: Tensor = self.output(mixed.flatten(2))
        return result

    def _split(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        return x.reshape([batch, length, self.heads, width // self.heads])

    def _turned(self, x: Tensor, first: int, pace: float) -> Tensor:
        split = self._split(x)
        half = split.shape[3] // 2
        places = paddle.arange(first, first + x.shape[1], dtype=x.dtype)
        speeds = SLOWEST ** -(paddle.arange(half, dtype=x.dtype) / half)
        angles = (places.unsqueeze(1) * pace * speeds).unsqueeze(1)
        left, right = split[..., :half], split[..., half:]
        sine, cosine = angles.sin(), angles.cos()
        return paddle.concat([left * cosine - right * sine, left * sine + right * cosine], axis=3)
