"""Prediction files: one line for each forecast of a row, made one to `horizon` steps before it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_project.intervals import interval_offsets
from ml_project.layout import SPREAD
from ml_project.metrics import Metrics, regression_metrics
from ml_project.schema import Schema

Outputs = NDArray[np.float32]
Truth = NDArray[np.float64]
Interval = dict[str, list[float]]


@dataclass(frozen=True)
class Predictions:
    """Rows are origins, columns the steps after them. `size` is the spread of each origin's
    series compared with the typical one: intervals grow with it."""

    row_ids: list[str]
    rows: NDArray[np.int64]
    truth: Truth
    outputs: Outputs
    size: NDArray[np.float64]
    interval: Interval | None = None

    def metrics(self, schema: Schema) -> Metrics:
        return score(schema, self.truth, self.outputs)

    def write(self, path: Path, _: Schema) -> None:
        """In the order of the forecasted rows."""
        path.parent.mkdir(parents=True, exist_ok=True)
        origins, steps = np.nonzero(np.isfinite(self.truth))
        order = np.lexsort((steps, self.rows[origins, steps]))
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["row_id", "y_true", "y_pred", "low", "high"])
            for origin, step in zip(origins[order], steps[order], strict=True):
                writer.writerow(self._line(origin, step))

    def _line(self, origin: int, step: int) -> list[str]:
        row_id = f"{self.row_ids[self.rows[origin, step]]}:{step + 1}"
        value = float(self.outputs[origin, step])
        ends = [value + self._offset(key, origin, step) for key in ("low", "high")]
        return [row_id, number(self.truth[origin, step]), number(value), *map(number, ends)]

    def _offset(self, key: str, origin: int, step: int) -> float:
        return self.interval[key][step] * self.size[origin] if self.interval else 0.0


def relative_spread(x: NDArray[Any], typical: float) -> NDArray[np.float64]:
    return np.asarray(x[:, SPREAD], dtype=np.float64) / typical


def score(_: Schema, truth: Truth, outputs: Outputs) -> Metrics:
    """Over all steps together; a step without a true value is left out."""
    known = np.isfinite(truth)
    return regression_metrics(truth[known], outputs[known].astype(np.float64))


def step_intervals(
    truth: Truth, outputs: Outputs, size: NDArray[np.float64], coverage: float
) -> Interval:
    """Offsets for each step from the residuals of that step, or of all where it has none. The
    forecast itself always lies within."""
    residuals = (truth - outputs) / size[:, None]
    known = np.isfinite(residuals)
    ends: list[dict[str, float]] = []
    for step in range(truth.shape[1]):
        of_step = residuals[known[:, step], step]
        ends.append(interval_offsets(of_step if len(of_step) else residuals[known], coverage))
    return {
        "low": [min(end["low"], 0.0) for end in ends],
        "high": [max(end["high"], 0.0) for end in ends],
    }


def number(value: float) -> str:
    """Nine significant digits give a float32 back exactly."""
    return format(float(value), ".9g")


def joined(parts: Sequence[Predictions]) -> Predictions:
    """Of several blocks of the same rows."""
    return Predictions(
        parts[0].row_ids,
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.truth for part in parts]),
        np.concatenate([part.outputs for part in parts]),
        np.concatenate([part.size for part in parts]),
    )
