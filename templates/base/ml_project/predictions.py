"""Prediction files: row_id, y_true, y_pred, then probabilities or an interval."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_project.decision import Threshold, decide
from ml_project.metrics import (
    Metrics,
    classification_metrics,
    grade_metrics,
    positive_index,
    regression_metrics,
)
from ml_project.schema import Schema

Outputs = NDArray[np.float32]


@dataclass(frozen=True)
class Predictions:
    row_ids: list[str]
    truth: NDArray[np.float64]
    outputs: Outputs
    interval: dict[str, float] | None = None
    threshold: Threshold = None

    def metrics(self, schema: Schema) -> Metrics:
        return score(schema, self.truth, self.outputs, self.threshold)

    def write(self, path: Path, schema: Schema) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerows(_classes(self, schema) if schema.classes else _values(self))


def score(
    schema: Schema, truth: NDArray[np.float64], outputs: Outputs, threshold: Threshold = None
) -> Metrics:
    exact = outputs.astype(np.float64)
    if not schema.is_classification:
        return regression_metrics(truth, exact[:, 0])
    positive = positive_index(schema.classes, schema.positive_class)
    labels = truth.astype(np.int64)
    grades = grade_metrics(labels, exact) if schema.is_ordered else {}
    return classification_metrics(labels, exact, positive, threshold) | grades


def number(value: float) -> str:
    """Nine significant digits give a float32 back exactly."""
    return format(float(value), ".9g")


def _classes(given: Predictions, schema: Schema) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [
        ["row_id", "y_true", "y_pred", *(f"p:{label}" for label in schema.classes)]
    ]
    positive = positive_index(schema.classes, schema.positive_class)
    best = decide(given.outputs.astype(np.float64), positive, given.threshold)
    for i, row_id in enumerate(given.row_ids):
        truth = schema.classes[int(given.truth[i])]
        rows.append([row_id, truth, schema.classes[best[i]], *map(number, given.outputs[i])])
    return rows


def _values(given: Predictions) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [["row_id", "y_true", "y_pred", "low", "high"]]
    offsets = given.interval or {"low": 0.0, "high": 0.0}
    for i, row_id in enumerate(given.row_ids):
        value = float(given.outputs[i, 0])
        ends = (value + offsets["low"], value + offsets["high"])
        rows.append([row_id, number(given.truth[i]), number(value), *map(number, ends)])
    return rows
