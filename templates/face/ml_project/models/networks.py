"""Networks that describe a face by a point on a sphere, and the margin by which they learn it.

`MarginNetwork` maps [batch, channels, size, size] to the cosines [batch, people] of each image with
the people of the training set. Only its `embedder`, [batch, embedding] of length 1, is exported:
people of later are compared with each other, not with those of the training set.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

GROUPS = 4
SMALLEST = 6  # a side that is not halved any more: where a feature lies tells faces apart
FLAT = 1e-6  # spread of an image in which nothing is seen


def build_network(architecture: dict[str, Any], people: int) -> MarginNetwork:
    return MarginNetwork(Embedder(architecture), people, architecture["layers"]["embedding"])


class MarginNetwork(nn.Module):
    def __init__(self, embedder: Embedder, people: int, embedding: int) -> None:
        super().__init__()
        self.embedder = embedder
        self.people = nn.Parameter(torch.randn(people, embedding) / embedding**0.5)

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(self.embedder(x), functional.normalize(self.people))


class Embedder(nn.Module):
    """Blocks that halve the side and widen, then one layer over all places. In training each
    image is mirrored, shifted, turned and scaled a little."""

    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        layers, side = architecture["layers"], architecture["size"]
        self.shift, self.turn = layers["shift"], layers["turn"]
        block = ResidualBlock if layers["name"] == "arcface" else PlainBlock
        before, width = architecture["channels"], layers["width"]
        body: list[nn.Module] = []
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


class PlainBlock(nn.Module):
    def __init__(self, before: int, after: int, halve: bool) -> None:
        super().__init__()
        self.first = convolution(before, after, 2 if halve else 1)
        self.second = convolution(after, after, 1)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.second(self.first(x))
        return result


class ResidualBlock(nn.Module):
    """Adds what it computes to a projection of its input (He et al. 2016)."""

    def __init__(self, before: int, after: int, halve: bool) -> None:
        super().__init__()
        stride = 2 if halve else 1
        self.first = convolution(before, after, stride)
        self.second = nn.Conv2d(after, after, 3, padding=1)
        self.skip = nn.Conv2d(before, after, 1, stride=stride)
        self.norm = nn.GroupNorm(GROUPS, after)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.norm(self.second(self.first(x)) + self.skip(x)))


def convolution(before: int, after: int, stride: int) -> nn.Sequential:
    """Normalised by group: an image's answer does not depend on its neighbours in the batch."""
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride=stride, padding=1),
        nn.GroupNorm(GROUPS, after),
        nn.ReLU(),
    )


def evened(x: Tensor) -> Tensor:
    """Without the light and the contrast of each image."""
    away = x - x.mean(dim=(1, 2, 3), keepdim=True)
    spread = (away * away).mean(dim=(1, 2, 3), keepdim=True).sqrt()
    return away / spread.clamp(min=FLAT)


def moved(x: Tensor, shift: float, turn: float) -> Tensor:
    """A random affine map for each image, shares of its side and radians; half are mirrored."""
    rows = len(x)
    angle = (torch.rand(rows, device=x.device) * 2 - 1) * turn
    scale = 1 + (torch.rand(rows, device=x.device) * 2 - 1) * shift
    mirror = torch.randint(0, 2, (rows,), device=x.device) * 2 - 1
    theta = torch.zeros(rows, 2, 3, device=x.device)
    theta[:, 0, 0], theta[:, 1, 1] = angle.cos() * scale * mirror, angle.cos() * scale
    theta[:, 0, 1], theta[:, 1, 0] = -angle.sin() * scale, angle.sin() * scale * mirror
    theta[:, :, 2] = (torch.rand(rows, 2, device=x.device) * 2 - 1) * 2 * shift
    grid = functional.affine_grid(theta, list(x.shape), align_corners=False)
    return functional.grid_sample(x, grid, padding_mode="border", align_corners=False)
