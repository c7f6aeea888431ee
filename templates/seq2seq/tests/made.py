"""Data that the tests make themselves, and the models that they try."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tests.places import Made, write_csv

GOOD: object = "bad cafe"  # an input that the service takes
CODE = dict(zip("abcdef ", "甲乙丙丁戊己，", strict=True))
SMALL = ["model.width=32", "model.beam=2", "model.dropout=0.1"]
# A model that is trained in a moment.
QUICK = ["model.name=nearest"]
# What makes a network answer differently each time in training, or learn by heart less well.
STILL = ["model.dropout=0", "model.label_smoothing=0"]
# Small networks: the tests measure that a model learns, not how well.
MODELS: dict[str, list[str]] = {
    "nearest": [],
    "phrase": [],
    "transformer": [*SMALL, "model.heads=2", "model.encoder_layers=1"],
    "gru": SMALL,
}


def make_data(folder: Path, task: str) -> Made:
    """Words in a simple code, under odd column names; some rows lack a side."""
    rng = random.Random(3)
    rows: list[list[object]] = [["row_id", "原文 🍎", "page", "译文"]]
    for i in range(160):
        words = ["".join(rng.choices("abcdef", k=rng.randint(2, 4))) for _ in range(i % 2 + 1)]
        source = " ".join(words)
        target = "".join(CODE[letter] for letter in source)
        rows.append([i, "" if i == 40 else source, i % 5, " " if i == 50 else target])
    write_csv(folder / "data" / "data.csv", rows)
    roles = {"原文 🍎": "source", "page": "ignored", "译文": "target"}
    columns = [{"name": name, "role": role, "missing": 0} for name, role in roles.items()]
    schema = {"task": task, "target": "译文", "classes": None, "columns": columns}
    (folder / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    return Made(folder / "data", folder / "schema.json")
