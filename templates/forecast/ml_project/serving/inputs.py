"""Checks a request before anything is computed, and says what a request may hold.

Absent or null is missing where it may be, and a category that training never saw is allowed.
All else that does not fit is refused with its place, so that nothing is quietly taken for missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ml_project.asked import Asked, AskedReader
from ml_project.serving.description import describe_input
from ml_project.serving.faults import Fault


class Inputs:
    noun = "objects with a history, or without one to go on from the last known rows"

    def __init__(self, reader: AskedReader) -> None:
        self.reader = reader
        self.purpose = f"Forecasts {reader.fitted.columns.target}"

    def read(self, inputs: Sequence[Any]) -> tuple[Sequence[Asked], list[Fault]]:
        """What the model takes, and what is wrong with it."""
        return self.reader.read(inputs)

    def describe(self, info: Mapping[str, Any]) -> dict[str, Any]:
        return describe_input(info, self.reader)

    def culprit(self, _: Asked, __: Callable[[Sequence[Asked]], list[Any]]) -> str | None:
        """The numbers of a history act together: none of them alone is too large."""
        return None
