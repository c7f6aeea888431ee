"""The two texts of each row, in one form."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ml_project.errors import DataError
from ml_project.schema import Schema, check_columns
from ml_project.table import Table
from ml_project.texts import normalise

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pairs:
    sources: list[str]
    targets: list[str]

    def __len__(self) -> int:
        return len(self.sources)


def source_column(schema: Schema) -> str:
    names = [column.name for column in schema.columns if column.role == "source"]
    if len(names) != 1:
        found = ", ".join(names) or "none"
        raise DataError(f"the schema must name one column with the role source; found: {found}")
    return names[0]


def pairs_of(schema: Schema, table: Table) -> Pairs:
    check_columns(schema, table)
    columns = (table.columns[name] for name in (source_column(schema), schema.target))
    return Pairs(*([normalise(cell) for cell in cells] for cells in columns))


def complete_rows(schema: Schema, table: Table) -> Table:
    """A row with an empty side can neither train nor be scored."""
    if schema.target not in table.columns:
        found = ", ".join(table.columns)
        raise DataError(f"target column {schema.target!r} is not in the data, which has: {found}")
    pairs = pairs_of(schema, table)
    both = zip(pairs.sources, pairs.targets, strict=True)
    rows = [i for i, (source, target) in enumerate(both) if source and target]
    if len(rows) == len(table):
        return table
    LOG.warning(
        "%d of %d rows have an empty side and are left out", len(table) - len(rows), len(table)
    )
    return table.take(rows)
