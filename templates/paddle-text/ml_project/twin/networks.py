"""The twins of models/networks.py, layer by layer under the same names. Weights come from there."""

from __future__ import annotations

from typing import Any

import paddle
from paddle import Tensor, nn


def build_network(architecture: dict[str, Any], outputs: int) -> nn.Layer:
    layers, size = architecture["layers"], architecture["size"]
    if layers["name"] == "cnn":
        widths = [int(width) for width in layers["widths"]]
        return Cnn(size, outputs, layers["embedding"], layers["filters"], widths, layers["dropout"])
    return Bag(size, outputs, layers["width"], layers["dropout"])


class Bag(nn.Layer):
    """The weighted mean of the terms' embeddings, then one layer (Joulin et al. 2017)."""

    def __init__(self, size: int, outputs: int, width: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(size, width, padding_idx=0)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        vectors = self.embedding(x[:, 0].astype("int64"))
        whole = (vectors * x[:, 1].unsqueeze(2)).sum(axis=1)
        result: Tensor = self.head(self.dropout(whole)).unsqueeze(1)
        return result


class Cnn(nn.Layer):
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
        self.convolutions = nn.LayerList(
            [nn.Conv1D(embedding, filters, width, padding=width // 2) for width in widths]
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(filters * len(widths), outputs)

    def forward(self, x: Tensor) -> Tensor:
        vectors = self.embedding(x.astype("int64")).transpose([0, 2, 1])
        answers = [nn.functional.relu(layer(vectors)) for layer in self.convolutions]
        strongest = paddle.concat([answer.amax(axis=2) for answer in answers], axis=1)
        result: Tensor = self.head(self.dropout(strongest)).unsqueeze(1)
        return result
