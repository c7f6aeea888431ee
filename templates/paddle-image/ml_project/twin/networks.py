"""The twins of models/networks.py, layer by layer under the same names. Weights come from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import paddle
from paddle import Tensor, nn
from paddle.nn import functional

from ml_project.models.networks import GROUPS, SMALLEST


def build_network(architecture: dict[str, Any], outputs: int) -> nn.Layer:
    layers = architecture["layers"]
    block = ResidualBlock if layers["name"] == "resnet" else PlainBlock
    return ImageNetwork(block, architecture, outputs)


Block = Callable[[int, int, bool], nn.Layer]


class ImageNetwork(nn.Layer):
    """Blocks that halve the side and widen, the mean and maximum over the image, one layer.
    In training each image is shifted, turned and scaled a little."""

    def __init__(self, block: Block, architecture: dict[str, Any], outputs: int) -> None:
        super().__init__()
        layers, side = architecture["layers"], architecture["size"]
        self.shift, self.turn = layers["shift"], layers["turn"]
        before, width = architecture["channels"], layers["width"]
        body: list[nn.Layer] = []
        for i in range(layers["depth"]):
            halve = side > SMALLEST and (i > 0 or side > 16)
            body.append(block(before, width, halve))
            side = (side + 1) // 2 if halve else side
            before, width = width, width * 2 if halve else width
        self.body = nn.Sequential(*body)
        self.dropout = nn.Dropout(layers["dropout"])
        self.head = nn.Linear(2 * before, outputs)

    def forward(self, x: Tensor) -> Tensor:
        if self.training and (self.shift or self.turn):
            x = moved(x, self.shift, self.turn)
        found = self.body(x)
        whole = paddle.concat([found.mean(axis=[2, 3]), found.amax(axis=[2, 3])], axis=1)
        result: Tensor = self.head(self.dropout(whole)).unsqueeze(1)
        return result


class PlainBlock(nn.Layer):
    def __init__(self, before: int, after: int, halve: bool) -> None:
        super().__init__()
        self.first = convolution(before, after, 2 if halve else 1)
        self.second = convolution(after, after, 1)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.second(self.first(x))
        return result


class ResidualBlock(nn.Layer):
    """Adds what it computes to a projection of its input (He et al. 2016)."""

    def __init__(self, before: int, after: int, halve: bool) -> None:
        super().__init__()
        stride = 2 if halve else 1
        self.first = convolution(before, after, stride)
        self.second = nn.Conv2D(after, after, 3, padding=1)
        self.skip = nn.Conv2D(before, after, 1, stride=stride)
        self.norm = nn.GroupNorm(GROUPS, after)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.norm(self.second(self.first(x)) + self.skip(x)))


def convolution(before: int, after: int, stride: int) -> nn.Sequential:
    """Normalised by group: an image's answer does not depend on its neighbours in the batch."""
    return nn.Sequential(
        nn.Conv2D(before, after, 3, stride=stride, padding=1),
        nn.GroupNorm(GROUPS, after),
        nn.ReLU(),
    )


def moved(x: Tensor, shift: float, turn: float) -> Tensor:
    """A random affine map for each image: shares of its side, and radians."""
    rows = x.shape[0]
    angle = (paddle.rand([rows]) * 2 - 1) * turn
    scale = 1 + (paddle.rand([rows]) * 2 - 1) * shift
    cosine, sine = angle.cos() * scale, angle.sin() * scale
    places = (paddle.rand([2, rows]) * 2 - 1) * 2 * shift
    theta = paddle.stack([cosine, -sine, places[0], sine, cosine, places[1]], axis=1)
    grid = functional.affine_grid(theta.reshape([rows, 2, 3]), x.shape, align_corners=False)
    return functional.grid_sample(x, grid, padding_mode="border", align_corners=False)
