"""The twins of models/networks.py, layer by layer under the same names. Weights come from there."""

from __future__ import annotations

from typing import Any

from paddle import Tensor, nn

from ml_project.twin.gru import Gru
from ml_project.twin.transformer import Transformer

BUILD: dict[str, Any] = {"transformer": Transformer, "gru": Gru}


class Network(nn.Layer):
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
        return nn.functional.log_softmax(logits[:, 0], axis=1), after
