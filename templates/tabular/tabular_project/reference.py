"""What the training rows looked like, for comparison with the rows that a service meets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tabular_project.encoders import lenient
from tabular_project.features import Features, Matrix
from tabular_project.schema import Column, Schema
from tabular_project.table import Table
from tabular_project.values import (
    days_since_epoch,
    is_missing,
    parse_boolean,
    parse_category,
    parse_datetime,
    parse_number,
    words,
)

QUANTILES = 21
TOP_VALUES = 50
JOINT_COLUMNS = 64  # a larger covariance needs more rows than a window of requests has


def make_reference(
    schema: Schema, table: Table, features: Features, x: Matrix, outputs: Matrix
) -> dict[str, Any]:
    """The columns one by one, the numeric features together, and the predictions."""
    columns = [_column(column, table.columns[column.name]) for column in schema.inputs]
    return {
        "n": len(table),
        "columns": columns,
        "features": _joint(x[:, : features.numeric].astype(np.float64)),
        "prediction": _predictions(schema, outputs.astype(np.float64)),
    }


def _column(column: Column, cells: Sequence[object]) -> dict[str, Any]:
    missing = sum(1 for cell in cells if is_missing(cell)) / max(1, len(cells))
    base = {"name": column.name, "role": column.role, "missing": rounded(missing)}
    if column.role == "numeric":
        return {**base, **_numbers([v for v in lenient(parse_number, cells) if v is not None])}
    if column.role == "datetime":
        moments = [v for v in lenient(parse_datetime, cells) if v is not None]
        return {**base, **_numbers([days_since_epoch(moment) for moment in moments])}
    if column.role == "text":
        return {**base, **_numbers([float(len(words(cell))) for cell in cells])}
    parse = parse_boolean if column.role == "boolean" else parse_category
    return {**base, "shares": _shares([v for v in lenient(parse, cells) if v is not None])}


def _numbers(values: Sequence[float]) -> dict[str, Any]:
    if not values:
        return {"quantiles": [], "mean": None, "std": None}
    array = np.asarray(values, dtype=np.float64)
    steps = np.linspace(0, 1, QUANTILES)
    return {
        "quantiles": [rounded(value) for value in np.quantile(array, steps)],
        "mean": rounded(array.mean()),
        "std": rounded(array.std()),
    }


def _shares(values: Sequence[str]) -> dict[str, float]:
    ranked = sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))
    return {name: rounded(count / len(values)) for name, count in ranked[:TOP_VALUES]}


def _joint(numbers: NDArray[np.float64]) -> dict[str, Any] | None:
    """Mean and covariance of the matrix's numeric block, for a test of a shift in the mean."""
    if not 0 < numbers.shape[1] <= JOINT_COLUMNS or len(numbers) < 2:
        return None
    covariance = np.atleast_2d(np.cov(numbers, rowvar=False))
    return {
        "mean": [rounded(value) for value in numbers.mean(axis=0)],
        "covariance": [[rounded(value) for value in row] for row in covariance],
    }


def _predictions(schema: Schema, outputs: NDArray[np.float64]) -> dict[str, Any]:
    if not schema.is_classification:
        return _numbers(outputs[:, 0].tolist())
    best = np.bincount(outputs.argmax(axis=1), minlength=len(schema.classes)) / len(outputs)
    return {
        "shares": dict(zip(schema.classes, map(rounded, best), strict=True)),
        "mean_probabilities": dict(
            zip(schema.classes, map(rounded, outputs.mean(axis=0)), strict=True)
        ),
    }


def rounded(value: float) -> float:
    return float(format(float(value), ".9g"))
