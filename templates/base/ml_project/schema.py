"""data/schema.json: the task, the target and what each column means."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_project.errors import DataError, UsageError
from ml_project.family import ROLES, TASKS
from ml_project.table import Table

APART = ("target", "ignored", "group")  # roles of columns that are no input
DETAILS = ("values", "min", "max", "written", "missing_as")  # of a column, for the service


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
    is_ordered: bool  # classes are grades, lowest first
    columns: tuple[Column, ...]

    @property
    def is_classification(self) -> bool:
        return bool(self.classes)

    @property
    def inputs(self) -> list[Column]:
        """The columns from which features are made."""
        return [column for column in self.columns if column.role not in APART]


def read_schema(path: Path) -> Schema:
    if not path.is_file():
        raise UsageError(f"{path}: no such schema file")
    try:
        return schema_from(json.loads(path.read_text(encoding="utf-8")))
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: not a valid schema: {error!r}") from error


def schema_from(raw: dict[str, Any]) -> Schema:
    if raw["task"] not in TASKS:
        raise ValueError(f"unknown task {raw['task']!r}")
    columns = tuple(_column(item) for item in raw["columns"])
    classes = tuple(str(label) for label in raw.get("classes") or ())
    if raw["task"].endswith("_classification") and len(classes) < 2:
        raise ValueError("classification needs at least two classes")
    return Schema(
        task=raw["task"],
        target=raw["target"],
        classes=classes,
        positive_class=raw.get("positive_class"),
        unit=raw.get("unit"),
        is_ordered=bool(raw.get("ordered")),
        columns=columns,
    )


def _column(item: dict[str, Any]) -> Column:
    if item["role"] not in ROLES:
        raise ValueError(f"column {item['name']!r} has the unknown role {item['role']!r}")
    details = {key: item[key] for key in DETAILS if item.get(key) is not None}
    return Column(item["name"], item["role"], details)


def check_columns(schema: Schema, table: Table) -> None:
    for column in schema.inputs:
        if column.name not in table.columns:
            found = ", ".join(table.columns)
            raise DataError(f"column {column.name!r} is not in the data, which has: {found}")
