"""One input of the service: from which history, of which series, how far to forecast."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ml_project.history import HistoryReader
from ml_project.matrix import Fitted
from ml_project.series import Series
from ml_project.serving.checks import is_count, is_name
from ml_project.serving.faults import MAX_FAULTS, Fault, fault
from ml_project.times import written
from ml_project.values import parse_category

FURTHEST = 4  # horizons; beyond, a forecast rests on little but forecasts
SHOWN_SERIES = 10


@dataclass(frozen=True)
class Asked:
    """The window from which the forecast starts, and the dates that it is asked for."""

    window: Series
    dates: list[str]


class AskedReader:
    """`context` holds the last known rows, for inputs that bring no history."""

    def __init__(self, info: Mapping[str, Any], fitted: Fitted, context: Mapping[str, Any]) -> None:
        self.fitted = fitted
        self.furthest = FURTHEST * fitted.horizon
        self.history = HistoryReader(info, fitted)
        self.known: dict[str, tuple[Series, datetime]] = {
            item["series"]: self.history.window(item["series"], item["history"])
            for item in context.get("series", ())
        }
        keys = ("history", "horizon", "series")
        self.keys = keys if fitted.columns.series else keys[:2]

    def last_known(self) -> list[dict[str, str]]:
        """An input without a history for each series."""
        return [{"series": name} if self.fitted.columns.series else {} for name in self.known]

    def read(self, inputs: Sequence[Any]) -> tuple[list[Asked], list[Fault]]:
        """What can be forecast, and what is wrong with the rest."""
        asked: list[Asked] = []
        faults: list[Fault] = []
        for index, given in enumerate(inputs):
            found = self._read(f"inputs[{index}]", given)
            if isinstance(found, Asked):
                asked.append(found)
            else:
                faults += found
            if len(faults) >= MAX_FAULTS:
                break
        return asked, faults[:MAX_FAULTS]

    def _read(self, place: str, given: Any) -> Asked | list[Fault]:
        if type(given) is not dict:
            return [fault(place, f"an object with the keys {', '.join(self.keys)}", given)]
        known = f"no unknown key; the keys are {', '.join(self.keys)}"
        faults = [fault(f"{place}.{k}", known, v) for k, v in given.items() if k not in self.keys]
        own = {"history": self.history.plain, "series": self.history.series}
        given = {key: own[key](value) if key in own else value for key, value in given.items()}
        horizon, rows = given.get("horizon"), given.get("history")
        if horizon is not None and not is_count(horizon, self.furthest):
            words = f"a whole number of 1 to {self.furthest}"
            faults.append(fault(f"{place}.horizon", words, horizon))
        if rows is not None:
            faults += self.history.faults(f"{place}.history", rows)
        faults += self._series_faults(place, given) if not faults else []
        return faults or self._asked(place, given, horizon or self.fitted.horizon)

    def _series_faults(self, place: str, given: Mapping[str, Any]) -> list[Fault]:
        name, rows = given.get("series"), given.get("history")
        if name is not None and not is_name(name):
            return [fault(f"{place}.series", "the name of a series, as text", name)]
        names = self.history.names(rows or ()) | ({str(name)} if name is not None else set())
        if len(names) > 1:
            words = "rows of one series; each series is an input of its own"
            return [fault(f"{place}.history", words, rows)]
        if rows is not None or self._place(names) in self.known:
            return []
        some = ", ".join([*self.known][:SHOWN_SERIES])
        words = f"a known series where there is no history: {some}" if some else "a history"
        return [fault(f"{place}.series" if some else f"{place}.history", words, name)]

    def _place(self, names: set[str]) -> str | None:
        """The series that is meant; where only one is known, it need not be named."""
        return next(iter(names or (self.known if len(self.known) == 1 else ())), None)

    def _asked(self, place: str, given: Mapping[str, Any], horizon: int) -> Asked | list[Fault]:
        rows = given.get("history")
        name = parse_category(given.get("series"))
        frequency, form = self.fitted.frequency, self.fitted.form
        names = {name} if name is not None else self.history.names(rows or ())
        try:
            if rows is None:
                window, latest = self.known[self._place(names) or ""]
            else:
                window, latest = self.history.window(next(iter(names), ""), rows)
            rounds = math.ceil(horizon / self.fitted.horizon)
            steps = range(1, rounds * self.fitted.horizon + 1)
            moments = [frequency.after(latest, step, window.day) for step in steps]
        except (OverflowError, ValueError):
            words = "times whose window and forecast lie within the years 1 to 9999"
            return [fault(f"{place}.history", words, rows)]
        return Asked(window, [written(moment, form) for moment in moments[:horizon]])
