"""A network with the loss that teaches it, and as a model that gives embeddings."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ml_project.features import Features, Matrix
from ml_project.models.networks import build_network

CHUNK = 256
STEEPEST = 1 - 1e-6  # the arc cosine's slope is infinite at 1


class Predictor(nn.Module):
    """`architecture` rebuilds the same network before its weights are loaded."""

    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        self.architecture = architecture
        layers = architecture["layers"]
        self.margin: float = layers["margin"]
        self.scale: float = layers["scale"]
        self.angular: bool = layers["name"] == "arcface"
        self.classes: int = architecture["people"]
        self.network = build_network(architecture, self.classes)

    def forward(self, x: Tensor) -> Tensor:
        """Embeddings [batch, embedding] of length 1."""
        result: Tensor = self.network.embedder(x)
        return result

    def loss(self, cosines: Tensor, people: Tensor) -> Tensor:
        """Softmax of the scaled cosines, the own person's made smaller by the margin: of the
        cosine itself (CosFace, Wang et al. 2018) or of its angle (ArcFace, Deng et al. 2019)."""
        own = cosines.gather(1, people.unsqueeze(1))
        if self.angular:
            angle = own.clamp(-STEEPEST, STEEPEST).acos()
            harder = (angle + self.margin).clamp(max=torch.pi).cos()
        else:
            harder = own - self.margin
        logits = cosines.scatter(1, people.unsqueeze(1), harder)
        return functional.cross_entropy(self.scale * logits, people)


class NetworkModel:
    file_name = "checkpoint.pt"

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor

    @property
    def parameters(self) -> int:
        """Of what is exported."""
        return sum(weight.numel() for weight in self.predictor.network.embedder.parameters())

    def predict(self, x: Matrix) -> Matrix:
        self.predictor.eval()
        device = self.predictor.network.people.device
        with torch.inference_mode():
            parts = [self.predictor(part.to(device)).cpu() for part in torch.tensor(x).split(CHUNK)]
        return torch.cat(parts).numpy().astype(np.float32)

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        state = {key: value.cpu() for key, value in self.predictor.state_dict().items()}
        write_tensors(path, {"architecture": self.predictor.architecture, "state": state})
        return path


def new_predictor(settings: Any, features: Features, people: int) -> Predictor:
    """`settings` is the part `model` of the configuration."""
    layers = {key: value for key, value in asdict(settings).items() if key != "threshold"}
    return Predictor({"layers": layers, **features.architecture, "people": people})


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
