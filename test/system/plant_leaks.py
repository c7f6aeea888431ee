"""Data sets with a planted leak each, and honest ones; prints {name: {planted, found}} as JSON."""

from __future__ import annotations

import csv
import datetime
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import datasets

SEARCH = sys.argv[1]
RANDOM = np.random.default_rng(1)
ROWS = 800
X = RANDOM.normal(size=(ROWS, 3))
Y = X[:, 0] + 0.5 * RANDOM.normal(size=ROWS) > 0.5
LABELS = ["yes" if y else "no" for y in Y]
AMOUNT = 50 + 10 * X[:, 0] + 5 * RANDOM.normal(size=ROWS)
HONEST = {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2]}
Columns = dict[str, tuple[str, Any]]
report: dict[str, Any] = {}


def search(name: str, planted: list[str], more: Columns, target: Any, honest: dict[str, Any] | None = None) -> None:
    columns: Columns = {key: ("numeric", cells) for key, cells in (HONEST if honest is None else honest).items()}
    columns |= {**more, "y": ("target", target)}
    classes = sorted(set(target)) if isinstance(target[0], str) else None
    with tempfile.TemporaryDirectory() as folder:
        data, schema = Path(folder) / "data.csv", Path(folder) / "schema.json"
        with data.open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["row_id", *columns])
            for row in range(len(target)):
                cells = [cells[row] for _, cells in columns.values()]
                writer.writerow([row, *("" if cell is None else cell for cell in cells)])
        listed = [{"name": key, "role": role} for key, (role, _) in columns.items()]
        schema.write_text(json.dumps({"target": "y", "classes": classes, "columns": listed}))
        done = subprocess.run([sys.executable, SEARCH, str(data), str(schema)], capture_output=True, text=True, check=True)
    report[name] = {"planted": planted, "found": sorted({c for f in json.loads(done.stdout) for c in f["columns"]})}


for loaded in (datasets.load_iris, datasets.load_wine, datasets.load_breast_cancer, datasets.load_digits):
    found = loaded()
    named = {f"x{i}": found.data[:, i] for i in range(found.data.shape[1])}
    search(f"honest: {loaded.__name__}", [], {}, [f"c{label}" for label in found.target], named)
diabetes = datasets.load_diabetes()
search("honest: diabetes", [], {}, diabetes.target, {f"x{i}": diabetes.data[:, i] for i in range(10)})
search("honest: noisy label", [], {}, LABELS)
search("honest: noisy amount", [], {}, AMOUNT)

search("a code of the label", ["code"], {"code": ("categorical", ["k7" if y else "k3" for y in Y])}, LABELS)
search("a number for the label", ["code"], {"code": ("numeric", [7 if y else 3 for y in Y])}, LABELS)
noisy = ["t" if y and RANDOM.random() > 0.01 else "f" for y in Y]
search("the label with some errors", ["flag"], {"flag": ("boolean", noisy)}, LABELS)
filled = [float(v) if y else None for y, v in zip(Y, X[:, 1], strict=True)]
search("filled in afterwards", ["cancelled"], {"cancelled": ("numeric", filled)}, LABELS)
search("a score made from it", ["score"], {"score": ("numeric", Y + 0.1 * RANDOM.normal(size=ROWS))}, LABELS)
notes = [f"the customer said {label} today" for label in LABELS]
search("a note that says it", ["note"], {"note": ("text", notes)}, LABELS)
search("bins of a column", ["b"], {}, ["low" if v < -0.5 else "mid" if v < 0.5 else "high" for v in X[:, 1]])
search("another unit", ["f"], {"f": ("numeric", (AMOUNT * 1.8 + 32).round(1))}, AMOUNT)
search("its logarithm", ["f"], {"f": ("numeric", np.exp(AMOUNT / 10))}, AMOUNT)
part = RANDOM.uniform(1, 20, ROWS).round(2)
rest = RANDOM.uniform(5, 90, ROWS).round(2)
search("parts of a sum", ["part", "rest"], {"part": ("numeric", part), "rest": ("numeric", rest)}, (part + rest).round(2))
low, high = rest[:60], rest[:60] + RANDOM.uniform(1, 9, 60).round(1)
many = {f"z{i}": RANDOM.normal(size=60) + 0.1 * rest[:60] for i in range(25)}
middle = ((low + high) / 2).round(1)
search("rounded, among many columns of few rows", ["high", "low"], {"low": ("numeric", low), "high": ("numeric", high)}, middle, many)
search("honest: many columns of few rows", [], {}, middle, many)
pieces = RANDOM.integers(1, 9, ROWS)
search("factors", ["pieces", "rest"], {"pieces": ("numeric", pieces), "rest": ("numeric", rest)}, (pieces * rest).round(2))
start = [datetime.date(2020, 1, 1) + datetime.timedelta(days=int(v)) for v in RANDOM.integers(0, 500, ROWS)]
days = RANDOM.integers(1, 60, ROWS)
end = [a + datetime.timedelta(days=int(v)) for a, v in zip(start, days, strict=True)]
search("two dates", ["end", "start"], {"start": ("datetime", start), "end": ("datetime", end)}, days)

json.dump(report, sys.stdout)
