"""Histories as a caller of the service would send them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ml_project.features import Features
from ml_project.names import series_name
from ml_project.own_forms import OwnForms
from ml_project.schema import Column, Schema
from ml_project.series import Series
from ml_project.table import Table
from ml_project.values import is_missing, parse_category, parse_number

SAMPLES = 50
SAMPLE_ROWS = 3000  # of all samples together, so that one request can hold them


def sample_inputs(
    schema: Schema, table: Table, features: Features, seed: int
) -> list[dict[str, Any]]:
    """From all over the table; the second one has no history and goes on from the last rows."""
    known = features.series_of(table)
    places = [(one, int(origin)) for one in known for origin in features.origins(one)]
    window = features.fitted.window
    count = min(SAMPLES - 1, max(1, SAMPLE_ROWS // window))
    chosen = np.random.default_rng(seed).permutation(len(places))[:count]
    found = []
    for one, origin in (places[number] for number in chosen):
        rows = one.rows[origin - window + 1 : origin + 1]
        found.append(as_input(schema, one, history_of(schema, table, rows.tolist())))
    named = {"series": known[0].name} if schema.series else {}
    return [*found[:1], {**named, "horizon": schema.horizon}, *found[1:]]


def as_input(schema: Schema, series: Series, history: list[dict[str, Any]]) -> dict[str, Any]:
    named = {"series": series.name} if schema.series else {}
    return {**named, "history": history, "horizon": schema.horizon}


def history_of(schema: Schema, table: Table, rows: Sequence[int]) -> list[dict[str, Any]]:
    """The rows as JSON; one without a value of the target says nothing of the past."""
    used = [item for item in schema.inputs if item.role != "series"]
    known = table.columns[schema.target]
    return [
        {item.name: _json(item, table.columns[item.name][row]) for item in used}
        for row in rows
        if row >= 0 and known[row] is not None
    ]


def from_records(records: Sequence[dict[str, str]], info: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of a CSV file, whose cells are text: one history for each series in it."""
    columns = [Column(item["name"], item["role"], {}) for item in info["columns"]]
    keys = [item.name for item in columns if item.role == "series"]
    histories: dict[str, list[dict[str, Any]]] = {}
    forms = OwnForms(info["columns"])
    for record in map(forms.plain, records):
        if not is_missing(record.get(info["target"])):
            cells = {c.name: _json(c, record.get(c.name)) for c in columns}
            name = series_name([parse_category(cells.pop(key)) for key in keys])
            histories.setdefault(name, []).append(cells)
    return [
        {"history": rows, **({"series": name} if keys else {})} for name, rows in histories.items()
    ]


def _json(column: Column, cell: str | float | None) -> Any:
    """Numbers as numbers, missing cells as null, the rest as text."""
    if is_missing(cell) or column.role not in ("numeric", "target"):
        return None if is_missing(cell) else cell
    try:
        number = parse_number(cell)
    except ValueError:
        return cell if column.role == "target" else None  # training took this for missing
    return int(number) if number is not None and number.is_integer() else number
