"""data/schema.json: the target, how far to forecast, and what each column means."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_project.errors import DataError, UsageError
from ml_project.family import ROLES, TASKS
from ml_project.table import Table
from ml_project.times import UNITS, Frequency

UNUSED = ("text", "ignored")
DETAILS = ("values", "min", "max", "written", "missing_as")  # of a column, for the service


@dataclass(frozen=True)
class Column:
    name: str
    role: str
    details: dict[str, Any]


@dataclass(frozen=True)
class Schema:
    """`season` is the number of steps after which a pattern repeats; 1 is none."""

    task: str
    target: str
    unit: str | None
    horizon: int
    season: int
    frequency: Frequency
    columns: tuple[Column, ...]
    classes: tuple[str, ...] = ()  # a forecast has none
    positive_class: str | None = None
    is_classification: bool = False

    @property
    def inputs(self) -> list[Column]:
        """The columns that a forecast is made from, the target's own past among them."""
        return [column for column in self.columns if column.role not in UNUSED]

    @property
    def time(self) -> str:
        return self.named("time")[0]

    @property
    def series(self) -> list[str]:
        """The columns that together tell several series apart."""
        return self.named("series")

    def named(self, *roles: str) -> list[str]:
        return [column.name for column in self.columns if column.role in roles]


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
    frequency = Frequency(raw["frequency"]["unit"], _count(raw["frequency"], "count"))
    if frequency.unit not in UNITS:
        raise ValueError(f"frequency.unit is {frequency.unit!r}; known: {', '.join(UNITS)}")
    schema = Schema(
        task=raw["task"],
        target=raw["target"],
        unit=raw.get("unit"),
        horizon=_count(raw, "horizon"),
        season=_count(raw, "season"),
        frequency=frequency,
        columns=tuple(_column(item) for item in raw["columns"]),
    )
    if len(schema.named("time")) != 1:
        raise ValueError("one column has the role time")
    if schema.named("target") != [schema.target]:
        raise ValueError(f"the one column with the role target must be {schema.target!r}")
    return schema


def _count(raw: dict[str, Any], key: str) -> int:
    value = raw.get(key, 1)
    if type(value) is not int or value < 1:
        raise ValueError(f"{key} is {value!r}; it must be a whole number of at least 1")
    return value


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
