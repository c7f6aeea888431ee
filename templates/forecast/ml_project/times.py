"""Points in time: what a cell means, how far two of them lie apart, how one is written."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from ml_project.values import is_missing, parse_datetime

SECONDS = {"second": 1, "day": 86_400, "weekday": 120_960}  # five weekdays make a week
UNITS = (*SECONDS, "month")
FORM = re.compile(
    r"(\d{4}(?:-\d\d(?:-\d\d)?)?)"  # a year, a month or a day
    r"(?:([T ])(\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:\d\d)?)?"
)


@dataclass(frozen=True)
class Frequency:
    """The step from one value of a series to the next."""

    unit: str
    count: int

    @property
    def seconds(self) -> int:
        """Of one step, in the mean; a month has none."""
        return SECONDS.get(self.unit, 0) * self.count

    def steps(self, start: datetime, moment: datetime) -> int:
        """From one time to another, to the nearest whole step."""
        if self.unit == "month":
            years, months = moment.year - start.year, moment.month - start.month
            return round((12 * years + months) / self.count)
        if self.unit == "weekday":
            return round((_weekday_number(moment) - _weekday_number(start)) / self.count)
        return round((moment - start).total_seconds() / self.seconds)

    def after(self, start: datetime, steps: int, day: int) -> datetime:
        """`day` of the month is kept where the month has it: a 31st becomes a 30th or 28th."""
        if self.unit == "weekday":
            week, day_of_week = divmod(_weekday_number(start) + steps * self.count, 5)
            ahead = 7 * week + day_of_week + 1 - start.toordinal()
            return start + timedelta(days=ahead)
        if self.unit != "month":
            return start + timedelta(seconds=steps * self.seconds)
        year, month = divmod(start.year * 12 + start.month - 1 + steps * self.count, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return start.replace(year=year, month=month + 1, day=min(day, last))


def _weekday_number(moment: datetime) -> int:
    """Weekdays one after another; a day of a weekend counts as the Friday before it."""
    week, day_of_week = divmod(moment.toordinal() - 1, 7)
    return 5 * week + min(day_of_week, 4)


def parse_time(value: object) -> datetime | None:
    """As parse_datetime; a year or a month alone stands for its first day."""
    return None if is_missing(value) else _parsed(str(value).strip())


@lru_cache(maxsize=10_000)  # a service reads the same days again and again
def _parsed(text: str) -> datetime | None:
    return parse_datetime(text + "0001-01-01"[len(text) :] if len(text) in (4, 7) else text)


def written(moment: datetime, form: str) -> str:
    """The time written as another text is: to the same part, with its separator and zone."""
    found = FORM.fullmatch(form.strip())
    day, separator, clock, zone = found.groups() if found else ("0001-01-01", None, None, None)
    text = (moment + _offset(zone)).isoformat(timespec="microseconds")
    if not clock:
        return text[: len(day)]
    return f"{text[:10]}{separator}{text[11 : 11 + len(clock)]}{zone or ''}"


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta(0)
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    return timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
