"""Checks a request before anything is computed: each input is one text of bounded length."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ml_project.serving.faults import MAX_FAULTS, Fault, fault

Predict = Callable[[Sequence[Any]], list[Any]]


class Inputs:
    noun = "texts"

    def __init__(self, info: Mapping[str, Any]) -> None:
        source = next(column for column in info["columns"] if column["role"] == "source")
        self.column: str = source["name"]
        self.purpose = f"Writes {info['target']}"
        self.limit: int = source["max_characters"]
        self.expected = f"a text that is not empty, of at most {self.limit} characters"

    def read(self, inputs: Sequence[Any]) -> tuple[Sequence[Any], list[Fault]]:
        """What the model takes, and what is wrong with it."""
        wrong: list[Fault] = []
        for index, value in enumerate(inputs):
            if type(value) is not str or not value.strip():
                wrong.append(fault(f"inputs[{index}]", self.expected, value))
            elif len(value) > self.limit:
                found = fault(f"inputs[{index}]", self.expected, value)
                wrong.append({**found, "received": f"a text of {len(value)} characters"})
        return inputs, wrong[:MAX_FAULTS]

    def describe(self, info: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": self.limit,
            "description": f"The {self.column} whose {info['target']} is asked.",
        }

    def culprit(self, _: Any, __: Predict) -> str | None:
        """A text has no parts to blame."""
        return None
