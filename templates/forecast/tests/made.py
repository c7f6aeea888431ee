"""Data that the tests make themselves, and the models that they try."""

from __future__ import annotations

import json
import math
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.places import Made, write_csv

TIME, VALUE, PRICE, KIND = "__proto__", '销量 "quoted", €', "🍎", "kind"
GOOD: object = {}  # an input that the service takes
# Fewer trees: the tests measure that a model learns, not how well.
MODELS: dict[str, list[str]] = {
    "linear": [],
    "gradient_boosting": ["model.iterations=20"],
    "mlp": [],
    "dlinear": [],
}
# A model that is trained in a moment.
QUICK = ["model.name=linear", "trainer.epochs=1"]
# What makes a network answer differently each time in training.
STILL = ["model.dropout=0"]


def make_data(folder: Path, task: str) -> Made:
    """A weekly pattern that a price and a category move; every role, gaps, odd column names."""
    rng = random.Random(3)
    rows: list[list[object]] = []
    for i in range(120):
        price, kind = rng.gauss(0, 1), rng.choice(["red", "blue"])
        value = 20 + 8 * math.sin(i % 7) + 0.05 * i + rng.gauss(0, 0.5)
        shown = "" if i in (30, 71) else round(value, 3)
        cell = "" if i % 11 == 5 else round(price, 3)
        moment = (date(2024, 1, 1) + timedelta(i)).isoformat()
        if i not in (40, 41):
            flag, remark = rng.choice(["yes", "no"]), "a word"
            rows.append([i, moment, shown, cell, kind, flag, remark])
    names = [TIME, VALUE, PRICE, KIND, "open", "remark"]
    roles = ["time", "target", "numeric", "categorical", "boolean", "text"]
    return write_data(folder, dict(zip(names, roles, strict=True)), rows, horizon=3, season=7)


def make_several(folder: Path, late: int = 0) -> Made:
    """Three monthly series of different sizes, in one file, on the last days of months; the last
    of them begins `late` months after the others."""
    rng = random.Random(5)
    rows: list[list[object]] = []
    for name, size in (("north", 1.0), ("south", 100.0), ("west", 1e4)):
        for i in range(late if name == "west" else 0, 60):
            year, month = divmod(i + 1, 12)
            last = date(2015 + year, month + 1, 1) - timedelta(1)
            value = size * (5 + math.sin(2 * math.pi * i / 12) + rng.gauss(0, 0.1))
            rows.append([len(rows), last.isoformat(), name, value])
    roles = {"month": "time", "shop": "series", "sales": "target"}
    frequency = {"unit": "month", "count": 1}
    return write_data(folder, roles, rows, horizon=2, season=12, frequency=frequency)


def make_pairs(folder: Path) -> Made:
    """Shops and articles: only both together tell the series apart."""
    rows: list[list[object]] = []
    for shop, article, size in ((1, "tea", 1), (1, "rice", 10), (2, "tea", 100), (2, "rice", 1000)):
        for i in range(48):
            month = date(2015 + i // 12, i % 12 + 1, 1).isoformat()
            rows.append([len(rows), month, shop, article, size * (5 + math.sin(i * math.pi / 6))])
    roles = {"month": "time", "shop": "series", "article": "series", "sales": "target"}
    frequency = {"unit": "month", "count": 1}
    return write_data(folder, roles, rows, horizon=2, season=12, frequency=frequency)


def write_data(folder: Path, roles: dict[str, str], rows: list[list[object]], **more: Any) -> Made:
    write_csv(folder / "data" / "data.csv", [["row_id", *roles], *rows])
    columns = [{"name": name, "role": role, "missing": 0} for name, role in roles.items()]
    target = next(name for name, role in roles.items() if role == "target")
    schema = {
        "task": "time_series_forecasting",
        "target": target,
        "frequency": {"unit": "day", "count": 1},
        "columns": columns,
        **more,
    }
    (folder / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    return Made(folder / "data", folder / "schema.json")
