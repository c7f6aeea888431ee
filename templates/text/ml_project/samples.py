"""Texts as a caller of the service would send them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ml_project.errors import UsageError
from ml_project.schema import Schema
from ml_project.table import Table
from ml_project.texts import joined

SAMPLES = 50


def sample_inputs(schema: Schema, table: Table, seed: int) -> list[str]:
    order = np.random.default_rng(seed).permutation(len(table))
    cells = joined(table.columns, [column.name for column in schema.inputs])
    texts = [cells[row] for row in order]
    return [text for text in texts if text is not None and text.strip()][:SAMPLES]


def record_reader(info: dict[str, Any]) -> Callable[[dict[str, str]], str]:
    """Finds the text of a record of a CSV file."""
    columns = [item["name"] for item in info["columns"] if item["role"] == "text"]

    def read(record: dict[str, str]) -> str:
        for column in columns:
            if column not in record:
                raise UsageError(f"column {column!r} is missing; there are: {', '.join(record)}")
        [text] = joined({column: [record[column]] for column in columns}, columns)
        return text or ""

    return read
