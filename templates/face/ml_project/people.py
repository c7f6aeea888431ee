"""Who is on each image."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from ml_project.errors import DataError
from ml_project.schema import Schema
from ml_project.table import Table

LOG = logging.getLogger(__name__)
People = NDArray[np.int64]


def with_person(schema: Schema, table: Table) -> Table:
    """An image of nobody in particular can neither train nor be scored."""
    if schema.target not in table.columns:
        found = ", ".join(table.columns)
        raise DataError(f"target column {schema.target!r} is not in the data, which has: {found}")
    cells = table.columns[schema.target]
    rows = [i for i, cell in enumerate(cells) if cell is not None]
    if len(rows) < len(cells):
        LOG.warning("%d of %d images name no person", len(cells) - len(rows), len(cells))
    return table.take(rows)


def names_of(schema: Schema, table: Table) -> list[str]:
    return [str(cell) for cell in table.columns[schema.target]]


def people_of(schema: Schema, table: Table) -> People:
    """A number from 0 for each person, in the order of the names."""
    names = names_of(schema, table)
    return np.unique(names, return_inverse=True)[1].astype(np.int64)
