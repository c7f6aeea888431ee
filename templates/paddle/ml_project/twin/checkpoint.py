"""Twins made, saved and read again."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import paddle

from ml_project.models.predictor import Predictor
from ml_project.twin.predictor import TwinPredictor
from ml_project.twin.weights import give_weights, set_weights, take_weights, tensors_of

FILE = "checkpoint.pdparams"


def twin_of(predictor: Predictor) -> TwinPredictor:
    """Names are counted from the start, since an optimiser knows its weights by them."""
    with paddle.utils.unique_name.guard():
        twin = TwinPredictor(predictor.architecture)
    take_weights(twin, predictor)
    return twin


def save_twin(twin: TwinPredictor, architecture: dict[str, Any], path: Path) -> None:
    """Through memory, and as arrays: the file's bytes then depend on the weights alone."""
    state = {name: tensor.numpy() for name, tensor in tensors_of(twin).items()}
    content: Any = {"architecture": architecture, "state": state}
    buffer = io.BytesIO()
    paddle.save(content, buffer)
    path.write_bytes(buffer.getvalue())


def load_predictor(path: Path) -> Predictor:
    """The network in PyTorch with the weights that Paddle has saved."""
    saved: Any = paddle.load(str(path), return_numpy=True)
    predictor = Predictor(saved["architecture"])
    twin = TwinPredictor(saved["architecture"])
    set_weights(twin, saved["state"])
    give_weights(twin, predictor)
    return predictor.eval()
