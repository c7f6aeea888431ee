"""Rows as a caller of the service would send them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml_project.errors import UsageError
from ml_project.own_forms import OwnForms
from ml_project.schema import APART, Column, Schema
from ml_project.table import Table
from ml_project.values import parse_number

SAMPLES = 50


def sample_inputs(schema: Schema, table: Table, seed: int) -> list[dict[str, Any]]:
    order = np.random.default_rng(seed).permutation(len(table))[:SAMPLES]
    return [as_input(schema, table, int(row)) for row in order]


def as_input(schema: Schema, table: Table, row: int) -> dict[str, Any]:
    """The row as JSON: numbers as numbers, missing cells as null, the rest as text."""
    return {item.name: _json(item, table.columns[item.name][row]) for item in schema.inputs}


def from_record(record: dict[str, str], info: dict[str, Any]) -> dict[str, Any]:
    """A record of a CSV file, whose cells are text, as an input."""
    names = [item["name"] for item in info["columns"] if item["role"] not in APART]
    for name in names:
        if name not in record:
            raise UsageError(f"column {name!r} is missing; there are: {', '.join(record)}")
    return dict(OwnForms(info["columns"]).plain(record))


def _json(column: Column, cell: str | None) -> Any:
    if cell is None or column.role != "numeric":
        return cell
    try:
        number = parse_number(cell)
    except ValueError:
        return None  # training took this cell for missing
    return int(number) if number is not None and number.is_integer() else number
