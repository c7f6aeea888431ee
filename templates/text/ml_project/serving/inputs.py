"""Checks a request before anything is computed: each input is one text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ml_project.serving.faults import MAX_FAULTS, Fault, fault

Predict = Callable[[Sequence[Any]], list[Any]]
EXPECTED = "a text that is not empty"


class Inputs:
    noun = "texts"

    def __init__(self, info: Mapping[str, Any]) -> None:
        self.target = info["target"]
        self.purpose = f"Predicts {self.target}"
        self.columns = [item["name"] for item in info["columns"] if item["role"] == "text"]

    def read(self, inputs: Sequence[Any]) -> tuple[Sequence[Any], list[Fault]]:
        """What the model takes, and what is wrong with it."""
        wrong = [
            fault(f"inputs[{index}]", EXPECTED, value)
            for index, value in enumerate(inputs)
            if type(value) is not str or not value.strip()
        ]
        return inputs, wrong[:MAX_FAULTS]

    def describe(self, _: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "string",
            "minLength": 1,
            "description": f"The text whose {self.target} is asked{self._lines()}.",
        }

    def _lines(self) -> str:
        if len(self.columns) < 2:
            return ""
        return f": {', '.join(self.columns)}, a line each, in this order"

    def culprit(self, _: Any, __: Predict) -> str | None:
        """A text has no parts to blame."""
        return None
