"""The exported model: features, ONNX Runtime, and answers as the service gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

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
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        graph = str(folder / GRAPH_FILE)
        self.session = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"]
        )

    def run(self, x: Matrix) -> Matrix:
        return np.asarray(self.session.run(None, {"x": x})[0])

    def predict(self, inputs: Sequence[Any]) -> list[dict[str, Any]]:
        """Inputs as the service takes them."""
        if not inputs:
            return []
        return answers(self.run(self.features.transform_inputs(inputs)), self.info)


def answers(outputs: Matrix, info: Mapping[str, Any]) -> list[dict[str, Any]]:
    classes = info["classes"]
    if classes:
        return [_label(row, info) for row in outputs.tolist()]
    offsets = info.get("interval") or {"low": 0.0, "high": 0.0}
    return [_value(row[0], offsets) for row in outputs.tolist()]


def _label(row: list[float], info: Mapping[str, Any]) -> dict[str, Any]:
    """The likeliest class, or the positive one from its threshold on."""
    classes, threshold = info["classes"], info.get("threshold")
    label = classes[row.index(max(row))]
    if threshold is not None:
        positive = classes.index(info["positive_class"])
        label = classes[positive if row[positive] >= threshold else 1 - positive]
    return {"label": label, "probabilities": dict(zip(classes, row, strict=True))}


def _value(value: float, offsets: Mapping[str, float]) -> dict[str, Any]:
    return {"value": value, "interval": [value + offsets["low"], value + offsets["high"]]}
