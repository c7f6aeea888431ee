"""The last known rows of each series, from which a request without a history goes on."""

from __future__ import annotations

from typing import Any

from ml_project.features import Features
from ml_project.samples import history_of
from ml_project.schema import Schema
from ml_project.table import Table

FILE = "context.json"


def context_of(schema: Schema, table: Table, features: Features) -> dict[str, Any]:
    """As inputs of the service; a series without any value has none."""
    found: list[dict[str, Any]] = []
    for one in features.series_of(table):
        rows = [row for row in one.rows.tolist() if row >= 0]
        history = history_of(schema, table, rows)[-features.fitted.window :]
        if history:
            found.append({"series": one.name, "history": history})
    return {"series": found}
