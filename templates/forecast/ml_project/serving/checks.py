"""What a value of each column must be, as a test and in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ml_project.own_forms import or_as_written
from ml_project.times import parse_time
from ml_project.values import parse_boolean, parse_number

Check = tuple[Callable[[Any], bool], str]
FLOAT_MAX = float(np.finfo(np.float32).max)


def check_of(column: Mapping[str, Any]) -> Check:
    if column["role"] == "categorical":
        return _category(column.get("values") or ())
    if column["role"] == "boolean":
        return _boolean(column.get("values") or ())
    check, words = SIMPLE[column["role"]]
    return check, or_as_written(words, column)


def is_count(value: Any, most: int) -> bool:
    return type(value) is int and 1 <= value <= most


def is_name(value: Any) -> bool:
    return type(value) in (str, int)


def _is_number(value: Any) -> bool:
    kind = type(value)
    return (kind is float or kind is int) and -FLOAT_MAX <= value <= FLOAT_MAX


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _is_time(value: Any) -> bool:
    if type(value) is not str:
        return False
    try:
        return parse_time(value) is not None
    except ValueError:
        return False


SIMPLE: dict[str, Check] = {
    "time": (_is_time, "an ISO 8601 date or time as text"),
    "series": (is_name, "the name of the series"),
    "target": (_is_number, "a finite number"),
    "numeric": (_is_number, "a finite number"),
    "text": (_is_text, "text; the model does not use this column"),
    "ignored": (_is_scalar, "one value; the model does not use this column"),
}


def _category(values: Sequence[str]) -> Check:
    """Numbers and booleans only where the data's own categories look like them."""
    kinds: set[type] = {str}
    if any(_reads_as_number(value) for value in values):
        kinds |= {int, float}
    if {"true", "false"} & set(values):
        kinds.add(bool)
    some = ", ".join(values[:5])
    return (lambda value: type(value) in kinds), f"text, such as {some}" if some else "text"


def _reads_as_number(text: str) -> bool:
    try:
        return parse_number(text) is not None
    except ValueError:
        return False


def _boolean(values: Sequence[str]) -> Check:
    known = {parse_boolean(value) for value in values} | {"true", "false"}

    def check(value: Any) -> bool:
        return isinstance(value, (bool, str, int, float)) and parse_boolean(value) in known

    return check, "true or false" + "".join(f" or {value}" for value in values[:2])
