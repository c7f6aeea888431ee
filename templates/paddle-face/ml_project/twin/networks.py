"""The twins of models/networks.py, layer by layer under the same names. Weights come from there."""

from __future__ import annotations

from typing import Any

import paddle
from paddle import Tensor, nn
from paddle.nn import functional

from ml_project.models.networks import FLAT, GROUPS, SMALLEST


def build_network(architecture: dict[str, Any], people: int) -> MarginNetwork:
    return MarginNetwork(Embedder(architecture), people, architecture["layers"]["embedding"])


class MarginNetwork(nn.Layer):
    def __init__(self, embedder: Embedder, people: int, embedding: int) -> None:
        super().__init__()
        self.embedder = embedder
        self.people = self.create_parameter([people, embedding])

    def forward(self, x: Tensor) -> Tensor:
        return self.embedder(x) @ functional.normalize(self.people).T


class Embedder(nn.Layer):
    """Blocks that halve the side and widen, then one layer over all places. In training each
    image is mirrored, shifted, turned and scaled a little."""

    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        layers, side = architecture["layers"], architecture["size"]
        self.shift, self.turn = layers["shift"], layers["turn"]
        block = ResidualBlock if layers["name"] == "arcface" else PlainBlock
        before, width = architecture["channels"], layers["width"]
        body: list[nn.Layer] = []
        for i in range(layers["depth"]):
            halve = side > SMALLEST and (i > 0 or side > 16)
            body.append(block(before, width, halve))
            side = (side + 1) // 2 if halve else side
            before, width = width, min(4 * layers["width"], width * 2)
        self.body = nn.Sequential(*body)
        self.dropout = nn.Dropout(layers["dropout"])
        self.last = nn.Linear(before * side * side, layers["embedding"])

    def forward(self, x: Tensor) -> Tensor:
        if self.training and (self.shift or self.turn):
            x = moved(x, self.shift, self.turn)
        found = self.body(evened(x)).flatten(1)
        return functional.normalize(self.last(self.dropout(found)))


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


def evened(x: Tensor) -> Tensor:
    """Without the light and the contrast of each image."""
    away = x - x.mean(axis=[1, 2, 3], keepdim=True)
    spread = (away * away).mean(axis=[1, 2, 3], keepdim=True).sqrt()
    return away / spread.clip(min=FLAT)


def moved(x: Tensor, shift: float, turn: float) -> Tensor:
    """A random affine map for each image, shares of its side and radians; half are mirrored."""
    rows = x.shape[0]
    angle = (paddle.rand([rows]) * 2 - 1) * turn
    scale = 1 + (paddle.rand([rows]) * 2 - 1) * shift
    mirror = paddle.randint(0, 2, [rows]).astype("float32") * 2 - 1
    cosine, sine = angle.cos() * scale, angle.sin() * scale
    places = (paddle.rand([2, rows]) * 2 - 1) * 2 * shift
    theta = paddle.stack(
        [cosine * mirror, -sine, places[0], sine * mirror, cosine, places[1]], axis=1
    )
    grid = functional.affine_grid(theta.reshape([rows, 2, 3]), x.shape, align_corners=False)
    return functional.grid_sample(x, grid, padding_mode="border", align_corners=False)
