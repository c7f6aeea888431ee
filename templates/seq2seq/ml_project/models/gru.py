"""Recurrent encoder and decoder with attention (Cho et al. 2014, Luong et al. 2015)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ml_project.models.embeddings import Embeddings, SharedDropout
from ml_project.symbols import PAD


class Gru(nn.Module):
    """Memory [batch, length, 2 * width]: the encoded symbols, and what attention compares.
    State [batch, width]."""

    memory_axis = 1
    state_axes: tuple[int, ...] = ()

    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        settings, source, target = (architecture[key] for key in ("layers", "source", "target"))
        width = settings["width"]
        self.source_embeddings = Embeddings(source, width)
        self.target_embeddings = Embeddings(target, width)
        self.forth = nn.GRU(width, width // 2, batch_first=True)
        self.back = nn.GRU(width, width // 2, batch_first=True)
        self.begin = nn.Linear(width, width)
        self.keys = nn.Linear(width, width, bias=False)
        self.decoder = nn.GRU(width, width, batch_first=True)
        self.join = nn.Linear(2 * width, width)
        self.dropout = SharedDropout(settings["dropout"])
        self.output_bias = nn.Parameter(torch.zeros(target))
        self.width = width

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        known = source != PAD
        lengths = known.sum(dim=1, keepdim=True)
        places = torch.arange(source.shape[1], device=source.device).unsqueeze(0)
        mirror = torch.where(known, lengths - 1 - places, places)
        x = self.dropout(self.source_embeddings(source))
        forth, back = self.forth(x)[0], self.back(_reorder(x, mirror))[0]
        encoded = self.dropout(torch.cat([forth, _reorder(back, mirror)], dim=2))
        mean = (encoded * known.unsqueeze(2)).sum(dim=1) / lengths
        return torch.cat([encoded, self.keys(encoded)], dim=2), torch.tanh(self.begin(mean))

    def decode(
        self, tokens: Tensor, source: Tensor, memory: Tensor, state: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The scores of what follows each of the tokens, and the state after the last."""
        x = self.dropout(self.target_embeddings(tokens))
        steps, last = self.decoder(x, state.unsqueeze(0))
        steps = self.dropout(steps)
        encoded, keys = memory.split(self.width, dim=2)
        scores = steps @ keys.transpose(1, 2) / self.width**0.5
        hidden = (source == PAD).unsqueeze(1)
        attention = scores.masked_fill(hidden, float("-inf")).softmax(dim=2)
        joined = torch.tanh(self.join(torch.cat([steps, attention @ encoded], dim=2)))
        logits = self.target_embeddings.compare(self.dropout(joined)) + self.output_bias
        return logits, last.squeeze(0)


def _reorder(x: Tensor, places: Tensor) -> Tensor:
    return torch.gather(x, 1, places.unsqueeze(2).expand(-1, -1, x.shape[2]))
