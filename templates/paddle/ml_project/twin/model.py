"""A network that Paddle runs."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import paddle

from ml_project.features import Matrix
from ml_project.models.predictor import CHUNK, NetworkModel, Predictor
from ml_project.twin.predictor import TwinPredictor
from ml_project.twin.weights import give_weights, set_weights, take_weights, tensors_of


class TwinModel(NetworkModel):
    """Paddle answers. `predictor` holds the same weights in PyTorch, by which they are exported:
    the parity check of the export then compares the graph with what Paddle answers."""

    file_name = "checkpoint.pdparams"

    def __init__(self, predictor: Predictor) -> None:
        super().__init__(predictor)
        self.twin = twin_of(predictor)

    def predict(self, x: Matrix) -> Matrix:
        self.twin.eval()
        with paddle.no_grad():
            parts = [self.twin(paddle.to_tensor(part)).numpy() for part in chunks(x)]
        return np.concatenate(parts).astype(np.float32)

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        state = {name: tensor.numpy() for name, tensor in tensors_of(self.twin).items()}
        content: Any = {"architecture": self.predictor.architecture, "state": state}
        buffer = io.BytesIO()
        paddle.save(content, buffer)
        path.write_bytes(buffer.getvalue())
        return path


def twin_of(predictor: Predictor) -> TwinPredictor:
    """Names are counted from the start, since an optimiser knows its weights by them."""
    with paddle.utils.unique_name.guard():
        twin = TwinPredictor(predictor.architecture)
    take_weights(twin, predictor)
    return twin


def load_twin(path: Path) -> TwinModel:
    saved: Any = paddle.load(str(path), return_numpy=True)
    predictor = Predictor(saved["architecture"])
    twin = TwinPredictor(saved["architecture"])
    set_weights(twin, saved["state"])
    give_weights(twin, predictor)
    return TwinModel(predictor.eval())


def chunks(x: Matrix) -> list[Matrix]:
    return [x[first : first + CHUNK] for first in range(0, len(x), CHUNK)]
