"""Fields in the forms that people write them in."""

import json
from pathlib import Path
from typing import Any

import pytest

from ml_project.own_forms import OwnForms, or_as_written, taken_types
from ml_project.written_dates import read_date, read_decimal_year, read_unix_time
from ml_project.written_numbers import NumberForm, read_number

CASES = json.loads(Path(__file__).with_name("written.json").read_text(encoding="utf-8"))
NUMBER = {"as": "number", "decimal_comma": False, "thousands_dot": False, "unit": None}
COLUMNS: list[dict[str, Any]] = [
    {
        "name": "price",
        "missing_as": ["n/a", "-"],
        "written": {**NUMBER, "example": "$1,200"},
    },
    {"name": "sold", "written": {"as": "date", "day_first": True, "example": "31/12/2020"}},
    {"name": "at", "written": {"as": "unix_time", "example": "1425513600"}},
    {"name": "rooms", "missing_as": ["?"]},
    {"name": "note"},
]


@pytest.mark.parametrize(("field", "comma", "dot", "unit", "value"), CASES["numbers"])
def test_numbers(field: str, comma: bool, dot: bool, unit: str | None, value: float | None) -> None:
    assert read_number(field, NumberForm(comma, dot, unit)) == value


@pytest.mark.parametrize(("field", "day_first", "value"), CASES["dates"])
def test_dates(field: str, day_first: bool, value: str | None) -> None:
    assert read_date(field, day_first) == value


@pytest.mark.parametrize(("field", "value"), CASES["unix_time"])
def test_unix_time(field: str, value: str | None) -> None:
    assert read_unix_time(field) == value


@pytest.mark.parametrize(("field", "value"), CASES["decimal_year"])
def test_decimal_years(field: str, value: str | None) -> None:
    assert read_decimal_year(field) == value


def test_a_row_becomes_plain() -> None:
    row = {"price": "$1,234", "sold": "3/2/2021", "at": 1425513600, "rooms": "?", "note": "$1"}
    plain = {"price": 1234.0, "sold": "2021-02-03", "at": "2015-03-05T00:00:00"}
    assert OwnForms(COLUMNS).plain(row) == {**plain, "rooms": None, "note": "$1"}


def test_what_cannot_be_read_or_is_plain_stays() -> None:
    for row in (
        {"price": "dear", "sold": "soon", "rooms": "many"},
        {"price": 3.5, "sold": "2021-02-03", "rooms": 4, "at": None},
        {"row_id": "7", "price": "$1"},
        {"price": [1], "sold": True},
        {"note": "n/a"},
    ):
        assert OwnForms(COLUMNS).plain(row) == row
    assert OwnForms(COLUMNS).plain({"price": " N/A "}) == {"price": None}


@pytest.mark.parametrize(
    ("row", "date"),
    [
        ({"year": 1958, "month": 3}, "1958-03-01"),
        ({"year": "1958", "month": "3.0"}, "1958-03-01"),
        ({"year": "1958-03-01", "month": 3}, "1958-03-01"),
        ({"year": "1958年", "month": 3}, "1958-03-01"),
        ({"year": 1958}, None),
        ({"year": 1958, "month": 1e12}, None),
        ({"year": 1e300, "month": 1}, 1e300),
        ({"year": 1958, "month": 13}, None),
        ({"year": "then", "month": 3}, "then"),
    ],
)
def test_a_year_beside_its_month(row: dict[str, object], date: str | None) -> None:
    column = {"name": "year", "written": {"as": "parts", "month": "month", "example": "1958"}}
    assert OwnForms([column]).plain(row)["year"] == date


def test_a_number_is_as_it_is() -> None:
    comma = {**NUMBER, "decimal_comma": True, "thousands_dot": True, "example": "1.234,5"}
    forms = OwnForms([{"name": "price", "written": comma}])
    assert forms.plain({"price": 12.125}) == {"price": 12.125}
    assert forms.plain({"price": "12.125"}) == {"price": 12125.0}
    day = {"name": "day", "written": {"as": "date", "day_first": False, "example": "20150305"}}
    assert OwnForms([day]).plain({"day": 20150305}) == {"day": "2015-03-05"}
    assert OwnForms([day]).plain({"day": 2020.10}) == {"day": 2020.10}
    unix = {"name": "at", "written": {"as": "unix_time", "example": "1425513600"}}
    assert OwnForms([unix]).plain({"at": 1425513600.0}) == {"at": "2015-03-05T00:00:00"}


def test_a_series_keeps_its_name() -> None:
    form = {**NUMBER, "unit": "号店", "example": "1号店"}
    forms = OwnForms([{"name": "shop", "role": "series", "written": form}])
    assert [forms.named("shop", given) for given in ("3号店", "3", 3)] == ["3", "3", 3]
    assert forms.named("other", "3号店") == "3号店"


def test_long_fields_cost_nothing() -> None:
    field = "1" + " " * 200_000 + "x"
    assert read_number(field, NumberForm(False, False, None)) is None
    assert read_date(field, False) is None


def test_a_year_beside_its_quarter() -> None:
    column = {"name": "year", "written": {"as": "parts", "quarter": "q", "example": "1958"}}
    assert OwnForms([column]).plain({"year": 1958, "q": 2})["year"] == "1958-04-01"
    assert OwnForms([column]).plain({"year": 1958, "q": "x"})["year"] is None


def test_the_description_says_what_is_taken() -> None:
    words = or_as_written("a finite number", COLUMNS[0])
    assert words == "a finite number, or as in the data, such as '$1,200'"
    assert or_as_written("text", COLUMNS[4]) == "text"
    assert taken_types(["number", "null"], COLUMNS[0]) == ["number", "null", "string"]
    assert taken_types(["number", "null"], COLUMNS[3]) == ["number", "null", "string"]
    assert taken_types(["string"], COLUMNS[2]) == ["string", "number"]
    assert taken_types(["string", "null"], COLUMNS[4]) == ["string", "null"]
