"""Brings schema and images together as the configuration says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ml_project.features import read_rows
from ml_project.people import people_of, with_person
from ml_project.schema import Schema, read_schema
from ml_project.settings import Settings
from ml_project.splits import split_people
from ml_project.table import Table, data_file, sha256_of

FAST_DEV_ROWS = 200


@dataclass(frozen=True)
class Data:
    schema: Schema
    table: Table
    sha256: str


def load_data(settings: Settings, root: Path, path: Path, *, fast_dev_run: bool = False) -> Data:
    schema = read_schema(root / settings.data.schema)
    file = data_file(path)
    table = with_person(schema, read_rows(file, settings, root))
    if fast_dev_run:
        table = table.take(range(min(FAST_DEV_ROWS, len(table))))
    return Data(schema, table, sha256_of(file))


def split_data(data: Data, fraction: float, seed: int) -> tuple[Table, Table]:
    train, valid = split_people(people_of(data.schema, data.table), fraction, seed)
    return data.table.take(train.tolist()), data.table.take(valid.tolist())
