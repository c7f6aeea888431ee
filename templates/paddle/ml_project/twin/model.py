"""A network that Paddle runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import paddle

from ml_project.features import Matrix
from ml_project.models.predictor import CHUNK, NetworkModel, Predictor
from ml_project.twin.checkpoint import FILE, save_twin, twin_of


class TwinModel(NetworkModel):
    """Paddle answers. `predictor` holds the same weights in PyTorch, by which they are exported:
    the parity check of the export then compares the graph with what Paddle answers."""

    file_name = FILE

    def __init__(self, predictor: Predictor) -> None:
        super().__init__(predictor)
        self.twin = twin_of(predictor)

    def predict(self, x: Matrix) -> Matrix:
        self.twin.eval()
        with paddle.no_grad():
            parts = [self.twin(paddle.to_tensor(part)).numpy() for part in _chunks(x)]
        return np.concatenate(parts).astype(np.float32)

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        save_twin(self.twin, self.predictor.architecture, path)
        return path


def _chunks(x: Matrix) -> list[Matrix]:
    return [x[first : first + CHUNK] for first in range(0, len(x), CHUNK)]
