"""Turns cells into the model's input: one float32 matrix, numbers first, category codes last.

Needs numpy and the standard library only, so that the service runs the same code as training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tabular_project.encoders import Columns, Encoder, fit_encoder
from tabular_project.encoding import APPLY, Apply
from tabular_project.errors import DataError
from tabular_project.schema import Schema
from tabular_project.settings import DataSettings
from tabular_project.table import Table

Matrix = NDArray[np.float32]
FORMAT = 1


@dataclass(frozen=True)
class Features:
    """Fitted on training rows only. `apply` holds one ready function per column."""

    encoders: list[Encoder]
    apply: list[tuple[str, Apply]]
    numeric: int
    cardinalities: list[int]

    @property
    def width(self) -> int:
        return self.numeric + len(self.cardinalities)

    def transform(self, columns: Mapping[str, Sequence[object]]) -> Matrix:
        """Every column must be there; a missing cell is None or an empty text."""
        blocks: Columns = []
        for name, apply in self.apply:
            blocks += apply(columns[name])
        if not blocks:
            rows = len(next(iter(columns.values()), []))
            return np.zeros((rows, self.width), dtype=np.float32)
        return np.array(blocks, dtype=np.float32).T.copy()

    def transform_rows(self, rows: Sequence[Mapping[str, object]]) -> Matrix:
        """Rows as the service takes them: an absent key is a missing cell."""
        names = [name for name, _ in self.apply]
        if not names:
            return np.zeros((len(rows), self.width), dtype=np.float32)
        return self.transform({name: [row.get(name) for row in rows] for name in names})

    def to_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "numeric": self.numeric,
            "cardinalities": self.cardinalities,
            "encoders": self.encoders,
        }

    def save(self, path: Path) -> None:
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")


def fit_features(schema: Schema, table: Table, data: DataSettings) -> Features:
    check_columns(schema, table)
    inputs = schema.inputs
    return features_from([fit_encoder(item, table.columns[item.name], data) for item in inputs])


def load_features(path: Path) -> Features:
    raw = json.loads(path.read_text(encoding="utf-8"))
    if raw.get("format") != FORMAT:
        raise DataError(f"{path}: unknown format {raw.get('format')!r}")
    return features_from(raw["encoders"])


def check_columns(schema: Schema, table: Table) -> None:
    for column in schema.inputs:
        if column.name not in table.columns:
            found = ", ".join(table.columns)
            raise DataError(f"column {column.name!r} is not in the data, which has: {found}")


def features_from(encoders: list[Encoder]) -> Features:
    """Numeric columns come before code columns, each in the order of the schema."""
    numbers = [item for item in encoders if "categories" not in item]
    codes = [item for item in encoders if "categories" in item]
    apply = [(item["name"], APPLY[item["role"]](item)) for item in numbers + codes]
    width = sum(_width(item) for item in numbers)
    cardinalities = [len(item["categories"]) + 1 for item in codes]
    # With no usable column a model still needs one input, which is always zero.
    return Features(encoders, apply, width or int(not codes), cardinalities)


def _width(encoder: Encoder) -> int:
    if "words" in encoder:
        return len(encoder["words"])
    return len(encoder.get("parts", [0])) + int(encoder["indicator"])
