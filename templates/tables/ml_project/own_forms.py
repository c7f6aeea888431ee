"""Fields as the user's own data has them, brought to the form that the model takes.

Training reads numbers and ISO dates. Where the data wrote them otherwise ($1,234, 3.2万, 5/3/2021
or n/a), data/schema.json says how, so that the next file of its kind can be predicted as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ml_project.table import ROW_ID
from ml_project.values import parse_category
from ml_project.written_dates import YEAR, of_parts, read_date, read_decimal_year, read_unix_time
from ml_project.written_numbers import NumberForm, read_number

Row = Mapping[str, Any]
Reader = Callable[[str], object]
# A number is as it is, unless it stands for a moment: 20150305, 1425513600, 1949.0833.
TAKEN: dict[str, tuple[type, ...]] = {
    "number": (str,),
    "date": (str, int),
    "unix_time": (str, int, float),
    "decimal_year": (str, int, float),
}


class OwnForms:
    """`columns` as in data/schema.json; those without a form of their own cost nothing."""

    def __init__(self, columns: Iterable[Mapping[str, Any]]) -> None:
        self.readers: dict[str, tuple[Reader | None, tuple[type, ...], frozenset[str]]] = {}
        self.parts: dict[str, Mapping[str, str]] = {}
        for column in columns:
            form, words = column.get("written") or {}, column.get("missing_as") or ()
            reader = reader_of(form)
            if reader and column.get("role") == "series":
                reader = _as_name(reader)
            if form or words:
                taken = TAKEN.get(form.get("as", ""), ())
                self.readers[column["name"]] = (reader, taken, frozenset(words))
            if form.get("as") == "parts":
                self.parts[column["name"]] = form

    def plain(self, row: Row) -> Row:
        """A field that cannot be read stays as it is, for the checks to name it."""
        if ROW_ID in row:  # a row of the project's own files, whose fields are plain
            return row
        found: dict[str, Any] = {}
        for name, (reader, taken, words) in self.readers.items():
            value = row.get(name)
            if type(value) is str and value.strip().lower() in words:
                found[name] = None
            elif reader and type(value) in taken:
                read = reader(_text(value))
                found[name] = value if read is None else read
        row = {**row, **found} if found else row
        if self.parts:
            row = {**row, **{name: self._date(row, name, self.parts[name]) for name in self.parts}}
        return row

    def named(self, name: str, value: Any) -> Any:
        """One field of a column."""
        return self.plain({name: value})[name] if name in self.readers else value

    def _date(self, row: Row, name: str, form: Mapping[str, str]) -> Any:
        """Of the year in this column and the parts beside it; ISO dates are taken too."""
        year, day = row.get(name), row.get(form["day"]) if "day" in form else 1
        month = row.get(form["month"]) if "month" in form else 1
        if "quarter" in form:
            month = _first_month(row.get(form["quarter"]))
        found = of_parts(year, month, day)
        # A year alone would be its first day: where its month is missing, the whole is.
        return found or (None if YEAR.fullmatch(str(year)) else year)


def _text(value: Any) -> str:
    return str(int(value)) if type(value) is float and value.is_integer() else str(value)


def _as_name(read: Reader) -> Reader:
    """What tells series apart is a name, also where it is written as a number: 3号店 is 3."""
    return lambda text: parse_category(read(text))


def _first_month(quarter: object) -> object:
    try:
        return 3 * int(float(str(quarter))) - 2
    except (ValueError, OverflowError):
        return None


def reader_of(form: Mapping[str, Any]) -> Reader | None:
    kind = form.get("as")
    if kind == "number":
        own = NumberForm(form["decimal_comma"], form["thousands_dot"], form["unit"])
        return partial(read_number, form=own)
    if kind == "date":
        return partial(read_date, day_first=form["day_first"])
    return {"unix_time": read_unix_time, "decimal_year": read_decimal_year}.get(str(kind))


def or_as_written(words: str, column: Mapping[str, Any]) -> str:
    """What is expected of a column in words, with an example of its own form."""
    example = (column.get("written") or {}).get("example")
    return words if example is None else f"{words}, or as in the data, such as {example!r}"


def taken_types(types: list[str], column: Mapping[str, Any]) -> list[str]:
    """Of JSON Schema: an own form is text, or a number that stands for a moment."""
    form = column.get("written") or {}
    more = ["string"] if form or column.get("missing_as") else []
    more += ["number"] if form.get("as") in ("unix_time", "decimal_year", "parts") else []
    return types + [name for name in more if name not in types]
