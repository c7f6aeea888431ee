"""What an answer looks like, and which of its numbers are watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]
NUMBER: Json = {"type": "number"}


def describe_output(info: Mapping[str, Any]) -> Json:
    """As JSON Schema."""
    classes = info["classes"]
    if classes is None:
        interval = {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}
        return object_of({"value": NUMBER, "interval": interval})
    shares = object_of({name: {**NUMBER, "minimum": 0, "maximum": 1} for name in classes})
    return object_of({"label": {"type": "string", "enum": classes}, "probabilities": shares})


def object_of(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def watched_values(answer: Mapping[str, Any]) -> Sequence[float]:
    """Of an answer without a label: what the histogram of predictions counts."""
    return (answer["value"],)


def flat_answer(answer: Mapping[str, Any]) -> dict[str, str]:
    """As a row of a file: the prediction first."""
    if "label" in answer:
        p = {f"p:{label}": format(v, ".9g") for label, v in answer["probabilities"].items()}
        return {"y_pred": answer["label"], **p}
    low, high = answer["interval"]
    named = {"y_pred": answer["value"], "low": low, "high": high}
    return {key: format(value, ".9g") for key, value in named.items()}
