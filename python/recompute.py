"""Metrics from saved predictions, by scikit-learn, apart from the code of the project that made them.

    recompute.py --task tabular_classification FILE [FILE …] [--reference NAME] [--rounds 2000] [--confidence 0.95] [--seed 42]

Prints one JSON object: `files` {stem: {rows, sha256, metrics, complete}} and, for the first file against each other,
`comparisons` [{a, b, metric, difference, low, high, worse}]: paired bootstrap over rows (Efron & Tibshirani 1993,
percentile interval); `difference` is positive where the first file is better, `worse` where the whole interval lies
below zero.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import metrics as sk

csv.field_size_limit(1 << 28)
LOWER_IS_BETTER = {"mae", "rmse", "mape", "log_loss"}


def read(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    header, body = rows[0], rows[1:]
    return {name: [row[at] for row in body] for at, name in enumerate(header)}


def classification(table: dict[str, list[str]], positive: str | None) -> dict[str, float]:
    true, predicted = np.array(table["y_true"], dtype=object), np.array(table["y_pred"], dtype=object)
    labels = [name[2:] for name in table if name.startswith("p:")]
    result = {
        "accuracy": sk.accuracy_score(true, predicted),
        "macro_f1": sk.f1_score(true, predicted, average="macro", zero_division=0),
    }
    averages: dict[str, Any] = {"average": "macro"}
    if positive is not None and len(labels) == 2:
        averages = {"average": "binary", "pos_label": positive}
    result["f1"] = sk.f1_score(true, predicted, zero_division=0, **averages)
    result["precision"] = sk.precision_score(true, predicted, zero_division=0, **averages)
    result["recall"] = sk.recall_score(true, predicted, zero_division=0, **averages)
    if labels:
        chances = np.array([[float(value) for value in table[f"p:{label}"]] for label in labels]).T
        result.update(ranking(true, chances, labels, positive))
    return result


def ranking(true: np.ndarray, chances: np.ndarray, labels: list[str], positive: str | None) -> dict[str, float]:
    """Area under the ROC curve (one against the rest, macro over classes that occur with and without)."""
    areas = []
    wanted = [positive] if positive in labels and len(labels) == 2 else labels
    for label in wanted:
        hits = true == label
        if hits.any() and not hits.all():
            areas.append(sk.roc_auc_score(hits.astype(int), chances[:, labels.index(label)]))
    order = {label: at for at, label in enumerate(labels)}
    picked = [chances[row, order[label]] if label in order else 0.0 for row, label in enumerate(true)]
    smallest = float(np.finfo(np.float64).eps)
    loss = float(-np.log(np.clip(picked, smallest, 1 - smallest)).mean())
    return {"log_loss": loss, **({"auc": float(np.mean(areas))} if areas else {})}


def regression(table: dict[str, list[str]]) -> dict[str, float]:
    true = np.array([float(value) for value in table["y_true"]])
    predicted = np.array([float(value) for value in table["y_pred"]])
    known = true != 0
    return {
        "mae": sk.mean_absolute_error(true, predicted),
        "rmse": math.sqrt(sk.mean_squared_error(true, predicted)),
        **({"r2": sk.r2_score(true, predicted)} if np.ptp(true) > 0 else {}),
        **({"mape": float(np.mean(np.abs((true - predicted)[known] / true[known])))} if known.any() else {}),
    }


def scores(table: dict[str, list[str]], task: str, metric: str) -> np.ndarray | None:
    """What a row adds to the metric, for metrics that are means over rows."""
    if metric == "accuracy":
        return (np.array(table["y_true"], dtype=object) == np.array(table["y_pred"], dtype=object)).astype(float)
    if metric in {"mae", "rmse"} and task.endswith("regression"):
        error = np.array(table["y_true"], dtype=float) - np.array(table["y_pred"], dtype=float)
        return np.abs(error) if metric == "mae" else error**2
    return None


def take(table: dict[str, list[str]], rows: np.ndarray) -> dict[str, list[str]]:
    return {name: [values[row] for row in rows] for name, values in table.items()}


def compare(first: dict[str, list[str]], other: dict[str, list[str]], options: argparse.Namespace) -> dict[str, float]:
    order = {row: at for at, row in enumerate(other["row_id"])}
    if set(order) != set(first["row_id"]):
        raise SystemExit("the prediction files are not about the same rows")
    other = take(other, np.array([order[row] for row in first["row_id"]]))
    sign = -1.0 if options.metric in LOWER_IS_BETTER else 1.0
    generator = np.random.default_rng(options.seed)
    count = len(first["row_id"])
    a, b = scores(first, options.task, options.metric), scores(other, options.task, options.metric)
    differences = []
    rounds = options.rounds if a is not None else min(options.rounds, 400)
    for _ in range(rounds):
        rows = generator.integers(0, count, count)
        if a is not None and b is not None:
            one, two = a[rows].mean(), b[rows].mean()
            if options.metric == "rmse":
                one, two = math.sqrt(one), math.sqrt(two)
        else:
            one, two = (measure(take(table, rows), options).get(options.metric, 0.0) for table in (first, other))
        differences.append(sign * (one - two))
    tail = (1 - options.confidence) / 2
    low, high = np.quantile(differences, [tail, 1 - tail])
    whole = [measure(table, options)[options.metric] for table in (first, other)]
    return {"difference": sign * (whole[0] - whole[1]), "low": float(low), "high": float(high), "worse": bool(high < 0)}


def measure(table: dict[str, list[str]], options: argparse.Namespace) -> dict[str, float]:
    if options.task.endswith("classification"):
        return classification(table, options.positive)
    return regression(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--task", required=True)
    parser.add_argument("--metric", required=True)
    parser.add_argument("--positive", default=None)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    tables = {path.stem: read(path) for path in options.files}
    files = {
        path.stem: {
            "rows": len(tables[path.stem]["row_id"]),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "metrics": {name: float(value) for name, value in measure(tables[path.stem], options).items()},
        }
        for path in options.files
    }
    first, *others = list(tables)
    comparisons = [
        {"a": first, "b": other, "metric": options.metric, **compare(tables[first], tables[other], options)}
        for other in others
    ]
    json.dump({"files": files, "comparisons": comparisons}, sys.stdout)


if __name__ == "__main__":
    main()
