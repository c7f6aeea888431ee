"""The input of POST /predict as JSON Schema, with the data's own columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_project.own_forms import taken_types

Json = dict[str, Any]
TYPES = {
    "numeric": ["number", "null"],
    "categorical": ["string", "number", "boolean", "null"],
    "boolean": ["boolean", "string", "number", "null"],
    "datetime": ["string", "null"],
    "text": ["string", "null"],
    "group": ["string", "number", "boolean", "null"],
    "ignored": ["string", "number", "boolean", "null"],
}


def describe_input(info: Mapping[str, Any], expected: Mapping[str, str]) -> Json:
    """`expected` says in words what a value of each column is."""
    properties = {column["name"]: _column(column, expected) for column in info["columns"]}
    return {
        "type": "object",
        "description": "Keyed by the data's own column names; absent or null is missing.",
        "properties": properties,
        "additionalProperties": False,
    }


def _column(column: Mapping[str, Any], expected: Mapping[str, str]) -> Json:
    role, values = column["role"], column.get("values") or []
    words = f"{role}; {expected[column['name']]}"
    if column.get("min") is not None and column.get("max") is not None:
        words += f"; training data: {column['min']} to {column['max']}"
    described: Json = {"type": taken_types(TYPES[role], column), "description": words}
    if values:
        described["examples"] = values[:5]
    return described
