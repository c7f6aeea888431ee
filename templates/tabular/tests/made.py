"""Data that the tests make themselves, and the models that they try."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tests.places import Made, write_csv

ODD_NAMES = ["__proto__", '价格 "quoted", €', "🍎"]
GOOD: object = {}  # an input that the service takes
# Fewer trees: the tests measure that a model learns, not how well.
MODELS: dict[str, list[str]] = {
    "linear": [],
    "random_forest": ["model.trees=20"],
    "gradient_boosting": ["model.iterations=20"],
    "mlp": [],
    "tabm": [],
}
# A model that is trained in a moment.
QUICK = ["model.name=linear", "trainer.epochs=1"]
# What makes a network answer differently each time in training.
STILL = ["model.dropout=0"]


def make_data(folder: Path, task: str) -> Made:
    """Every role, missing cells and odd column names."""
    rng = random.Random(3)
    names = ["row_id", *ODD_NAMES, "flag", "day", "remark", "answer"]
    rows: list[list[object]] = []
    for i in range(72):
        size, color = rng.gauss(0, 1), rng.choice(["red", "blue", "naïve"])
        value = size + (color == "red") * 2.0 + rng.gauss(0, 0.05)
        classification = task == "tabular_classification"
        answer = ("high" if value > 0.7 else "low") if classification else round(value, 4)
        shown = "" if i % 11 == 5 else round(size, 4)
        day = f"2023-{i % 12 + 1:02d}-{i % 27 + 1:02d}"
        remark = "big one" if value > 1 else "small one"
        rows.append([i, shown, rng.randint(1, 9), color, rng.choice(["yes", "no"]), day])
        rows[-1] += [remark, answer]
    write_csv(folder / "data" / "data.csv", [names, *rows])
    roles = ["numeric", "numeric", "categorical", "boolean", "datetime", "text", "target"]
    columns = [
        {"name": name, "role": role, "missing": 0}
        for name, role in zip(names[1:], roles, strict=True)
    ]
    classes = ["low", "high"] if task == "tabular_classification" else None
    schema = {"task": task, "target": "answer", "classes": classes, "columns": columns}
    (folder / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    return Made(folder / "data", folder / "schema.json")
