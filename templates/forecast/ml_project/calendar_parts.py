"""What the calendar says of a time, as numbers; only the parts that training saw repeat."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ml_project.series import Series
from ml_project.times import Frequency

DAY, WEEK, YEAR = 86_400, 7 * 86_400, 365.25 * 86_400
CYCLES = 1.5  # a pattern must have been seen to repeat
Part = Callable[[datetime], list[float]]


def _waves(share: float, count: int) -> list[float]:
    """A place on a circle, and on finer ones, so that the last day is beside the first."""
    angles = [2 * math.pi * share * number for number in range(1, count + 1)]
    return [wave(angle) for angle in angles for wave in (math.sin, math.cos)]


def _year(moment: datetime) -> list[float]:
    start = moment.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return _waves((moment - start).total_seconds() / YEAR, 2)


def _month(moment: datetime) -> list[float]:
    return [float(moment.month == number) for number in range(1, 13)]


def _weekday(moment: datetime) -> list[float]:
    return [float(moment.weekday() == number) for number in range(7)]


def _hour(moment: datetime) -> list[float]:
    return _waves((moment.hour * 3600 + moment.minute * 60 + moment.second) / DAY, 3)


PARTS: dict[str, Part] = {"year": _year, "month": _month, "weekday": _weekday, "hour": _hour}


def repeated_parts(frequency: Frequency, series: Sequence[Series]) -> list[str]:
    """The longest series tells what repeats in it: a step as long as a part's cycle shows none."""
    longest = max(series, key=len)
    if frequency.unit == "month":
        years = len(longest) * frequency.count / 12
        return ["month"] if frequency.count % 12 and years >= CYCLES else []
    span, step = len(longest) * frequency.seconds, frequency.seconds
    cycles = {"year": YEAR, "weekday": WEEK, "hour": DAY}
    if frequency.unit == "weekday":
        del cycles["hour"]
    return [name for name, size in cycles.items() if step % size and span >= CYCLES * size]


def calendar_of(
    series: Series, frequency: Frequency, parts: Sequence[str], steps: range
) -> NDArray[np.float64]:
    """One row for each of the steps, which may lie beyond the end of the series."""
    moments = [frequency.after(series.start, step, series.day) for step in steps]
    rows = [[value for part in parts for value in PARTS[part](moment)] for moment in moments]
    return np.array(rows, dtype=np.float64).reshape(len(rows), -1)
