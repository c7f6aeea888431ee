"""Data sets that the tests make themselves, and the shipped sample whatever it holds."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

from tabular_project.config import load_config
from tabular_project.settings import Settings
from tabular_project.threads import limit_threads
from tabular_project.training.data import Data, load_data
from tabular_project.training.fit import Job
from tabular_project.training.state import StateFile
from tabular_project.training.world import World

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "configs" / "config.yaml"
ODD_NAMES = ["__proto__", '价格 "quoted", €', "🍎"]
WORLD = World(0, 1, torch.device("cpu"))


@dataclass(frozen=True)
class Made:
    """A data set on disk."""

    folder: Path
    schema: Path

    def settings(self, *overrides: str) -> Settings:
        own = [f"data.schema={self.schema}", "model.name=mlp", "trainer.batch_size=16"]
        return load_config(CONFIG, [*own, *overrides])

    def load(self, settings: Settings) -> Data:
        return load_data(settings, ROOT, self.folder)


Make = Callable[[str], Made]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    limit_threads(1)


@pytest.fixture
def mini() -> Made:
    return Made(ROOT / "data" / "mini", ROOT / "data" / "schema.json")


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A small table with a clear signal, every role, missing cells and odd column names."""
    return lambda task: make_data(tmp_path, task)


def make_data(folder: Path, task: str) -> Made:
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


def write_csv(path: Path, rows: Sequence[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def new_job(settings: Settings, data: Data, folder: Path | None = None) -> Job:
    state = StateFile(folder, settings.trainer.save_seconds)
    return Job(settings, data.schema, WORLD, state=state)


def with_callback(job: Job, on_epoch: Callable[..., None]) -> Job:
    return replace(job, on_epoch=on_epoch)
