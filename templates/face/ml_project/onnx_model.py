"""The exported model: features, ONNX Runtime, and answers as the service gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image

from ml_project.errors import UsageError
from ml_project.features import Matrix, load_features

GRAPH_FILE = "model.onnx"


class OnnxModel:
    """One thread: small models get slower with more, and a service runs requests side by side."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        for name in (GRAPH_FILE, "features.json", "model.json"):
            if not (folder / name).is_file():
                raise UsageError(f"{folder / name}: no such file; scripts/export.py writes it")
        self.info: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        self.features = load_features(folder / "features.json")
        self.threshold: float = self.info["threshold"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        graph = str(folder / GRAPH_FILE)
        self.session = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"]
        )

    def run(self, x: Matrix) -> Matrix:
        """Embeddings [images, width] of length 1."""
        return np.asarray(self.session.run(None, {"x": x})[0])

    def embed(self, images: Sequence[Image.Image]) -> Matrix:
        return self.run(self.features.stack(images))

    def predict(self, inputs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Pairs as the service takes them, in base64 or decoded."""
        if not inputs:
            return []
        both = self.run(self.features.transform_inputs(inputs))
        found = np.einsum("ij,ij->i", both[0::2], both[1::2]).tolist()
        return [{"same": value >= self.threshold, "similarity": value} for value in found]
