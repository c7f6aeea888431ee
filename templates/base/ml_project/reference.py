"""What the training rows looked like, for comparison with the rows that a service meets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_project.distributions import joint, numbers, rounded
from ml_project.features import Features, Matrix
from ml_project.input_distributions import describe_column
from ml_project.metrics import positive_index
from ml_project.schema import Schema
from ml_project.table import Table


def make_reference(
    schema: Schema, table: Table, features: Features, x: Matrix, outputs: Matrix
) -> dict[str, Any]:
    """The columns one by one, the measures of the input together, and the predictions."""
    return {
        "n": len(table),
        "columns": [describe_column(item, table.columns[item.name]) for item in schema.inputs],
        "features": joint(features.measures(x).astype(np.float64)),
        "prediction": _predictions(schema, outputs.astype(np.float64)),
        "positive": _positive(schema),
    }


def _positive(schema: Schema) -> str | None:
    """The label that precision, recall and F1 are of, where there is one."""
    index = positive_index(schema.classes, schema.positive_class)
    return None if index is None else schema.classes[index]


def _predictions(schema: Schema, outputs: NDArray[np.float64]) -> dict[str, Any]:
    if not schema.is_classification:
        return numbers(outputs.ravel().tolist())
    best = np.bincount(outputs.argmax(axis=1), minlength=len(schema.classes)) / len(outputs)
    return {
        "shares": dict(zip(schema.classes, map(rounded, best), strict=True)),
        "mean_probabilities": dict(
            zip(schema.classes, map(rounded, outputs.mean(axis=0)), strict=True)
        ),
    }
