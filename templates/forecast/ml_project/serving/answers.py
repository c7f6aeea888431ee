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


def flat_answer(answer: Mapping[str, Any], series: str | None) -> list[dict[str, str]]:
    """As rows of a file, one for each date; `series` is None where there is one series only."""
    named = {} if series is None else {"series": series}
    columns = {"value": "values", "lower": "lower", "upper": "upper"}
    return [
        {
            **named,
            "date": date,
            **{key: format(answer[name][i], ".9g") for key, name in columns.items()},
        }
        for i, date in enumerate(answer["dates"])
    ]
