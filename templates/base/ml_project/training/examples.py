"""Tables turned into arrays for training."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_project.errors import DataError
from ml_project.features import Features, Matrix
from ml_project.schema import Schema
from ml_project.table import Table
from ml_project.values import parse_number

LOG = logging.getLogger(__name__)
Target = NDArray[np.float64]


@dataclass(frozen=True)
class Examples:
    x_train: Matrix
    y_train: Target
    x_valid: Matrix
    y_valid: Target

    def tensors(self, device: torch.device, classes: int) -> tuple[Tensor, Tensor]:
        kind = torch.int64 if classes else torch.float32
        x = torch.from_numpy(self.x_train).to(device)
        return x, torch.from_numpy(self.y_train).to(device, kind)


def make_examples(features: Features, schema: Schema, train: Table, valid: Table) -> Examples:
    return Examples(
        features.transform(train.columns),
        target_of(schema, train),
        features.transform(valid.columns),
        target_of(schema, valid),
    )


def with_target(schema: Schema, table: Table) -> Table:
    """Rows without a target can neither train nor be scored."""
    if schema.target not in table.columns:
        found = ", ".join(table.columns)
        raise DataError(f"target column {schema.target!r} is not in the data, which has: {found}")
    cells = table.columns[schema.target]
    rows = [i for i, cell in enumerate(cells) if cell is not None]
    if len(rows) == len(cells):
        return table
    LOG.warning("%d of %d rows have no target and are left out", len(cells) - len(rows), len(cells))
    return table.take(rows)


def target_of(schema: Schema, table: Table) -> Target:
    """Class numbers in the order of the schema, or the values themselves."""
    codes = {label: float(i) for i, label in enumerate(schema.classes)}
    read = codes.__getitem__ if schema.is_classification else parse_number
    values: list[float | None] = []
    for row_id, cell in zip(table.row_ids, table.columns[schema.target], strict=True):
        try:
            values.append(read(str(cell)))
        except (KeyError, ValueError) as error:
            known = f"; known: {', '.join(schema.classes)}" if schema.is_classification else ""
            problem = f"row {row_id}: {schema.target!r} is {cell!r}{known}"
            raise DataError(problem) from error
    return np.array(values, dtype=np.float64)


def groups_of(schema: Schema, table: Table) -> NDArray[np.int64] | None:
    """What belongs together, such as the rows of one customer: a number for each."""
    name = next((column.name for column in schema.columns if column.role == "group"), None)
    if name is None or name not in table.columns:
        return None
    cells = [
        cell or f"row {row_id}"
        for row_id, cell in zip(table.row_ids, table.columns[name], strict=True)
    ]
    return np.unique(cells, return_inverse=True)[1].astype(np.int64)


def labels_of(schema: Schema, target: Target) -> NDArray[np.int64] | None:
    """What a split is stratified by."""
    return target.astype(np.int64) if schema.is_classification else None
