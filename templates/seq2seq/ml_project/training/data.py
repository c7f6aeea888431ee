"""Brings schema and table together as the configuration says, and divides the rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_project.pairs import complete_rows, pairs_of
from ml_project.schema import Schema, read_schema
from ml_project.settings import Settings
from ml_project.splits import Rows, fold_numbers, split_rows
from ml_project.table import Table, data_file, read_table, sha256_of

FAST_DEV_ROWS = 200


@dataclass(frozen=True)
class Data:
    schema: Schema
    table: Table
    sha256: str


def load_data(settings: Settings, root: Path, path: Path, *, fast_dev_run: bool = False) -> Data:
    schema = read_schema(root / settings.data.schema)
    file = data_file(path)
    table = complete_rows(schema, read_table(file))
    if fast_dev_run:
        table = table.take(range(min(FAST_DEV_ROWS, len(table))))
    return Data(schema, table, sha256_of(file))


def split_data(data: Data, fraction: float, seed: int) -> tuple[Table, Table]:
    """Training and validation rows."""
    held = held_out(data, fraction, seed)
    rest = np.setdiff1d(np.arange(len(data.table)), held)
    return data.table.take(rest.tolist()), data.table.take(held.tolist())


def held_out(data: Data, fraction: float, seed: int) -> Rows:
    groups = source_groups(data)
    _, held = split_rows(int(groups.max()) + 1, fraction, seed, None)
    return np.flatnonzero(np.isin(groups, held))


def folds_of(data: Data, folds: int, seed: int) -> list[Rows]:
    groups = source_groups(data)
    numbers = fold_numbers(int(groups.max()) + 1, folds, seed, None)[groups]
    return [np.flatnonzero(numbers == fold) for fold in range(folds)]


def source_groups(data: Data) -> NDArray[np.int64]:
    """Rows with the same source have the same number and stay together: the answer to one would
    be known from the other."""
    sources = pairs_of(data.schema, data.table).sources
    numbers = {source: i for i, source in enumerate(dict.fromkeys(sources))}
    return np.array([numbers[source] for source in sources], dtype=np.int64)
