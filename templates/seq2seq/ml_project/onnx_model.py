"""The exported model: its translator, ONNX Runtime, and answers as the service gives them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime

from ml_project.errors import UsageError
from ml_project.features import load_features
from ml_project.translators.graph import DECODER, MODEL, Array, Feeds


def graph_file(part: str) -> str:
    return f"{part}.onnx"


class OnnxModel:
    """One thread: small models get slower with more, and a service runs requests side by side."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        for name in (graph_file(MODEL), "features.json", "model.json"):
            if not (folder / name).is_file():
                raise UsageError(f"{folder / name}: no such file; scripts/export.py writes it")
        self.info: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        self.features = load_features(folder / "features.json")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        files = {part: folder / graph_file(part) for part in (MODEL, DECODER)}
        self.sessions = {
            part: onnxruntime.InferenceSession(
                str(file), options, providers=["CPUExecutionProvider"]
            )
            for part, file in files.items()
            if file.is_file()
        }

    def graph(self, part: str, feeds: Feeds) -> list[Array]:
        found: list[Array] = self.sessions[part].run(None, feeds)
        return found

    def predict(self, inputs: Sequence[Any]) -> list[dict[str, Any]]:
        """Inputs as the service takes them."""
        return [{"text": text} for text in self.features.translate(inputs, self.graph)]
