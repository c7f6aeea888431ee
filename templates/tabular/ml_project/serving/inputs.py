"""Checks a request against the model's own columns before anything is computed.

Absent or null is missing, and a category that training never saw is allowed. All else that
does not fit is refused with its place, so that nothing is quietly taken for missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ml_project.own_forms import OwnForms, or_as_written
from ml_project.serving.description import describe_input
from ml_project.serving.faults import MAX_FAULTS, Fault, fault
from ml_project.values import parse_boolean, parse_datetime, parse_number

Check = Callable[[Any], bool]
Predict = Callable[[Sequence[Any]], list[Any]]
FLOAT_MAX = float(np.finfo(np.float32).max)
SHOWN_NAMES = 30


class Inputs:
    """One check and one description for each column that the data had."""

    noun = "objects keyed by column name"

    def __init__(self, info: Mapping[str, Any]) -> None:
        made = {column["name"]: _check_of(column) for column in info["columns"]}
        self.checks: dict[str, Check] = {name: check for name, (check, _) in made.items()}
        self.expected: dict[str, str] = {name: words for name, (_, words) in made.items()}
        self.forms = OwnForms(info["columns"])
        self.target = info["target"]
        self.purpose = f"Predicts {self.target}"

    def read(self, rows: Sequence[Any]) -> tuple[Sequence[Any], list[Fault]]:
        """What the model takes, and what is wrong with it."""
        if self.forms.readers:
            rows = [self.forms.plain(row) if type(row) is dict else row for row in rows]
        return rows, self.faults(rows)

    def faults(self, rows: Sequence[Any]) -> list[Fault]:
        """Empty for good input; the common case is a look-up and a call for each cell."""
        found: list[Fault] = []
        get = self.checks.get
        for index, row in enumerate(rows):
            if type(row) is not dict:
                found.append(fault(f"inputs[{index}]", "an object keyed by column name", row))
                continue
            for name, value in row.items():
                check = get(name)
                if check is None or (value is not None and not check(value)):
                    found.append(self._fault(index, name, value))
            if len(found) >= MAX_FAULTS:
                break
        return found[:MAX_FAULTS]

    def describe(self, info: Mapping[str, Any]) -> dict[str, Any]:
        return describe_input(info, self.expected)

    def culprit(self, row: Mapping[str, Any], predict: Predict) -> str | None:
        """The column whose value leaves the range of the model's arithmetic, if one alone does."""
        alone = ((name, predict([{name: value}])) for name, value in row.items())
        return next((name for name, found in alone if found == [None]), None)

    def _fault(self, index: int, name: str, value: Any) -> Fault:
        place = f"inputs[{index}].{name}"
        if name in self.expected:
            return fault(place, f"{self.expected[name]}, or null", value)
        if name == self.target:
            expected = "no such column: it is what the model predicts"
        else:
            names = [*self.expected][:SHOWN_NAMES] + ["…"] * (len(self.expected) > SHOWN_NAMES)
            expected = "no unknown column; the columns are " + ", ".join(names)
        return fault(place, expected, value)


def _check_of(column: Mapping[str, Any]) -> tuple[Check, str]:
    if column["role"] == "categorical":
        return _category(column.get("values") or ())
    if column["role"] == "boolean":
        return _boolean(column.get("values") or ())
    check, words = SIMPLE[column["role"]]
    return check, or_as_written(words, column)


def _is_number(value: Any) -> bool:
    kind = type(value)
    return (kind is float or kind is int) and -FLOAT_MAX <= value <= FLOAT_MAX


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _is_datetime(value: Any) -> bool:
    if type(value) is not str:
        return False
    try:
        return parse_datetime(value) is not None
    except ValueError:
        return False


SIMPLE: dict[str, tuple[Check, str]] = {
    "numeric": (_is_number, "a finite number"),
    "datetime": (_is_datetime, "an ISO 8601 date or time as text"),
    "text": (_is_text, "text"),
    "group": (_is_scalar, "one value; rows of the same belong together"),
    "ignored": (_is_scalar, "one value; the model does not use this column"),
}


def _category(values: Sequence[str]) -> tuple[Check, str]:
    """Numbers and booleans only where the data's own categories look like them."""
    kinds: set[type] = {str}
    if any(_reads_as_number(value) for value in values):
        kinds |= {int, float}
    if {"true", "false"} & set(values):
        kinds.add(bool)
    some = ", ".join(values[:5])
    expected = f"text, such as {some}" if some else "text"
    return (lambda value: type(value) in kinds), expected


def _reads_as_number(text: str) -> bool:
    try:
        number = parse_number(text)
    except ValueError:
        return False
    return number is not None and math.isfinite(number)


def _boolean(values: Sequence[str]) -> tuple[Check, str]:
    known = {parse_boolean(value) for value in values} | {"true", "false"}

    def check(value: Any) -> bool:
        return isinstance(value, (bool, str, int, float)) and parse_boolean(value) in known

    return check, "true or false" + "".join(f" or {value}" for value in values[:2])
