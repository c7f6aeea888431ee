"""How the cells of one column are distributed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ml_project.distributions import numbers, rounded, shares
from ml_project.encoders import lenient
from ml_project.schema import Column
from ml_project.text_mix import describe_words
from ml_project.values import (
    days_since_epoch,
    is_missing,
    parse_boolean,
    parse_category,
    parse_datetime,
    parse_number,
    words,
)


def describe_column(column: Column, cells: Sequence[object]) -> dict[str, Any]:
    missing = sum(1 for cell in cells if is_missing(cell)) / max(1, len(cells))
    base = {"name": column.name, "role": column.role, "missing": rounded(missing)}
    if column.role == "numeric":
        return {**base, **numbers([v for v in lenient(parse_number, cells) if v is not None])}
    if column.role == "datetime":
        moments = [v for v in lenient(parse_datetime, cells) if v is not None]
        return {**base, **numbers([days_since_epoch(moment) for moment in moments])}
    if column.role == "text":
        lengths = numbers([float(len(words(cell))) for cell in cells])
        return {**base, **lengths, **describe_words(cells)}
    parse = parse_boolean if column.role == "boolean" else parse_category
    return {**base, "shares": shares([v for v in lenient(parse, cells) if v is not None])}
