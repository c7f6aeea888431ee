"""The twin of models/gru.py (Cho et al. 2014, Luong et al. 2015)."""

from __future__ import annotations

from typing import Any

import paddle
from paddle import Tensor, nn

from ml_project.symbols import PAD
from ml_project.twin.embeddings import Embeddings, SharedDropout


class Gru(nn.Layer):
    """Memory [batch, length, 2 * width]: the encoded symbols, and what attention compares.
    State [batch, width]."""

    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        settings, source, target = (architecture[key] for key in ("layers", "source", "target"))
        width = settings["width"]
        self.source_embeddings = Embeddings(source, width)
        self.target_embeddings = Embeddings(target, width)
        self.forth = nn.GRU(width, width // 2)
        self.back = nn.GRU(width, width // 2)
        self.begin = nn.Linear(width, width)
        self.keys = nn.Linear(width, width, bias_attr=False)
        self.decoder = nn.GRU(width, width)
        self.join = nn.Linear(2 * width, width)
        self.dropout = SharedDropout(settings["dropout"])
        self.output_bias = self.create_parameter([target], is_bias=True)
        self.width = width

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        known = source != PAD
        lengths = known.astype("int64").sum(axis=1, keepdim=True)
        places = paddle.arange(source.shape[1]).unsqueeze(0).expand(source.shape)
        mirror = paddle.where(known, lengths - 1 - places, places)
        x = self.dropout(self.source_embeddings(source))
        forth, back = self.forth(x)[0], self.back(_reorder(x, mirror))[0]
        encoded = self.dropout(paddle.concat([forth, _reorder(back, mirror)], axis=2))
        counted = encoded * known.unsqueeze(2).astype(encoded.dtype)
        mean = counted.sum(axis=1) / lengths.astype(encoded.dtype)
        return paddle.concat([encoded, self.keys(encoded)], axis=2), paddle.tanh(self.begin(mean))

    def decode(
        self, tokens: Tensor, source: Tensor, memory: Tensor, state: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The scores of what follows each of the tokens, and the state after the last."""
        x = self.dropout(self.target_embeddings(tokens))
        steps, last = self.decoder(x, state.unsqueeze(0))
        steps = self.dropout(steps)
        encoded, keys = memory.split(2, axis=2)
        scores = steps @ keys.transpose([0, 2, 1]) / self.width**0.5
        hidden = (source == PAD).unsqueeze(1)
        attention = nn.functional.softmax(scores.masked_fill(hidden, float("-inf")), axis=2)
        joined = paddle.tanh(self.join(paddle.concat([steps, attention @ encoded], axis=2)))
        logits = self.target_embeddings.compare(self.dropout(joined)) + self.output_bias
        return logits, last.squeeze(0)


def _reorder(x: Tensor, places: Tensor) -> Tensor:
    return paddle.take_along_axis(x, places.unsqueeze(2), axis=1)
