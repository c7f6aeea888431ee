"""What an answer looks like, and which of its numbers are watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]
SIMILARITY: Json = {
    "type": "number",
    "minimum": -1,
    "maximum": 1,
    "description": "Cosine of the two embeddings: 1 is the same image.",
}


def describe_output(info: Mapping[str, Any]) -> Json:
    """As JSON Schema."""
    words = f"The similarity is at least {info['threshold']:.4g}."
    return object_of({"same": {"type": "boolean", "description": words}, "similarity": SIMILARITY})


def object_of(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def watched_values(answer: Mapping[str, Any]) -> Sequence[float]:
    """What the histogram of predictions counts."""
    return (answer["similarity"],)


def flat_answer(answer: Mapping[str, Any]) -> dict[str, str]:
    """As a row of a file: the prediction first."""
    rest = {key: value for key, value in answer.items() if key not in ("same", "similarity")}
    predicted = "same" if answer["same"] else "different"
    return {"y_pred": predicted, "similarity": format(answer["similarity"], ".9g"), **rest}
