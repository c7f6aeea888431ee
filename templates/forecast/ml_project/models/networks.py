"""Neural networks for windows. Each maps [batch, width] to [batch, 1, steps], in spreads
from the anchor."""

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch import Tensor, nn

from ml_project.layout import FIRST, Layout
from ml_project.models.ridge import fit_ridge


def build_network(architecture: dict[str, Any], _: int) -> Mlp | Dlinear:
    layers, layout = architecture["layers"], Layout(**architecture["layout"])
    if layers["name"] == "dlinear":
        average = layers["average"] or max(3, architecture["season"])
        return Dlinear(layout, average, layers["dropout"])
    return Mlp(layout, layers["width"], layers["depth"], layers["dropout"], layers["strength"])


class Mlp(nn.Module):
    """A ridge regression, and a perceptron that learns what the ridge leaves. The perceptron
    starts at zero, so that training begins where the ridge ends."""

    def __init__(
        self, layout: Layout, width: int, depth: int, dropout: float, strength: float
    ) -> None:
        super().__init__()
        self.layout = layout
        self.strength = strength
        self.skip = nn.Linear(layout.width, layout.horizon).requires_grad_(False)
        sizes = [layout.width - FIRST] + [width] * depth
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise(sizes):
            layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(dropout)]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(sizes[-1], layout.horizon)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def prepare(self, x: Tensor, z: Tensor) -> None:
        """Before training: the ridge, which training leaves as it is."""
        weights, bias = fit_ridge(x.numpy(), z.double().numpy(), self.layout, self.strength)
        self.skip.weight.copy_(torch.from_numpy(weights))
        self.skip.bias.copy_(torch.from_numpy(bias))

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.skip(x) + self.head(self.body(x[:, FIRST:]))
        return result.unsqueeze(1)


class Dlinear(nn.Module):
    """The window split into a moving average and the rest, each with a line to every step; one
    more for what is known besides, and one for each step's own block. All start at zero."""

    average: Tensor

    def __init__(self, layout: Layout, steps: int, dropout: float) -> None:
        super().__init__()
        self.layout = layout
        self.register_buffer("average", moving_average(layout.lags, steps))
        self.dropout = nn.Dropout(dropout)
        self.trend = nn.Linear(layout.lags, layout.horizon, bias=False)
        self.rest = nn.Linear(layout.lags, layout.horizon, bias=False)
        self.known = nn.Linear(layout.shared - layout.lags, layout.horizon)
        self.block_weight = nn.Parameter(torch.zeros(layout.horizon, layout.block))
        for line in (self.trend, self.rest, self.known):
            nn.init.zeros_(line.weight)

    def prepare(self, x: Tensor, z: Tensor) -> None:
        """Begins at the mean of each step."""
        self.known.bias.copy_(z.nanmean(dim=0).nan_to_num())

    def forward(self, x: Tensor) -> Tensor:
        layout = self.layout
        window, known, blocks = x[:, FIRST:].split(
            [layout.lags, layout.shared - layout.lags, layout.horizon * layout.block], dim=1
        )
        trend = window @ self.average
        own: Tensor = (
            self.trend(trend) + self.rest(self.dropout(window - trend)) + self.known(known)
        )
        if layout.block:
            steps = blocks.reshape(-1, layout.horizon, layout.block)
            own = own + (steps * self.block_weight).sum(dim=2)
        return own.unsqueeze(1)


def moving_average(length: int, steps: int) -> Tensor:
    """As a matrix; at the ends the first and the last value are repeated."""
    weights = torch.zeros(length, length)
    for place in range(length):
        for near in range(place - steps // 2, place - steps // 2 + steps):
            weights[min(max(near, 0), length - 1), place] += 1 / steps
    return weights
