"""What an answer looks like, and which of its numbers are watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]


def describe_output(_: Mapping[str, Any]) -> Json:
    """As JSON Schema; all four lists are of one length."""
    numbers = {"type": "array", "items": {"type": "number"}}
    dates = {"type": "array", "items": {"type": "string"}}
    return object_of({"dates": dates, **dict.fromkeys(("values", "lower", "upper"), numbers)})


def object_of(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def watched_values(answer: Mapping[str, Any]) -> Sequence[float]:
    """Of one forecast: what the histogram of predictions counts."""
    values: Sequence[float] = answer["values"]
    return values
