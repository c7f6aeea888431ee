"""A network that Paddle runs, as the graph by which a translator uses it."""

from __future__ import annotations

from pathlib import Path

import paddle

from ml_project.models.predictor import NetworkModel, Predictor
from ml_project.translators.graph import MODEL, Array, Feeds
from ml_project.twin.checkpoint import FILE, save_twin, twin_of


class TwinModel(NetworkModel):
    """Paddle answers. `predictor` holds the same weights in PyTorch, by which they are exported:
    the parity check of the export then compares the graphs with what Paddle answers."""

    file_name = FILE

    def __init__(self, predictor: Predictor) -> None:
        super().__init__(predictor)
        self.twin = twin_of(predictor)

    def graph(self, part: str, feeds: Feeds) -> list[Array]:
        self.twin.eval()
        network = self.twin.network
        run = network.encode if part == MODEL else network.step
        with paddle.no_grad():
            given = {name: paddle.to_tensor(value) for name, value in feeds.items()}
            return [found.numpy() for found in run(**given)]

    def score(self, source: Array, before: Array) -> Array:
        """Log-probabilities of what follows each symbol of whole answers, as in training."""
        self.twin.eval()
        with paddle.no_grad():
            logits = self.twin.network(paddle.to_tensor(source), paddle.to_tensor(before))
            return paddle.nn.functional.log_softmax(logits, axis=2).numpy()

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        save_twin(self.twin, self.predictor.architecture, path)
        return path
