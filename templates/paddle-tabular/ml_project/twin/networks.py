"""The twins of models/networks.py, layer by layer under the same names. Weights come from there."""

from __future__ import annotations

import itertools
from typing import Any

import paddle
from paddle import Tensor, nn


def build_network(architecture: dict[str, Any], outputs: int) -> nn.Layer:
    layers = architecture["layers"]
    inputs = Inputs(
        architecture["numeric"],
        architecture["cardinalities"],
        layers["embedding"],
        layers["bins"],
    )
    shape = (inputs, outputs, layers["width"], layers["depth"], layers["dropout"])
    return Tabm(*shape, layers["members"]) if layers["name"] == "tabm" else Mlp(*shape)


class Inputs(nn.Layer):
    """Numbers, optionally with a piecewise-linear encoding, and one embedding per code column."""

    def __init__(self, numeric: int, cardinalities: list[int], embedding: int, bins: int) -> None:
        super().__init__()
        self.numeric = numeric
        self.bins = bins
        sizes = [min(embedding, size) for size in cardinalities]
        pairs = zip(cardinalities, sizes, strict=True)
        self.embeddings = nn.LayerList([nn.Embedding(count, size) for count, size in pairs])
        self.register_buffer("edges", paddle.zeros([numeric, bins + 1]))
        self.width = numeric * (1 + bins) + sum(sizes)

    def forward(self, x: Tensor) -> Tensor:
        numbers = x[:, : self.numeric]
        parts = [numbers]
        if self.bins and self.numeric:
            low, high = self.edges[:, :-1], self.edges[:, 1:]
            width = paddle.clip(high - low, min=1e-3)
            place = paddle.clip((numbers.unsqueeze(2) - low) / width, 0.0, 1.0)
            parts.append(place.flatten(1))
        for i, table in enumerate(self.embeddings):
            parts.append(table(x[:, self.numeric + i].astype("int64")))
        return paddle.concat(parts, axis=1)


class Mlp(nn.Layer):
    """A plain multilayer perceptron: one member."""

    def __init__(
        self, inputs: Inputs, outputs: int, width: int, depth: int, dropout: float
    ) -> None:
        super().__init__()
        self.inputs = inputs
        sizes = [inputs.width] + [width] * depth
        layers: list[nn.Layer] = []
        for before, after in itertools.pairwise(sizes):
            layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(dropout)]
        self.body = nn.Sequential(*layers, nn.Linear(sizes[-1], outputs))

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.body(self.inputs(x)).unsqueeze(1)
        return result


class SharedLinear(nn.Layer):
    """One weight matrix for all members; each member scales its inputs and outputs (rank one)."""

    def __init__(self, before: int, after: int, members: int) -> None:
        super().__init__()
        self.weight = nn.Linear(before, after, bias_attr=False)
        self.scale_in = self.create_parameter([members, before])
        self.scale_out = self.create_parameter([members, after])
        self.bias = self.create_parameter([members, after], is_bias=True)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.weight(x * self.scale_in) * self.scale_out + self.bias
        return result


class Tabm(nn.Layer):
    """A parameter-efficient ensemble: many perceptrons that share their weight matrices."""

    def __init__(
        self, inputs: Inputs, outputs: int, width: int, depth: int, dropout: float, members: int
    ) -> None:
        super().__init__()
        self.inputs = inputs
        sizes = [inputs.width] + [width] * depth
        layers: list[nn.Layer] = []
        for before, after in itertools.pairwise(sizes):
            layers += [SharedLinear(before, after, members), nn.ReLU(), nn.Dropout(dropout)]
        self.body = nn.Sequential(*layers)
        self.head = self.create_parameter([members, sizes[-1], outputs])
        self.head_bias = self.create_parameter([members, 1, outputs], is_bias=True)

    def forward(self, x: Tensor) -> Tensor:
        hidden: Tensor = self.body(self.inputs(x).unsqueeze(1))
        by_member = paddle.matmul(hidden.transpose([1, 0, 2]), self.head) + self.head_bias
        return by_member.transpose([1, 0, 2])
