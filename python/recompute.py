"""Metrics from saved predictions, by scikit-learn, apart from the code of the project that made them.

    recompute.py --task tabular_classification FILE [FILE …] [--positive LABEL] [--ordered] [--rounds 2000] [--confidence 0.95] [--seed 42]

Prints one JSON object: `files` {stem: {rows, sha256, metrics}} and, for the first file against each other,
`comparisons` [{a, b, metric, difference, low, high, worse}]: paired bootstrap over rows, of faces over people (Efron &
Tibshirani 1993, percentile interval); `difference` is positive where the first file is better, `worse` where the whole interval lies
below zero.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np

from metrics import faces, grades, labels, numbers, texts

csv.field_size_limit(1 << 28)
LOWER_IS_BETTER = {
    "mae", "rmse", "mape", "log_loss", "cer", "equal_error_rate", "false_accept_rate", "false_reject_rate",
}  # fmt: skip


def read(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    header, body = rows[0], rows[1:]
    return {name: [row[at] for row in body] for at, name in enumerate(header)}


def kind_of(task: str, ordered: bool) -> Any:
    """The module with `measure(table, positive)` and `sampled(table, metric, positive)` for a task; `units(table)` where a
    bootstrap draws something else than rows."""
    if task.endswith("classification"):
        return grades if ordered else labels
    if task == "face_verification":
        return faces
    return texts if task == "sequence_to_sequence" else numbers


def take(table: dict[str, list[str]], rows: list[int]) -> dict[str, list[str]]:
    return {name: [values[row] for row in rows] for name, values in table.items()}


def compare(first: dict[str, list[str]], other: dict[str, list[str]], options: argparse.Namespace) -> dict[str, Any]:
    order = {row: at for at, row in enumerate(other["row_id"])}
    if set(order) != set(first["row_id"]):
        raise SystemExit("the prediction files are not about the same rows")
    other = take(other, [order[row] for row in first["row_id"]])
    sign = -1.0 if options.metric in LOWER_IS_BETTER else 1.0
    kind = kind_of(options.task, options.ordered)
    one, two = (kind.sampled(table, options.metric, options.positive) for table in (first, other))
    generator = np.random.default_rng(options.seed)
    count = kind.units(first) if hasattr(kind, "units") else len(first["row_id"])
    differences = []
    for _ in range(options.rounds):
        drawn = generator.integers(0, count, count)
        differences.append(sign * (one(drawn) - two(drawn)))
    tail = (1 - options.confidence) / 2
    low, high = np.nanquantile(differences, [tail, 1 - tail])
    whole = [kind.measure(table, options.positive)[options.metric] for table in (first, other)]
    return {"difference": sign * (whole[0] - whole[1]), "low": float(low), "high": float(high), "worse": bool(high < 0)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--task", required=True)
    parser.add_argument("--metric", required=True)
    parser.add_argument("--positive", default=None)
    parser.add_argument("--ordered", action="store_true")
    parser.add_argument("--rounds", type=int, default=2000, help="0: no comparisons")
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    tables = {path.stem: read(path) for path in options.files}
    measure = kind_of(options.task, options.ordered).measure
    files = {
        path.stem: {
            "rows": len(tables[path.stem]["row_id"]),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "metrics": {name: float(value) for name, value in measure(tables[path.stem], options.positive).items()},
        }
        for path in options.files
    }
    first, *others = list(tables)
    comparisons = [
        {"a": first, "b": other, "metric": options.metric, **compare(tables[first], tables[other], options)}
        for other in (others if options.rounds else [])
    ]
    json.dump({"files": files, "comparisons": comparisons}, sys.stdout)


if __name__ == "__main__":
    main()
