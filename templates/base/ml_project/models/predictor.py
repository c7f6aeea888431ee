"""A network with what turns its raw outputs into probabilities or values."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ml_project.features import Features, Matrix
from ml_project.models.networks import build_network

CHUNK = 8192


class Predictor(nn.Module):
    """`architecture` rebuilds the same network before its weights are loaded."""

    center: Tensor
    spread: Tensor

    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        self.architecture = architecture
        self.classes: int = architecture["classes"]
        self.network = build_network(architecture, self.classes or 1)
        self.register_buffer("center", torch.zeros(()))
        self.register_buffer("spread", torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        """Probabilities [batch, classes], or values [batch, 1] in the target's unit."""
        raw = self.network(x)
        if self.classes:
            return torch.softmax(raw, dim=2).mean(dim=1)
        return raw.mean(dim=1) * self.spread + self.center

    def prepare(self, x: Tensor, y: Tensor) -> None:
        """Takes from the training rows what the network needs to know before training."""
        look = getattr(self.network, "prepare", None)  # some networks look at the rows first
        if look is not None:
            look(x)
        if not self.classes:
            self.center.copy_(y.mean())
            self.spread.copy_(y.std(correction=0).clamp(min=1e-6))

    def loss(self, raw: Tensor, y: Tensor) -> Tensor:
        """Every member is trained on its own; their mean is what predicts."""
        members = raw.shape[1]
        if self.classes:
            return nn.functional.cross_entropy(raw.flatten(0, 1), y.repeat_interleave(members))
        scaled = (y - self.center) / self.spread
        return nn.functional.mse_loss(raw.squeeze(2), scaled.unsqueeze(1).expand(-1, members))


class NetworkModel:
    file_name = "checkpoint.pt"

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor

    @property
    def parameters(self) -> int:
        return sum(weight.numel() for weight in self.predictor.parameters())

    def predict(self, x: Matrix) -> Matrix:
        self.predictor.eval()
        device = self.predictor.center.device
        with torch.inference_mode():
            parts = [self.predictor(part.to(device)).cpu() for part in torch.tensor(x).split(CHUNK)]
        return torch.cat(parts).numpy().astype(np.float32)

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        state = {key: value.cpu() for key, value in self.predictor.state_dict().items()}
        write_tensors(path, {"architecture": self.predictor.architecture, "state": state})
        return path


def new_predictor(settings: Any, features: Features, classes: int) -> Predictor:
    """`settings` is the part `model` of the configuration."""
    return Predictor({"layers": asdict(settings), **features.architecture, "classes": classes})


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
