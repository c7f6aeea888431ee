"""Brings schema and rows together as the configuration says."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml_project.errors import DataError
from ml_project.features import read_rows
from ml_project.schema import Schema, check_columns, read_schema
from ml_project.series import columns_of, moments_of
from ml_project.settings import Settings
from ml_project.splits import Times, split_by_time
from ml_project.table import Table, data_file, sha256_of
from ml_project.values import EPOCH

LOG = logging.getLogger(__name__)
FAST_DEV_ROWS = 200


@dataclass(frozen=True)
class Data:
    """`before` holds rows known earlier: forecasts start from them but are not scored on them."""

    schema: Schema
    table: Table
    sha256: str
    before: Table | None = None


def load_data(settings: Settings, root: Path, path: Path, *, fast_dev_run: bool = False) -> Data:
    schema = read_schema(root / settings.data.schema)
    file = data_file(path)
    table = read_rows(file, settings, root)
    check_columns(schema, table)
    if all(cell is None for cell in table.columns[schema.target]):
        raise DataError(f"{file}: no row has a value of {schema.target!r}")
    if fast_dev_run:
        table = table.take(range(max(0, len(table) - FAST_DEV_ROWS), len(table)))
    return Data(schema, table, sha256_of(file))


def load_known(settings: Settings, root: Path, *folders: str) -> Table | None:
    """The rows of those of the configured folders that are there."""
    tables: list[Table] = []
    for folder in folders:
        if (root / folder / "data.csv").is_file() or (root / folder).is_file():
            tables.append(read_rows(data_file(root / folder), settings, root))
        else:
            LOG.warning("%s: no rows there to go on from", folder)
    if not tables:
        return None
    columns = {
        name: [cell for table in tables for cell in table.columns[name]]
        for name in tables[0].columns
    }
    return Table([row_id for table in tables for row_id in table.row_ids], columns)


def times_of(schema: Schema, table: Table) -> Times:
    moments = (moment for _, moment in moments_of(columns_of(schema), table))
    return np.array([(moment - EPOCH).total_seconds() for moment in moments])


def split_data(data: Data, fraction: float) -> tuple[Table, Table]:
    return split_table(data.schema, data.table, fraction)


def split_table(schema: Schema, table: Table, fraction: float) -> tuple[Table, Table]:
    """The earlier rows and the last ones."""
    train, valid = split_by_time(times_of(schema, table), fraction)
    return table.take(train.tolist()), table.take(valid.tolist())
