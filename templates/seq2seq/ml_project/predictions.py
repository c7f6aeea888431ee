"""Prediction files: row_id, y_true, y_pred."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from ml_project.metrics import Metrics, sequence_metrics


@dataclass(frozen=True)
class Predictions:
    """Expected texts and answers, both in the form that pairs.py gives them."""

    row_ids: list[str]
    truth: list[str]
    answers: list[str]

    def metrics(self) -> Metrics:
        return sequence_metrics(self.truth, self.answers)

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["row_id", "y_true", "y_pred"])
            writer.writerows(zip(self.row_ids, self.truth, self.answers, strict=True))


def number(value: float) -> str:
    """Nine significant digits give a float32 back exactly."""
    return format(float(value), ".9g")
