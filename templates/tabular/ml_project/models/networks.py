"""Neural networks for tables. Each maps [batch, features] to [batch, members, outputs]."""

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch import Tensor, nn


def build_network(architecture: dict[str, Any], outputs: int) -> Mlp | Tabm:
    layers = architecture["layers"]
    inputs = Inputs(
        architecture["numeric"],
        architecture["cardinalities"],
        layers["embedding"],
        layers["bins"],
    )
    shape = (inputs, outputs, layers["width"], layers["depth"], layers["dropout"])
    return Tabm(*shape, layers["members"]) if layers["name"] == "tabm" else Mlp(*shape)


class Inputs(nn.Module):
    """Numbers, optionally with a piecewise-linear encoding, and one embedding per code column."""

    edges: Tensor

    def __init__(self, numeric: int, cardinalities: list[int], embedding: int, bins: int) -> None:
        super().__init__()
        self.numeric = numeric
        self.bins = bins
        sizes = [min(embedding, size) for size in cardinalities]
        pairs = zip(cardinalities, sizes, strict=True)
        self.embeddings = nn.ModuleList(nn.Embedding(count, size) for count, size in pairs)
        for table in self.embeddings:
            nn.init.normal_(table.weight, std=0.5)
            with torch.no_grad():
                table.weight[0] = 0.0  # unknown says nothing until training finds otherwise
        self.register_buffer("edges", torch.zeros(numeric, bins + 1))
        self.width = numeric * (1 + bins) + sum(sizes)

    def set_edges(self, x: Tensor) -> None:
        """Bins hold equal shares of the training rows."""
        if self.bins and self.numeric:
            steps = torch.linspace(0, 1, self.bins + 1)
            self.edges.copy_(torch.quantile(x[:100_000, : self.numeric], steps, dim=0).T)

    def forward(self, x: Tensor) -> Tensor:
        numbers = x[:, : self.numeric]
        parts = [numbers]
        if self.bins:
            low, high = self.edges[:, :-1], self.edges[:, 1:]
            width = torch.clamp(high - low, min=1e-3)
            place = torch.clamp((numbers.unsqueeze(2) - low) / width, 0.0, 1.0)
            parts.append(place.flatten(1))
        for i, table in enumerate(self.embeddings):
            parts.append(table(x[:, self.numeric + i].long()))
        return torch.cat(parts, dim=1)


class Mlp(nn.Module):
    """A plain multilayer perceptron: one member."""

    def __init__(
        self, inputs: Inputs, outputs: int, width: int, depth: int, dropout: float
    ) -> None:
        super().__init__()
        self.inputs = inputs
        sizes = [inputs.width] + [width] * depth
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise(sizes):
            layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(dropout)]
        self.body = nn.Sequential(*layers, nn.Linear(sizes[-1], outputs))

    def prepare(self, x: Tensor) -> None:
        """Before training: what the rows tell without a target."""
        self.inputs.set_edges(x)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.body(self.inputs(x)).unsqueeze(1)
        return result


class SharedLinear(nn.Module):
    """One weight matrix for all members; each member scales its inputs and outputs (rank one)."""

    def __init__(self, before: int, after: int, members: int, *, first: bool) -> None:
        super().__init__()
        self.weight = nn.Linear(before, after, bias=False)
        # Random signs make the members differ at the start; deeper layers begin equal.
        signs = torch.randint(0, 2, (members, before)) * 2.0 - 1.0
        self.scale_in = nn.Parameter(signs if first else torch.ones(members, before))
        self.scale_out = nn.Parameter(torch.ones(members, after))
        bound = before**-0.5
        self.bias = nn.Parameter(torch.empty(members, after).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.weight(x * self.scale_in) * self.scale_out + self.bias
        return result


class Tabm(nn.Module):
    """A parameter-efficient ensemble: many perceptrons that share their weight matrices."""

    def __init__(
        self, inputs: Inputs, outputs: int, width: int, depth: int, dropout: float, members: int
    ) -> None:
        super().__init__()
        self.inputs = inputs
        sizes = [inputs.width] + [width] * depth
        layers: list[nn.Module] = []
        for i, (before, after) in enumerate(itertools.pairwise(sizes)):
            layers += [SharedLinear(before, after, members, first=i == 0), nn.ReLU()]
            layers += [nn.Dropout(dropout)]
        self.body = nn.Sequential(*layers)
        bound = width**-0.5
        head = torch.empty(members, sizes[-1], outputs).uniform_(-bound, bound)
        self.head = nn.Parameter(head)
        self.head_bias = nn.Parameter(torch.zeros(members, 1, outputs))

    def prepare(self, x: Tensor) -> None:
        """Before training: what the rows tell without a target."""
        self.inputs.set_edges(x)

    def forward(self, x: Tensor) -> Tensor:
        hidden: Tensor = self.body(self.inputs(x).unsqueeze(1))
        return (torch.matmul(hidden.transpose(0, 1), self.head) + self.head_bias).transpose(0, 1)
