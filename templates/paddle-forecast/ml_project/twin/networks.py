"""The twins of models/networks.py, layer by layer under the same names. Weights come from there,
and with them what is known before training: the ridge, or the mean of each step."""

from __future__ import annotations

import itertools
from typing import Any

import paddle
from paddle import Tensor, nn

from ml_project.layout import FIRST, Layout


def build_network(architecture: dict[str, Any], _: int) -> nn.Layer:
    layers, layout = architecture["layers"], Layout(**architecture["layout"])
    if layers["name"] == "dlinear":
        return Dlinear(layout, layers["dropout"])
    return Mlp(layout, layers["width"], layers["depth"], layers["dropout"])


class Mlp(nn.Layer):
    """A ridge regression, and a perceptron that learns what the ridge leaves."""

    def __init__(self, layout: Layout, width: int, depth: int, dropout: float) -> None:
        super().__init__()
        self.skip = nn.Linear(layout.width, layout.horizon)
        for weight in self.skip.parameters():
            weight.stop_gradient = True
        sizes = [layout.width - FIRST] + [width] * depth
        layers: list[nn.Layer] = []
        for before, after in itertools.pairwise(sizes):
            layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(dropout)]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(sizes[-1], layout.horizon)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.skip(x) + self.head(self.body(x[:, FIRST:]))
        return result.unsqueeze(1)


class Dlinear(nn.Layer):
    """The window split into a moving average and the rest, each with a line to every step; one
    more for what is known besides, and one for each step's own block."""

    def __init__(self, layout: Layout, dropout: float) -> None:
        super().__init__()
        self.layout = layout
        self.register_buffer("average", paddle.zeros([layout.lags, layout.lags]))
        self.dropout = nn.Dropout(dropout)
        self.trend = nn.Linear(layout.lags, layout.horizon, bias_attr=False)
        self.rest = nn.Linear(layout.lags, layout.horizon, bias_attr=False)
        self.known = nn.Linear(layout.shared - layout.lags, layout.horizon)
        self.block_weight = self.create_parameter([layout.horizon, layout.block])

    def forward(self, x: Tensor) -> Tensor:
        layout = self.layout
        ends = FIRST + layout.lags, FIRST + layout.shared
        window, known, blocks = x[:, FIRST : ends[0]], x[:, ends[0] : ends[1]], x[:, ends[1] :]
        trend = window @ self.average
        own: Tensor = self.trend(trend) + self.rest(self.dropout(window - trend))
        # Paddle has no gradient of a product with nothing.
        own = own + (self.known(known) if layout.shared > layout.lags else self.known.bias)
        if layout.block:
            steps = blocks.reshape([-1, layout.horizon, layout.block])
            own = own + (steps * self.block_weight).sum(axis=2)
        return own.unsqueeze(1)
