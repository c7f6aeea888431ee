"""A table in memory: columns of text cells, None where a cell is empty."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ml_project.errors import DataError, UsageError

ROW_ID = "row_id"
Cells = list["str | None"]


@dataclass(frozen=True)
class Table:
    row_ids: list[str]
    columns: dict[str, Cells]

    def __len__(self) -> int:
        return len(self.row_ids)

    def take(self, rows: Sequence[int]) -> Table:
        """The given rows, in the given order."""
        columns = {name: [cells[i] for i in rows] for name, cells in self.columns.items()}
        return Table([self.row_ids[i] for i in rows], columns)


def data_file(path: Path) -> Path:
    """A data folder stands for the data.csv in it."""
    file = path / "data.csv" if path.is_dir() else path
    if not file.is_file():
        raise UsageError(f"{file}: no such data file")
    return file


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_table(path: Path) -> Table:
    """Reads UTF-8 CSV with a header; the first column numbers the rows if it is row_id."""
    csv.field_size_limit(1 << 28)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, [])
            rows = [_checked(row, header, reader.line_num, path) for row in reader if row]
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}") from error
    except csv.Error as error:
        raise DataError(f"{path}: not valid CSV: {error}") from error
    if not header or len(set(header)) != len(header):
        raise DataError(f"{path}: the header is empty or names a column twice: {header}")
    cells = zip(*rows, strict=True) if rows else ([] for _ in header)
    columns = {
        name: [cell if cell != "" else None for cell in column]
        for name, column in zip(header, cells, strict=True)
    }
    numbered = columns.pop(ROW_ID, None) if header[0] == ROW_ID else None
    ids = [str(cell) for cell in numbered] if numbered else [str(i) for i in range(len(rows))]
    return Table(ids, columns)


def _checked(row: list[str], header: list[str], line: int, path: Path) -> list[str]:
    if len(row) != len(header):
        raise DataError(f"{path}: line {line} has {len(row)} fields, the header {len(header)}")
    return row
