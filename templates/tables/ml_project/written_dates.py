"""Dates as people write them, in the one form that a column of the data has, as ISO 8601."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone

from ml_project.written_numbers import LONGEST_FIELD

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
CLOCK = (
    r"(?:[T ,]+(?:(上午|下午|am|pm)\s*)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?"
    r"\s*(am|pm)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)


def _pattern(day: str) -> re.Pattern[str]:
    return re.compile(f"^{day}{CLOCK}$", re.IGNORECASE | re.ASCII)


YEAR_FIRST = (
    _pattern(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"),
    _pattern(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?"),
    _pattern(r"((?:19|20)\d{2})(\d{2})(\d{2})"),
)
NUMBERS = _pattern(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})")
DAY_MONTH = _pattern(r"(\d{1,2})(?:st|nd|rd|th)?[-/. ]+([a-z]{3,9})\.?[-/., ]+(\d{4}|\d{2})")
MONTH_DAY = _pattern(r"([a-z]{3,9})[-/. ]+(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4})")
YEAR_MONTH = re.compile(r"^(\d{4})[-/.年](\d{1,2})月?$", re.ASCII)
MONTH_YEAR = re.compile(r"^([a-z]{3,9})[-/ .]+(\d{4}|\d{2})$", re.IGNORECASE | re.ASCII)
QUARTER = re.compile(r"^(\d{4})[-/ ]?年?第?[qQ]?([1-4一二三四])(?:季度)?$", re.ASCII)
ISO_WEEK = re.compile(r"^(\d{4})-?[Ww](\d{1,2})$", re.ASCII)
WEEKDAY = re.compile(
    r"^\s*(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[.,]?\s+"
    r"|\s*[（(]?(?:星期|周|礼拜)[一二三四五六日天][)）]?\s*$",
    re.IGNORECASE,
)
DECIMAL_YEAR = re.compile(r"^\s*(1[5-9]\d{2}|2[01]\d{2})(\.\d+)?\s*$", re.ASCII)
YEAR = re.compile(r"\s*(\d{4})(?:\.0)?\s*年?\s*", re.ASCII)
OF_MONTH = 0.07  # tolerance of a twelfth that was rounded to two digits
Clock = Sequence["str | None"]


def read_date(field: str, day_first: bool) -> str | None:
    """A month, a week or a quarter is its first day. None: no date."""
    if len(field) > LONGEST_FIELD:
        return None
    text = WEEKDAY.sub("", unicodedata.normalize("NFKC", field), count=1).strip()
    for pattern in YEAR_FIRST:
        if found := pattern.match(text):
            return _iso(found[1], found[2], found[3], found.groups()[3:])
    if found := NUMBERS.match(text):
        first, second, year, *clock = found.groups()
        day, month = (first, second) if day_first else (second, first)
        return _iso(year, month, day, clock)
    if found := DAY_MONTH.match(text):
        return _iso(found[3], _month(found[2]), found[1], found.groups()[3:])
    if found := MONTH_DAY.match(text):
        return _iso(found[3], _month(found[1]), found[2], found.groups()[3:])
    return _whole_month(text)


def read_unix_time(field: str) -> str | None:
    """Seconds or milliseconds since 1970, from 2001 to 2035."""
    text = field.strip()
    if not re.fullmatch(r"\d{10}(?:\d{3})?", text, re.ASCII):
        return None
    moment = datetime.fromtimestamp(int(text[:10]), timezone.utc).replace(tzinfo=None)
    return moment.isoformat() if 2001 <= moment.year <= 2035 else None


def read_decimal_year(field: str) -> str | None:
    """1949.0833 is February 1949; a year with its months as decimals."""
    found = DECIMAL_YEAR.match(field)
    if not found:
        return None
    months = 12 * float(found[2] or 0)
    month = int(months + 0.5)
    if abs(months - month) > OF_MONTH:
        return None
    return _iso(str(int(found[1]) + month // 12), str(month % 12 + 1), "1")


def of_parts(year: object, month: object, day: object) -> str | None:
    """A year, perhaps with 年 behind it, beside its month and day."""
    found = YEAR.fullmatch(str(year))
    try:
        numbers = [str(int(float(str(part)))) for part in (month, day)]
    except (ValueError, OverflowError):
        return None
    return _iso(found[1], *numbers) if found else None


def _whole_month(text: str) -> str | None:
    if found := YEAR_MONTH.match(text):
        return _iso(found[1], found[2], "1")
    if found := ISO_WEEK.match(text):
        return _monday(int(found[1]), int(found[2]))
    if found := MONTH_YEAR.match(text):
        return _iso(found[2], _month(found[1]), "1")
    found = QUARTER.match(text) if re.search("[qQ季]", text) else None
    if not found:
        return None
    number = "一二三四".find(found[2]) + 1 or int(found[2])
    return _iso(found[1], str(3 * number - 2), "1")


def _monday(year: int, week: int) -> str | None:
    """ISO 8601: week 1 holds the fourth of January."""
    if not 1 <= week <= 53:
        return None
    try:
        fourth = date(year, 1, 4)
        return (fourth + timedelta(days=7 * (week - 1) - fourth.weekday())).isoformat()
    except (ValueError, OverflowError):
        return None


def _month(name: str) -> str:
    short = name[:3].lower()
    return str(MONTHS.index(short) + 1 if short in MONTHS else 0)


def _iso(year: str, month: str, day: str, clock: Clock = (None,) * 6) -> str | None:
    short = int(year) + (2000 if int(year) < 70 else 1900) if len(year) == 2 else int(year)
    try:
        text = date(short, int(month), int(day)).isoformat()
    except (ValueError, OverflowError):
        return None
    half, hours, minutes, seconds, after, zone = clock
    if hours is None or minutes is None:
        return text
    part = (half or after or "").lower()
    is_noon = part in ("上午", "am") and int(hours) == 12
    later = 12 if part in ("下午", "pm") and int(hours) < 12 else 0
    hour = 0 if is_noon else int(hours) + later
    if hour > 24 or int(minutes) > 59:
        return None
    return f"{text}T{hour:02d}:{minutes}:{seconds or '00'}{zone or ''}"
