"""Convolutional networks. Each maps [batch, channels, size, size] to [batch, 1, outputs]."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

GROUPS = 4
SMALLEST = 4  # a side that is not halved any more


def build_network(architecture: dict[str, Any], outputs: int) -> ImageNetwork:
    layers = architecture["layers"]
    block = ResidualBlock if layers["name"] == "resnet" else PlainBlock
    return ImageNetwork(block, architecture, outputs)


class ImageNetwork(nn.Module):
    """Blocks that halve the side and widen, the mean and maximum over the image, one layer.
    In training each image is shifted, turned and scaled a little."""

    def __init__(self, block: type[nn.Module], architecture: dict[str, Any], outputs: int) -> None:
        super().__init__()
        layers, side = architecture["layers"], architecture["size"]
        self.shift, self.turn = layers["shift"], layers["turn"]
        before, width = architecture["channels"], layers["width"]
        body: list[nn.Module] = []
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
        whole = torch.cat([found.mean(dim=(2, 3)), found.amax(dim=(2, 3))], dim=1)
        result: Tensor = self.head(self.dropout(whole)).unsqueeze(1)
        return result


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


def moved(x: Tensor, shift: float, turn: float) -> Tensor:
    """A random affine map for each image: shares of its side, and radians."""
    rows = len(x)
    angle = (torch.rand(rows, device=x.device) * 2 - 1) * turn
    scale = 1 + (torch.rand(rows, device=x.device) * 2 - 1) * shift
    theta = torch.zeros(rows, 2, 3, device=x.device)
    theta[:, 0, 0] = theta[:, 1, 1] = angle.cos() * scale
    theta[:, 0, 1], theta[:, 1, 0] = -angle.sin() * scale, angle.sin() * scale
    theta[:, :, 2] = (torch.rand(rows, 2, device=x.device) * 2 - 1) * 2 * shift
    grid = functional.affine_grid(theta, list(x.shape), align_corners=False)
    return functional.grid_sample(x, grid, padding_mode="border", align_corners=False)
