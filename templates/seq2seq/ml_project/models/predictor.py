"""A network with its loss, and as the graph by which a translator runs it."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ml_project.features import Features
from ml_project.models.networks import Network
from ml_project.symbols import PAD
from ml_project.translators.graph import MODEL, Array, Feeds


class Predictor(nn.Module):
    """`architecture` rebuilds the same network before its weights are loaded."""

    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        self.architecture = architecture
        self.smoothing: float = architecture["layers"]["label_smoothing"]
        self.network = Network(architecture)

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        """For each symbol; in training with some of the probability spread over all symbols."""
        return nn.functional.cross_entropy(
            logits.flatten(0, 1),
            target.flatten(),
            ignore_index=PAD,
            label_smoothing=self.smoothing if self.training else 0.0,
        )


class NetworkModel:
    file_name = "checkpoint.pt"

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor

    @property
    def parameters(self) -> int:
        return sum(weight.numel() for weight in self.predictor.parameters())

    def graph(self, part: str, feeds: Feeds) -> list[Array]:
        self.predictor.eval()
        network = self.predictor.network
        run = network.encode if part == MODEL else network.step
        device = next(network.parameters()).device
        with torch.inference_mode():
            given = {name: torch.from_numpy(value).to(device) for name, value in feeds.items()}
            return [found.cpu().numpy() for found in run(**given)]

    def score(self, source: Array, before: Array) -> Array:
        """Log-probabilities of what follows each symbol of whole answers, as in training."""
        self.predictor.eval()
        with torch.inference_mode():
            logits = self.predictor.network(torch.from_numpy(source), torch.from_numpy(before))
            return torch.log_softmax(logits, dim=2).numpy()

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        state = {key: value.cpu() for key, value in self.predictor.state_dict().items()}
        write_tensors(path, {"architecture": self.predictor.architecture, "state": state})
        return path


def new_predictor(settings: Any, features: Features) -> Predictor:
    """`settings` is the part `model` of the configuration."""
    symbols = features.symbols
    sizes = {"source": len(symbols.source), "target": len(symbols.target)}
    return Predictor({"layers": asdict(settings), **sizes, "pace": symbols.pace})


def load_network(path: Path) -> NetworkModel:
    saved = torch.load(path, map_location="cpu", weights_only=True)
    predictor = Predictor(saved["architecture"])
    predictor.load_state_dict(saved["state"])
    return NetworkModel(predictor.eval())


def write_tensors(path: Path, content: dict[str, Any]) -> None:
    """Through memory: the file's bytes then do not depend on its name."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    partial = path.with_suffix(".partial")
    partial.write_bytes(buffer.getvalue())
    partial.replace(path)
