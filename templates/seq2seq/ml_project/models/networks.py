"""Neural networks that write one symbol after the other.

Each has `encode(source) -> memory, state` and `decode(tokens, source, memory, state) ->
logits, state`: training decodes all tokens of an answer at once, a translation one by one.
`memory_axis` and `state_axes` are those that grow with the source and with the answer.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ml_project.models.gru import Gru
from ml_project.models.transformer import Transformer

BUILD: dict[str, Any] = {"transformer": Transformer, "gru": Gru}


class Network(nn.Module):
    """Scores for each place of an answer from what stands before it (teacher forcing)."""

    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        self.parts = BUILD[architecture["layers"]["name"]](architecture)

    def forward(self, source: Tensor, before: Tensor) -> Tensor:
        memory, state = self.encode(source)
        logits, _ = self.parts.decode(before, source, memory, state)
        result: Tensor = logits
        return result

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        memory, state = self.parts.encode(source)
        return memory, state

    def step(
        self, token: Tensor, source: Tensor, memory: Tensor, state: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Log-probabilities of the symbol that follows one token."""
        logits, after = self.parts.decode(token.unsqueeze(1), source, memory, state)
        return torch.log_softmax(logits[:, 0], dim=1), after
