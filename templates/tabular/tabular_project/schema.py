"""data/schema.json: the task, the target and what each column means."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tabular_project.errors import DataError, UsageError

ROLES = ("numeric", "categorical", "boolean", "datetime", "text", "ignored", "target")
CLASSIFICATION = "tabular_classification"
REGRESSION = "tabular_regression"


@dataclass(frozen=True)
class Column:
    name: str
    role: str
    details: dict[str, Any]


@dataclass(frozen=True)
class Schema:
    task: str
    target: str
    classes: tuple[str, ...]
    positive_class: str | None
    unit: str | None
    columns: tuple[Column, ...]

    @property
    def is_classification(self) -> bool:
        return self.task == CLASSIFICATION

    @property
    def inputs(self) -> list[Column]:
        """The columns from which features are made."""
        return [column for column in self.columns if column.role not in ("target", "ignored")]


def read_schema(path: Path) -> Schema:
    if not path.is_file():
        raise UsageError(f"{path}: no such schema file")
    try:
        return schema_from(json.loads(path.read_text(encoding="utf-8")))
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: not a valid schema: {error!r}") from error


def schema_from(raw: dict[str, Any]) -> Schema:
    if raw["task"] not in (CLASSIFICATION, REGRESSION):
        raise ValueError(f"unknown task {raw['task']!r}")
    columns = tuple(_column(item) for item in raw["columns"])
    classes = tuple(str(label) for label in raw.get("classes") or ())
    if raw["task"] == CLASSIFICATION and len(classes) < 2:
        raise ValueError("classification needs at least two classes")
    return Schema(
        task=raw["task"],
        target=raw["target"],
        classes=classes,
        positive_class=raw.get("positive_class"),
        unit=raw.get("unit"),
        columns=columns,
    )


def _column(item: dict[str, Any]) -> Column:
    if item["role"] not in ROLES:
        raise ValueError(f"column {item['name']!r} has the unknown role {item['role']!r}")
    details = {key: item[key] for key in ("values", "min", "max") if item.get(key) is not None}
    return Column(item["name"], item["role"], details)
