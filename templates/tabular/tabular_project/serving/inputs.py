"""Checks a request against the model's own columns before anything is computed.

Absent or null is missing, and a category that training never saw is allowed. All else that
does not fit is refused with its place, so that nothing is quietly taken for missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tabular_project.values import parse_boolean, parse_datetime, parse_number

Check = Callable[[Any], bool]
Fault = dict[str, str]
FLOAT_MAX = float(np.finfo(np.float32).max)
MAX_FAULTS = 20
SHOWN = 60
SHOWN_NAMES = 30
KINDS = {str: "text", bool: "a boolean", int: "a number", float: "a number", list: "a list"}


class Columns:
    """One check and one description for each column that the data had."""

    def __init__(self, columns: Sequence[Mapping[str, Any]], target: str) -> None:
        made = {column["name"]: _check_of(column) for column in columns}
        self.checks: dict[str, Check] = {name: check for name, (check, _) in made.items()}
        self.expected: dict[str, str] = {name: words for name, (_, words) in made.items()}
        self.target = target

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


def fault(place: str, expected: str, value: Any) -> Fault:
    return {"field": place, "expected": expected, "received": received(value)}


def received(value: Any) -> str:
    if value is None:
        return "null"
    kind = KINDS.get(type(value), "an object")
    if isinstance(value, (list, dict)):
        return kind
    text = str(value)
    return f"{kind}: {text if len(text) <= SHOWN else text[:SHOWN] + '…'}"


def _check_of(column: Mapping[str, Any]) -> tuple[Check, str]:
    if column["role"] == "categorical":
        return _category(column.get("values") or ())
    if column["role"] == "boolean":
        return _boolean(column.get("values") or ())
    return SIMPLE[column["role"]]


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
