"""A network with what turns its relative outputs into values."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ml_project.features import Features, Matrix
from ml_project.layout import ANCHOR, SPREAD
from ml_project.models.networks import build_network

CHUNK = 8192


class Predictor(nn.Module):
    """`architecture` rebuilds the same network before its weights are loaded."""

    spread: Tensor

    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        self.architecture = architecture
        self.classes = 0
        self.network = build_network(architecture, architecture["layout"]["horizon"])
        self.register_buffer("spread", torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        """Values [batch, steps] in the target's unit."""
        anchor, spread = x[:, ANCHOR : ANCHOR + 1], x[:, SPREAD : SPREAD + 1]
        return anchor + spread * self.network(x).mean(dim=1)

    @torch.no_grad()
    def prepare(self, x: Tensor, z: Tensor) -> None:
        """Takes from the training rows what the network needs to know before training."""
        self.network.prepare(x, z)
        self.spread.copy_(x[:, SPREAD].mean())

    def loss(self, raw: Tensor, z: Tensor) -> Tensor:
        """Over the steps whose truth is known."""
        known = torch.isfinite(z)
        error = torch.where(known, raw.mean(dim=1) - z.nan_to_num(), 0.0)
        return (error**2).sum() / known.sum().clamp(min=1)


class NetworkModel:
    file_name = "checkpoint.pt"

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor

    @property
    def parameters(self) -> int:
        return sum(weight.numel() for weight in self.predictor.parameters())

    def predict(self, x: Matrix) -> Matrix:
        self.predictor.eval()
        device = self.predictor.spread.device
        with torch.inference_mode():
            parts = [self.predictor(part.to(device)).cpu() for part in torch.tensor(x).split(CHUNK)]
        return torch.cat(parts).numpy().astype(np.float32)

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        state = {key: value.cpu() for key, value in self.predictor.state_dict().items()}
        write_tensors(path, {"architecture": self.predictor.architecture, "state": state})
        return path


def new_predictor(settings: Any, features: Features, _: int) -> Predictor:
    """`settings` is the part `model` of the configuration."""
    return Predictor({"layers": asdict(settings), **features.architecture})


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
