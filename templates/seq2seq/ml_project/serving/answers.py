"""What an answer looks like, and which of its numbers are watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]


def describe_output(info: Mapping[str, Any]) -> Json:
    """As JSON Schema."""
    return object_of({"text": {"type": "string", "description": info["target"]}})


def object_of(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def watched_values(answer: Mapping[str, Any]) -> Sequence[float]:
    """The length of the text."""
    return (float(len(answer["text"])),)


def flat_answer(answer: Mapping[str, Any]) -> dict[str, str]:
    """As a row of a file."""
    return {"y_pred": answer["text"]}
