"""How the cells of one column are distributed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ml_project.distributions import numbers, rounded, shares
from ml_project.schema import Column
from ml_project.series import lenient_number
from ml_project.times import parse_time
from ml_project.values import days_since_epoch, is_missing, parse_boolean, parse_category


def describe_column(column: Column, cells: Sequence[object]) -> dict[str, Any]:
    missing = sum(1 for cell in cells if is_missing(cell)) / max(1, len(cells))
    base = {"name": column.name, "role": column.role, "missing": rounded(missing)}
    if column.role in ("numeric", "target"):
        values = map(lenient_number, cells)
        return {**base, **numbers([value for value in values if value == value])}
    if column.role == "time":
        moments = [moment for moment in map(parse_time, cells) if isinstance(moment, datetime)]
        return {**base, **numbers([days_since_epoch(moment) for moment in moments])}
    parse = parse_boolean if column.role == "boolean" else parse_category
    return {**base, "shares": shares([text for text in map(parse, cells) if text is not None])}
