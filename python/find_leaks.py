"""Looks for columns that give the target away.

    find_leaks.py DATA.csv SCHEMA.json [--rows 20000]

Prints a JSON list of {columns, kind, detail, strength}. Every kind says how it knows; a column that merely predicts
well is not named. `strength` is the share of the target's uncertainty that is gone: 1 is all of it.
"""

from __future__ import annotations

import csv
import itertools
import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

csv.field_size_limit(1 << 28)
LEAST_ROWS = 50
NEARLY_ALL = 0.975  # of the uncertainty; features of honest data sets stay below (mushroom odour: 0.969)
NEARLY_EQUAL = 0.995  # R² of one column
EXACT = 1 - 1e-6  # R² of several columns together
ROUNDED = 1 - 1e-3  # the least R² that rounding may excuse
NUMERIC, CODED = {"numeric"}, {"categorical", "boolean"}
Finding = dict[str, Any]


def main() -> None:
    path, schema = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    limit = int(sys.argv[sys.argv.index("--rows") + 1]) if "--rows" in sys.argv else 20_000
    table = read(path, limit)
    roles = {column["name"]: column["role"] for column in schema["columns"]}
    target = table[schema["target"]]
    found = Search(table, roles, target, bool(schema["classes"])).run() if len(target) >= LEAST_ROWS else []
    json.dump(found, sys.stdout, ensure_ascii=False)


def read(path: Path, limit: int) -> dict[str, list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        header = next(rows)
        body = [row for row in rows if row]
    step = max(1, len(body) // limit)
    return {name: [row[at] for row in body[::step]] for at, name in enumerate(header)}


class Search:
    def __init__(self, table: dict[str, list[str]], roles: dict[str, str], target: list[str], classes: bool) -> None:
        self.table, self.roles, self.classes = table, roles, classes
        self.labels = target
        self.y = np.unique(target, return_inverse=True)[1] if classes else numbers(target)
        self.found: list[Finding] = []

    def run(self) -> list[Finding]:
        for name, role in self.roles.items():
            if role in ("target", "ignored", "group") or name not in self.table:
                continue
            self.one(name, role)
        named = {name for finding in self.found for name in finding["columns"]}
        if not self.classes:
            self.together([name for name, role in self.roles.items() if role in NUMERIC and name not in named])
            self.between_dates([name for name, role in self.roles.items() if role == "datetime"])
        return self.found

    def tell(self, columns: list[str], kind: str, detail: str, strength: float) -> None:
        self.found.append({"columns": columns, "kind": kind, "detail": detail, "strength": round(float(strength), 4)})

    def one(self, name: str, role: str) -> None:
        cells = self.table[name]
        missing = np.array([cell == "" for cell in cells])
        if 0.03 <= missing.mean() <= 0.97:
            known = self.certainty(missing.astype(np.int64))
            if known >= NEARLY_ALL:
                self.tell([name], "filled in with the answer", "whether it is empty tells the target", known)
                return
        if role in NUMERIC:
            self.number(name, cells)
        elif role in CODED:
            codes = np.unique(cells, return_inverse=True)[1]
            if codes.max() + 1 <= max(20, len(cells) / 10):
                known = self.certainty(codes)
                if known >= NEARLY_ALL:
                    self.tell([name], "determines the target", "each of its values goes with one answer", known)
                    return
        if self.classes and role in {"text", "categorical"}:
            self.names_answer(name, cells)

    def certainty(self, codes: np.ndarray) -> float:
        """Share of the errors of a constant guess (of its variance, for numbers) that knowing the code takes away."""
        if self.classes:
            counts = np.zeros((codes.max() + 1, self.y.max() + 1))
            np.add.at(counts, (codes, self.y), 1)
            guess = counts.sum(axis=0).max() / len(self.y)
            return float((counts.max(axis=1).sum() / len(self.y) - guess) / (1 - guess)) if guess < 0.995 else 0.0
        known = np.isfinite(self.y)
        codes, y = codes[known], self.y[known]
        means = np.bincount(codes, y, minlength=codes.max() + 1) / np.maximum(1, np.bincount(codes))
        total = ((y - y.mean()) ** 2).sum()
        return float(1 - ((y - means[codes]) ** 2).sum() / total) if total else 0.0

    def number(self, name: str, cells: list[str]) -> None:
        x = numbers(cells)
        known = np.isfinite(x) & (np.isfinite(self.y) if not self.classes else True)
        if known.sum() < LEAST_ROWS or np.ptp(x[known]) == 0:
            return
        if self.classes:
            self.separates(name, x[known], self.y[known], known.mean())
            return
        x, y = x[known], self.y[known]
        strength = max(np.corrcoef(x, y)[0, 1] ** 2, np.corrcoef(ranks(x), ranks(y))[0, 1] ** 2 if many(y) else 0.0)
        if strength >= NEARLY_EQUAL:
            self.tell([name], "is the target in another form", f"R² of it alone is {strength:.4f}", strength)

    def separates(self, name: str, x: np.ndarray, y: np.ndarray, share: float) -> None:
        """Classes that lie in intervals of one column, one beside the other."""
        if share < 0.9 or min(np.bincount(y)[np.unique(y)]) < 5:
            return
        values, places = np.unique(x, return_inverse=True)
        if len(values) <= max(20, len(x) / 10):
            known = self.certainty_of(places, y)
            if known >= NEARLY_ALL:
                self.tell([name], "determines the target", "each of its values goes with one answer", known)
            return
        order = np.argsort(x, kind="stable")
        errors = interval_errors(y[order])
        guess = 1 - np.bincount(y).max() / len(y)
        known = 1 - errors / len(y) / guess if guess > 0.005 else 0.0
        if known >= NEARLY_ALL:
            self.tell([name], "determines the target", "the classes lie in separate ranges of it", known)

    def certainty_of(self, codes: np.ndarray, y: np.ndarray) -> float:
        counts = np.zeros((codes.max() + 1, y.max() + 1))
        np.add.at(counts, (codes, y), 1)
        guess = counts.sum(axis=0).max() / len(y)
        return float((counts.max(axis=1).sum() / len(y) - guess) / (1 - guess)) if guess < 0.995 else 0.0

    def names_answer(self, name: str, cells: list[str]) -> None:
        own, other = 0, 0
        patterns = {label: re.compile(rf"(?<!\w){re.escape(label)}(?!\w)", re.I) for label in set(self.labels)}
        if len(patterns) > 50 or any(len(label) < 2 for label in patterns):
            return
        others = list(patterns)
        for cell, label in zip(cells, self.labels, strict=True):
            own += bool(patterns[label].search(cell))
            other += bool(patterns[others[(others.index(label) + 1) % len(others)]].search(cell))
        if own / len(cells) >= 0.9 and other / len(cells) <= 0.1:
            self.tell([name], "names the answer", f"{own} of {len(cells)} fields hold their own label", own / len(cells))

    def together(self, names: list[str]) -> None:
        columns = {name: numbers(self.table[name]) for name in names[:60]}
        columns = {name: x for name, x in columns.items() if np.isfinite(x).mean() > 0.9 and np.nanstd(x) > 0}
        self.combination(columns, self.y, "is a sum", lambda parts: signed(parts, " + ", " − "), self.written_to())
        if self.found and self.found[-1]["kind"] == "is a sum":
            return
        positive = {name: x for name, x in columns.items() if np.nanmin(x) > 0}
        if len(positive) > 1 and np.nanmin(self.y) > 0:
            logs = {name: np.log(x) for name, x in positive.items()}
            self.combination(logs, np.log(self.y), "is a product", lambda parts: signed(parts, " × ", " ÷ "))

    def written_to(self) -> float:
        """The R² that is left of an exact sum when target and parts are rounded as the target is written: the error of
        one rounding has a variance of a twelfth of its step, squared; four of them are excused."""
        digits = max((len(cell.partition(".")[2]) for cell in self.labels), default=0)
        spread = float(np.nanvar(self.y))
        lost = 4 * 10.0 ** (-2 * digits) / 12 / spread if spread else 0.0
        return min(EXACT, 1 - lost) if 1 - lost >= ROUNDED else EXACT

    def combination(
        self, columns: dict[str, np.ndarray], y: np.ndarray, kind: str, words: Any, exact: float = EXACT
    ) -> None:
        """A few columns with weights of 1 or -1 that give the target exactly, up to a constant factor."""
        if len(columns) < 2:
            return
        names, x = list(columns), np.column_stack(list(columns.values()))
        known = np.isfinite(x).all(axis=1) & np.isfinite(y)
        if known.sum() < LEAST_ROWS or np.ptp(y[known]) == 0:
            return
        x, y = x[known] - x[known].mean(axis=0), y[known] - y[known].mean()
        if len(y) < 3 * (len(names) + 1):
            chosen = pursued(x, y, min(8, len(y) // 3 - 1))
            names, x = [names[at] for at in chosen], x[:, chosen]
        weights = np.linalg.lstsq(x, y, rcond=1e-10)[0]
        left = 1 - ((y - x @ weights) ** 2).sum() / (y**2).sum()
        share = np.abs(weights) * x.std(axis=0) / y.std()
        parts = [(names[at], weights[at]) for at in np.flatnonzero(share > 0.01)]
        size = np.median([abs(weight) for _, weight in parts]) if parts else 0.0
        simple = size > 0 and all(abs(abs(weight) / size - 1) < 0.02 for _, weight in parts)
        if left >= exact and 2 <= len(parts) <= 8 and simple:
            self.tell([name for name, _ in parts], kind, f"the target is {words(parts)}", left)

    def between_dates(self, names: list[str]) -> None:
        days = {name: np.array([day(cell) for cell in self.table[name]]) for name in names[:12]}
        for a, b in itertools.combinations(days, 2):
            gap = days[b] - days[a]
            known = np.isfinite(gap) & np.isfinite(self.y)
            if known.sum() < LEAST_ROWS or np.ptp(gap[known]) == 0 or np.ptp(self.y[known]) == 0:
                continue
            strength = np.corrcoef(gap[known], self.y[known])[0, 1] ** 2
            if strength >= NEARLY_EQUAL:
                self.tell([a, b], "is a time between dates", f"the target is the time from {a} to {b}", strength)


def pursued(x: np.ndarray, y: np.ndarray, count: int) -> list[int]:
    """The columns that explain the most, one after another (orthogonal matching pursuit): few rows bear few columns."""
    chosen: list[int] = []
    rest = y
    scaled = x / np.maximum(x.std(axis=0), 1e-300)
    for _ in range(min(count, x.shape[1])):
        gains = np.abs(scaled.T @ rest)
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        rest = y - x[:, chosen] @ np.linalg.lstsq(x[:, chosen], y, rcond=1e-10)[0]
    return chosen


def interval_errors(y: np.ndarray) -> int:
    """Fewest rows outside their class's range when each class is given one range, in the order of their medians."""
    order = sorted(np.unique(y), key=lambda label: np.median(np.flatnonzero(y == label)))
    best = np.full(len(y) + 1, np.inf)
    best[0] = 0
    for label in order:
        wrong = np.concatenate([[0], np.cumsum(y != label)])
        best = np.minimum.accumulate(best - wrong) + wrong
    return int(best[-1])


def numbers(cells: list[str]) -> np.ndarray:
    def read_one(cell: str) -> float:
        try:
            return float(cell)
        except ValueError:
            return float("nan")

    return np.array([read_one(cell) for cell in cells])


def day(cell: str) -> float:
    try:
        return datetime.fromisoformat(cell.replace("Z", "+00:00")).replace(tzinfo=None).timestamp() / 86400
    except ValueError:
        return float("nan")


def ranks(x: np.ndarray) -> np.ndarray:
    return np.unique(x, return_inverse=True)[1].astype(float)


def many(y: np.ndarray) -> bool:
    return len(np.unique(y)) > 20


def signed(parts: list[tuple[str, float]], plus: str, minus: str) -> str:
    parts = sorted(parts, key=lambda part: -np.sign(part[1]))
    return parts[0][0] + "".join((plus if weight > 0 else minus) + name for name, weight in parts[1:])


if __name__ == "__main__":
    main()
