"""Data that the tests make themselves, and the models that they try."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tests.places import Made, write_csv

GOOD: object = "the goalkeeper saved a penalty"  # an input that the service takes
SUBJECTS = {
    "sport": ["goalkeeper", "penalty", "match", "team", "比赛", "score"],
    "kitchen": ["oven", "butter", "dough", "recipe", "面粉", "simmer"],
}
MODELS: dict[str, list[str]] = {
    "naive_bayes": [],
    "linear": [],
    "linear_balanced": [],
    "bag": [],
    "cnn": ["model.filters=8"],
}
# A model that is trained in a moment.
QUICK = ["model.name=linear", "trainer.epochs=1"]
# What makes a network answer differently each time in training.
STILL = ["model.dropout=0"]


def make_data(folder: Path, task: str) -> Made:
    """Two subjects with words of their own between common ones; one text is missing."""
    rng = random.Random(3)
    rows: list[list[object]] = [["row_id", "remark", "page", "subject"]]
    for i in range(72):
        subject = rng.choice(list(SUBJECTS))
        words = rng.sample(SUBJECTS[subject], 2) + rng.sample(["the", "a", "and", "of", "with"], 3)
        rng.shuffle(words)
        rows.append([i, "" if i == 40 else " ".join(words), i % 5, subject])
    write_csv(folder / "data" / "data.csv", rows)
    roles = {"remark": "text", "page": "ignored", "subject": "target"}
    columns = [{"name": name, "role": role, "missing": 0} for name, role in roles.items()]
    schema = {"task": task, "target": "subject", "classes": sorted(SUBJECTS), "columns": columns}
    (folder / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    return Made(folder / "data", folder / "schema.json")
