"""Neural networks for texts. Each maps its input to [batch, 1, outputs]."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def build_network(architecture: dict[str, Any], outputs: int) -> Bag | Cnn:
    layers, size = architecture["layers"], architecture["size"]
    if layers["name"] == "cnn":
        widths = [int(width) for width in layers["widths"]]
        return Cnn(size, outputs, layers["embedding"], layers["filters"], widths, layers["dropout"])
    return Bag(size, outputs, layers["width"], layers["dropout"])


class Bag(nn.Module):
    """The weighted mean of the terms' embeddings, then one layer (Joulin et al. 2017)."""

    def __init__(self, size: int, outputs: int, width: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(size, width, padding_idx=0)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        vectors = self.embedding(x[:, 0].long())
        whole = (vectors * x[:, 1].unsqueeze(2)).sum(dim=1)
        result: Tensor = self.head(self.dropout(whole)).unsqueeze(1)
        return result


class Cnn(nn.Module):
    """Convolutions of several widths over words, the strongest answer of each (Kim 2014)."""

    def __init__(
        self,
        size: int,
        outputs: int,
        embedding: int,
        filters: int,
        widths: list[int],
        dropout: float,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(size, embedding, padding_idx=0)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(embedding, filters, width, padding=width // 2) for width in widths
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(filters * len(widths), outputs)

    def forward(self, x: Tensor) -> Tensor:
        vectors = self.embedding(x.long()).transpose(1, 2)
        strongest = [torch.relu(layer(vectors)).amax(dim=2) for layer in self.convolutions]
        result: Tensor = self.head(self.dropout(torch.cat(strongest, dim=1))).unsqueeze(1)
        return result
