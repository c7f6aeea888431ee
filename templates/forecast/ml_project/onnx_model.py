"""The exported model: features, ONNX Runtime, and answers as the service gives them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from ml_project.answer_files import checked
from ml_project.asked import Asked, AskedReader
from ml_project.context import FILE as CONTEXT_FILE
from ml_project.errors import UsageError
from ml_project.features import Matrix, load_features
from ml_project.layout import SPREAD

GRAPH_FILE = "model.onnx"
Answer = dict[str, Any]


class OnnxModel:
    """One thread: small models get slower with more, and a service runs requests side by side."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        for name in (GRAPH_FILE, "features.json", "model.json", CONTEXT_FILE):
            if not (folder / name).is_file():
                raise UsageError(f"{folder / name}: no such file; scripts/export.py writes it")
        self.info: dict[str, Any] = _read(folder / "model.json")
        self.features = load_features(folder / "features.json")
        self.reader = AskedReader(self.info, self.features.fitted, _read(folder / CONTEXT_FILE))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        graph = str(folder / GRAPH_FILE)
        self.session = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"]
        )

    def run(self, x: Matrix) -> Matrix:
        return np.asarray(self.session.run(None, {"x": x})[0])

    def predict(self, inputs: Sequence[Any]) -> list[Answer]:
        """Inputs as the service takes them."""
        asked: list[Asked] = checked(self.reader.read, [*inputs])
        answers = [answer for answer in self.forecast(asked) if answer is not None]
        if len(answers) < len(asked):
            raise UsageError("inputs: numbers beyond the range of the model's arithmetic")
        return answers

    def forecast(self, asked: Sequence[Asked]) -> list[Answer | None]:
        """Beyond the model's horizon its own forecasts are taken for history. None in the place
        of an input for which there is no finite answer."""
        windows = [item.window for item in asked]
        values: list[list[float]] = [[] for _ in asked]
        spreads = [0.0] * len(asked)
        waiting = list(range(len(asked)))
        while waiting:
            x = self.features.transform_latest([windows[i] for i in waiting])
            outputs = self.run(x)
            usable = [bool(np.isfinite(row).all()) for row in x]
            for place, i in enumerate(waiting):
                row = outputs[place].tolist()
                values[i] += row if usable[place] else [math.nan] * len(asked[i].dates)
                spreads[i] = spreads[i] or float(x[place, SPREAD])
                windows[i] = windows[i].extended(row, self.features.fitted.frequency)
            waiting = [i for i in waiting if len(values[i]) < len(asked[i].dates)]
        found = zip(asked, values, spreads, strict=True)
        return [self._answer(item.dates, row, spread) for item, row, spread in found]

    def _answer(self, dates: list[str], values: list[float], spread: float) -> Answer | None:
        values = values[: len(dates)]
        if not all(map(math.isfinite, values)):
            return None
        size = spread / self.features.fitted.typical_spread
        low, high = (self._offsets(key, len(dates), size) for key in ("low", "high"))
        return {
            "dates": dates,
            "values": values,
            "lower": [value + offset for value, offset in zip(values, low, strict=True)],
            "upper": [value + offset for value, offset in zip(values, high, strict=True)],
        }

    def _offsets(self, key: str, steps: int, size: float) -> list[float]:
        """Beyond the horizon, those of its last step grow with the root of the distance."""
        known: list[float] = self.info["interval"][key]
        last = len(known)
        beyond = [known[-1] * math.sqrt(step / last) for step in range(last + 1, steps + 1)]
        return [offset * size for offset in (known + beyond)[:steps]]


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
