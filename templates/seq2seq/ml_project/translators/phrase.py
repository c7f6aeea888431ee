"""A classical model that writes in the order of its source: units of both texts, each likely
after those before it (Bisani & Ney 2008). Strong where spelling or sound is carried over."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

import numpy as np

from ml_project.alignment import Unit, align
from ml_project.family import PhraseSettings
from ml_project.ngrams import Gram, count_grams
from ml_project.pairs import Pairs
from ml_project.translators.graph import MODEL, Graph

START, END, FIRST_UNIT = 0, 1, 2
MOST_UNITS = 10  # the most frequent ones with the same source
MOST_INSERTED = 8  # of units without a source
INSERTED_AFTER = 3  # of the best texts
SKIPPED = -10.0  # what it costs to leave out a character that no unit has
Key = tuple[Gram, str]  # the last units of a text, and the text
Texts = dict[Key, float]  # with sums of log-probabilities
Written = tuple[Key, float]


@dataclass(frozen=True)
class PhraseTranslator:
    """`grams` are runs of units' numbers with the times that they were seen. The graph knows
    their log-probabilities; row 0 of it stands for nothing."""

    units: list[Unit]
    grams: list[Gram]
    counts: list[int]
    order: int
    beam: int

    @cached_property
    def rows(self) -> dict[Gram, int]:
        return {gram: 1 + i for i, gram in enumerate(self.grams)}

    @cached_property
    def by_source(self) -> dict[str, list[int]]:
        seen = dict(zip(self.grams, self.counts, strict=True))
        found: dict[str, list[int]] = defaultdict(list)
        numbers = range(FIRST_UNIT, FIRST_UNIT + len(self.units))
        for number in sorted(numbers, key=lambda n: (-seen.get((n,), 0), n)):
            found[self.units[number - FIRST_UNIT][0]].append(number)
        return {source: numbers[:MOST_UNITS] for source, numbers in found.items()}

    @cached_property
    def longest(self) -> int:
        return max(map(len, self.by_source), default=0)

    def translate(self, texts: Sequence[str], graph: Graph) -> list[str]:
        return [self._translate(text.casefold(), graph) for text in texts]

    def _translate(self, source: str, graph: Graph) -> str:
        """`written[i]` are the texts that stand for the first i characters."""
        written: list[Texts] = [{} for _ in range(len(source) + 1)]
        written[0][(START,), ""] = 0.0
        for done, texts in enumerate(written):
            inserted = self.by_source.get("", [])[:MOST_INSERTED]
            best = self._best(texts)[:INSERTED_AFTER]
            self._extend([(texts, one, inserted) for one in best], graph)
            best = self._best(texts)
            sizes = range(1, min(self.longest, len(source) - done) + 1)
            runs = ((done + n, self.by_source.get(source[done : done + n], [])) for n in sizes)
            steps = [(written[end], one, units) for end, units in runs for one in best]
            self._extend(steps, graph)
            if done < len(source) and source[done] not in self.by_source:
                written[done + 1].update({key: score + SKIPPED for key, score in best})
        return self._end(written[-1], graph)

    def _best(self, texts: Texts) -> list[Written]:
        return sorted(texts.items(), key=itemgetter(1), reverse=True)[: self.beam]

    def _extend(self, steps: Sequence[tuple[Texts, Written, list[int]]], graph: Graph) -> None:
        """Each step writes any of some units behind a text; of equal texts the likelier stays."""
        given = [(into, one, unit) for into, one, units in steps for unit in units]
        logs = self._logs([(history, unit) for _, ((history, _), _), unit in given], graph)
        for (into, ((history, text), score), unit), log in zip(given, logs, strict=True):
            last = (*history, unit)[1 - self.order :] if self.order > 1 else ()
            key = last, text + self.units[unit - FIRST_UNIT][1]
            into[key] = max(score + log, into.get(key, -math.inf))

    def _end(self, texts: Texts, graph: Graph) -> str:
        """The text whose ways to be cut into units are together the likeliest."""
        logs = self._logs([(history, END) for history, _ in texts], graph)
        found: dict[str, float] = {}
        for ((_, text), score), log in zip(texts.items(), logs, strict=True):
            found[text] = float(np.logaddexp(found.get(text, -math.inf), score + log))
        return max(found, key=found.__getitem__, default="")

    def _logs(self, asked: Sequence[tuple[Gram, int]], graph: Graph) -> list[float]:
        """Log-probabilities of units after others."""
        if not asked:
            return []
        missed = {history: self._missed(history) for history in {history for history, _ in asked}}
        places = [(history, *self._place(history, unit)) for history, unit in asked]
        feeds = {
            "found": np.array([row for _, row, _ in places], dtype=np.int64),
            "missed": np.array([missed[history][left] for history, _, left in places]),
        }
        logs: list[float] = graph(MODEL, feeds)[0].tolist()
        return logs

    def _place(self, history: Gram, unit: int) -> tuple[int, int]:
        """The row of a unit behind as much of its history as was seen, and what is left out."""
        rows = self.rows
        for shorter in range(len(history)):
            row = rows.get((*history[shorter:], unit))
            if row is not None:
                return row, shorter
        return rows.get((unit,), 0), len(history)

    def _missed(self, history: Gram) -> list[list[int]]:
        """The rows that are paid for leaving out the first 0, 1, … units of a history."""
        rows = [self.rows.get(history[first:], 0) for first in range(len(history))]
        width = max(1, self.order - 1)
        return [[*rows[:left], *[0] * (width - left)] for left in range(len(rows) + 1)]


def fit_phrase(pairs: Pairs, settings: PhraseSettings) -> PhraseTranslator:
    folded = [source.casefold() for source in pairs.sources]
    cut = align(list(zip(folded, pairs.targets, strict=True)))
    units = sorted({unit for sequence in cut for unit in sequence})
    numbers = {unit: FIRST_UNIT + i for i, unit in enumerate(units)}
    sequences = [[START, *(numbers[unit] for unit in sequence), END] for sequence in cut]
    counts = count_grams(sequences, settings.order)
    return PhraseTranslator(units, [*counts], [*counts.values()], settings.order, settings.beam)
