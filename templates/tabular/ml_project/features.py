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

from ml_project.encoders import Columns, Encoder, fit_encoder
from ml_project.encoding import APPLY, Apply
from ml_project.errors import DataError
from ml_project.schema import Schema, check_columns
from ml_project.settings import Settings
from ml_project.table import Table, read_table

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

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one row of the matrix."""
        return (self.width,)

    @property
    def architecture(self) -> dict[str, Any]:
        """What a network must know of its input."""
        return {"numeric": self.numeric, "cardinalities": self.cardinalities}

    def transform(self, columns: Mapping[str, Sequence[object]]) -> Matrix:
        """Every column must be there; a missing cell is None or an empty text."""
        blocks: Columns = []
        for name, apply in self.apply:
            blocks += apply(columns[name])
        if not blocks:
            rows = len(next(iter(columns.values()), []))
            return np.zeros((rows, self.width), dtype=np.float32)
        return np.array(blocks, dtype=np.float32).T.copy()

    def transform_inputs(self, rows: Sequence[Mapping[str, object]]) -> Matrix:
        """Rows as the service takes them: an absent key is a missing cell."""
        names = [name for name, _ in self.apply]
        if not names:
            return np.zeros((len(rows), self.width), dtype=np.float32)
        return self.transform({name: [row.get(name) for row in rows] for name in names})

    def measures(self, x: Matrix) -> Matrix:
        """The part of the matrix in which a shift of the mean can be tested."""
        return x[:, : self.numeric]

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


def read_rows(file: Path, _: Settings, __: Path) -> Table:
    """The rows as they stand in the file."""
    return read_table(file)


def fit_features(schema: Schema, table: Table, settings: Settings) -> Features:
    check_columns(schema, table)
    columns = table.columns
    encoders = [fit_encoder(item, columns[item.name], settings.data) for item in schema.inputs]
    return features_from(encoders)


def load_features(path: Path) -> Features:
    raw = json.loads(path.read_text(encoding="utf-8"))
    if raw.get("format") != FORMAT:
        raise DataError(f"{path}: unknown format {raw.get('format')!r}")
    return features_from(raw["encoders"])


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
