"""Rows as a caller sends them, checked and brought onto the steps of one window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ml_project.matrix import Fitted
from ml_project.names import SEPARATOR, series_name
from ml_project.own_forms import OwnForms
from ml_project.series import Series, blank, fill
from ml_project.serving.checks import check_of
from ml_project.serving.faults import MAX_FAULTS, Fault, fault
from ml_project.times import parse_time
from ml_project.values import parse_category

SHOWN_NAMES = 30
NEEDED = "in every row"


class HistoryReader:
    """One check and one description for each column that the data had."""

    def __init__(self, info: Mapping[str, Any], fitted: Fitted) -> None:
        self.fitted = fitted
        self.forms = OwnForms(info["columns"])
        made = {column["name"]: check_of(column) for column in info["columns"]}
        self.checks = {name: check for name, (check, _) in made.items()}
        self.expected = {name: words for name, (_, words) in made.items()}
        self.needed = (fitted.columns.time, fitted.columns.target)

    def plain(self, rows: Any) -> Any:
        """Fields in the data's own form become numbers and ISO dates."""
        if type(rows) is not list or not self.forms.readers:
            return rows
        return [self.forms.plain(row) if type(row) is dict else row for row in rows]

    def faults(self, place: str, rows: Any) -> list[Fault]:
        """Empty for good rows; the common case is a look-up and a call for each cell."""
        if type(rows) is not list or not rows:
            return [fault(place, "a list of at least 1 row", rows)]
        found: list[Fault] = []
        for index, row in enumerate(rows):
            where = f"{place}[{index}]"
            if type(row) is not dict:
                found.append(fault(where, "an object keyed by column name", row))
            else:
                found += self._row_faults(where, row)
            if len(found) >= MAX_FAULTS:
                break
        return found or self._duplicates(place, rows)

    def names(self, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        """Of the series that the rows say they belong to; a row may leave that out."""
        columns = self.fitted.columns.series
        found = {tuple(parse_category(row.get(name)) for name in columns) for row in rows}
        return {series_name(cells) for cells in found if any(cell is not None for cell in cells)}

    def series(self, name: Any) -> Any:
        """The name of a series as a request has it, its parts perhaps in the data's own form."""
        columns = self.fitted.columns.series
        parts = name.split(SEPARATOR) if type(name) is str and len(columns) > 1 else [name]
        if name is None or len(parts) != len(columns):
            return name
        own = [self.forms.named(column, part) for column, part in zip(columns, parts, strict=True)]
        return own[0] if len(own) == 1 else SEPARATOR.join(map(str, own))

    def window(self, name: str, rows: Sequence[Mapping[str, Any]]) -> tuple[Series, datetime]:
        """The steps up to the latest row, and its time. Earlier rows than the window are left."""
        columns, frequency = self.fitted.columns, self.fitted.frequency
        moments = self._moments(rows)
        latest, day = max(moments), max(moment.day for moment in moments)
        size = self.fitted.window
        start = frequency.after(latest, 1 - size, day)
        found = blank(name, start, day, size, columns)
        for row, moment in zip(rows, moments, strict=True):
            step = size - 1 + frequency.steps(latest, moment)
            if step >= 0:
                fill(found, step, row, columns)
        return found, latest

    def _moments(self, rows: Sequence[Mapping[str, Any]]) -> list[datetime]:
        times = (parse_time(row[self.fitted.columns.time]) for row in rows)
        return [moment for moment in times if moment is not None]

    def _duplicates(self, place: str, rows: Sequence[Mapping[str, Any]]) -> list[Fault]:
        moments, time = self._moments(rows), self.fitted.columns.time
        latest = max(moments)
        seen: dict[int, int] = {}
        found: list[Fault] = []
        for index, moment in enumerate(moments):
            step = self.fitted.frequency.steps(latest, moment)
            if (first := seen.setdefault(step, index)) != index:
                words = f"another time than {place}[{first}], one row for each step"
                found.append(fault(f"{place}[{index}].{time}", words, rows[index][time]))
        return found[:MAX_FAULTS]

    def _row_faults(self, where: str, row: Mapping[str, Any]) -> list[Fault]:
        checks, needed = self.checks, self.needed
        found = [
            self._fault(where, name, value)
            for name, value in row.items()
            if name not in checks or (name in needed if value is None else not checks[name](value))
        ]
        return found + [self._fault(where, name, None) for name in needed if name not in row]

    def _fault(self, place: str, name: str, value: Any) -> Fault:
        if name in self.expected:
            ending = NEEDED if name in self.needed else "or null"
            return fault(f"{place}.{name}", f"{self.expected[name]}, {ending}", value)
        names = [*self.expected][:SHOWN_NAMES] + ["…"] * (len(self.expected) > SHOWN_NAMES)
        words = "no unknown column; the columns are " + ", ".join(names)
        return fault(f"{place}.{name}", words, value)
