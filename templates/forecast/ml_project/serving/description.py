"""The input of POST /predict as JSON Schema, with the data's own columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_project.asked import AskedReader
from ml_project.names import SEPARATOR
from ml_project.own_forms import taken_types

Json = dict[str, Any]
TYPES = {
    "time": ["string"],
    "series": ["string", "integer", "null"],
    "target": ["number"],
    "numeric": ["number", "null"],
    "categorical": ["string", "number", "boolean", "null"],
    "boolean": ["boolean", "string", "number", "null"],
    "text": ["string", "null"],
    "ignored": ["string", "number", "boolean", "null"],
}


def describe_input(info: Mapping[str, Any], reader: AskedReader) -> Json:
    expected, keys = reader.history.expected, reader.fitted.columns.series
    row: Json = {
        "type": "object",
        "properties": {item["name"]: _column(item, expected) for item in info["columns"]},
        "required": list(reader.history.needed),
        "additionalProperties": False,
    }
    rows = f"Rows keyed by {', '.join(expected)}; the last {reader.fitted.window} steps count."
    described: dict[str, Json] = {
        "history": {
            "type": ["array", "null"],
            "items": row,
            "minItems": 1,
            "description": f"{rows} Without it, the forecast goes on from the last known ones.",
        },
        "horizon": {
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": reader.furthest,
            "default": reader.fitted.horizon,
            "description": "Steps to forecast.",
        },
        "series": {
            "type": ["string", "integer", "null"],
            "description": "Which series the history is of, or which one to go on from"
            + (f": {SEPARATOR.join(keys)}." if len(keys) > 1 else "."),
            "examples": [*reader.known][:5],
        },
    }
    return {
        "type": "object",
        "properties": {key: described[key] for key in reader.keys},
        "additionalProperties": False,
    }


def _column(column: Mapping[str, Any], expected: Mapping[str, str]) -> Json:
    words = f"{column['role']}; {expected[column['name']]}"
    if column.get("min") is not None and column.get("max") is not None:
        words += f"; training data: {column['min']} to {column['max']}"
    described: Json = {"type": taken_types(TYPES[column["role"]], column), "description": words}
    if values := column.get("values"):
        described["examples"] = values[:5]
    return described
