"""The loaded model as the service uses it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image

from ml_project.features import Matrix
from ml_project.onnx_model import OnnxModel
from ml_project.serving.inputs import Inputs

CUDA = "CUDAExecutionProvider"


class ServedModel:
    """Ready when built: the files are read and one prediction was made."""

    def __init__(self, folder: Path, version: str | None) -> None:
        self.onnx = OnnxModel(folder)
        if CUDA in onnxruntime.get_available_providers():
            onnxruntime.preload_dlls()  # CUDA from Python packages is on no search path
            self.onnx.session.set_providers([CUDA, "CPUExecutionProvider"])
        self.info: dict[str, Any] = {**self.onnx.info}
        self.info["version"] = version or self.info["version"]
        self.label = {"name": self.info["name"], "version": self.info["version"]}
        self.inputs = Inputs(self.info)
        self.samples = _read(folder / "samples.json")
        self.reference = _read(folder / "reference.json")
        trial, _ = self.inputs.read([sample["input"] for sample in self.samples[:1]])
        if trial and self.predict(trial) == [None]:
            raise ArithmeticError(f"{folder}: the trial prediction is not a finite number")

    @property
    def device(self) -> str:
        return "cuda" if CUDA in self.onnx.session.get_providers() else "cpu"

    @property
    def weights(self) -> str:
        """The version that embeddings belong to, whatever the service is called."""
        return str(self.onnx.info["version"])

    def predict(self, items: Sequence[Any]) -> list[dict[str, Any] | None]:
        """None in the place of a pair for which there is no finite answer."""
        found = self.onnx.predict(items)
        return [answer if np.isfinite(answer["similarity"]) else None for answer in found]

    def embed(self, images: Sequence[Image.Image]) -> Matrix:
        return self.onnx.embed(images)


def _read(path: Path) -> Any:
    """What the exporter adds for documentation and watching; a model can be served without."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
