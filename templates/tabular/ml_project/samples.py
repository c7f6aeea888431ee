"""Rows as a caller of the service would send them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np

from ml_project.encoders import lenient
from ml_project.errors import UsageError
from ml_project.own_forms import OwnForms
from ml_project.schema import APART, Column, Schema
from ml_project.table import Table
from ml_project.values import is_missing, parse_datetime, parse_number

SAMPLES = 50
LOG = logging.getLogger(__name__)
PARSE: dict[str, Callable[[object], Any]] = {"numeric": parse_number, "datetime": parse_datetime}


def sample_inputs(schema: Schema, table: Table, seed: int) -> list[dict[str, Any]]:
    order = np.random.default_rng(seed).permutation(len(table))[:SAMPLES]
    return [as_input(schema, table, int(row)) for row in order]


def as_input(schema: Schema, table: Table, row: int) -> dict[str, Any]:
    """The row as JSON: numbers as numbers, missing cells as null, the rest as text."""
    return {item.name: _json(item, table.columns[item.name][row]) for item in schema.inputs}


def record_reader(info: dict[str, Any]) -> Callable[[dict[str, str]], dict[str, Any]]:
    """Makes an input of a record of a CSV file, whose cells are text. What cannot be used counts
    as missing, as in training, and is told once for each column."""
    forms = OwnForms(info["columns"])
    roles = {item["name"]: item["role"] for item in info["columns"] if item["role"] not in APART}
    told: set[str] = set()

    def tell(name: str, what: str) -> None:
        if name not in told:
            told.add(name)
            LOG.warning("column %r: %s; such fields count as missing", name, what)

    def read(record: dict[str, str]) -> dict[str, Any]:
        if not any(name in record for name in roles):
            raise UsageError(f"no column of the model is there, which has: {', '.join(roles)}")
        plain = forms.plain(record)
        for name, role in roles.items():
            if name not in plain:
                tell(name, "is not there")
            elif not is_missing(plain[name]) and not fits(role, plain[name]):
                tell(name, f"{plain[name]!r} is no {role} value")
        return dict(plain)

    return read


def fits(role: str, cell: object) -> bool:
    return role not in PARSE or lenient(PARSE[role], [cell]) != [None]


def _json(column: Column, cell: str | None) -> Any:
    if cell is None or column.role != "numeric":
        return cell
    try:
        number = parse_number(cell)
    except ValueError:
        return None  # training took this cell for missing
    return int(number) if number is not None and number.is_integer() else number
