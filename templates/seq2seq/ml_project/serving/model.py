"""The loaded model as the service uses it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime

from ml_project.onnx_model import OnnxModel
from ml_project.serving.inputs import Inputs

CUDA = "CUDAExecutionProvider"


class ServedModel:
    """Ready when built: the files are read and one prediction was made."""

    def __init__(self, folder: Path, version: str | None) -> None:
        self.onnx = OnnxModel(folder)
        if CUDA in onnxruntime.get_available_providers():
            onnxruntime.preload_dlls()  # CUDA from Python packages is on no search path
            for session in self.onnx.sessions.values():
                session.set_providers([CUDA, "CPUExecutionProvider"])
        self.info: dict[str, Any] = {**self.onnx.info}
        self.info["version"] = version or self.info["version"]
        self.label = {"name": self.info["name"], "version": self.info["version"]}
        self.inputs = Inputs(self.info)
        self.samples = _read(folder / "samples.json")
        self.reference = _read(folder / "reference.json")
        trial, _ = self.inputs.read([sample["input"] for sample in self.samples[:1]])
        if trial:
            self.predict(trial)

    @property
    def device(self) -> str:
        sessions = self.onnx.sessions.values()
        return "cuda" if all(CUDA in session.get_providers() for session in sessions) else "cpu"

    def predict(self, items: Sequence[Any]) -> list[dict[str, Any] | None]:
        """None would stand for a text without an answer; every text has one."""
        return [*self.onnx.predict(items)]


def _read(path: Path) -> Any:
    """What the exporter adds for documentation and watching; a model can be served without."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
