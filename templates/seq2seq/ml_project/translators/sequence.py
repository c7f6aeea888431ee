"""A network's way from text to text: symbols in, beam search, symbols out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml_project.decoding import Numbers, beam_search
from ml_project.family import DataSettings
from ml_project.pairs import Pairs
from ml_project.symbols import PAD, Symbols, fit_symbols
from ml_project.translators.graph import Graph

CHUNK = 64  # texts that are decoded together
USUAL = 0.99  # share of training answers that are within the limit of length
SPARE = 4  # symbols that any answer may have beyond that limit
LEAST_SEEN = 2  # training texts that show a source symbol; others teach what an unknown one is


@dataclass(frozen=True)
class SequenceTranslator:
    """`growth` is how many symbols an answer may have for each of its source, `pace` how many
    of a source usually become one."""

    source: Symbols
    target: Symbols
    growth: float
    pace: float
    beam: int
    length_penalty: float

    def translate(self, texts: Sequence[str], graph: Graph) -> list[str]:
        """Texts of like length meet in a batch."""
        rows = [self.source.encode(text) for text in texts]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        answers = [""] * len(rows)
        for first in range(0, len(order), CHUNK):
            part = order[first : first + CHUNK]
            found = self._decode([rows[i] for i in part], graph)
            for i, numbers in zip(part, found, strict=True):
                answers[i] = self.target.decode(numbers)
        return answers

    def _decode(self, rows: Sequence[Sequence[int]], graph: Graph) -> list[list[int]]:
        limits = np.array([math.ceil(len(row) * self.growth) + SPARE for row in rows])
        return beam_search(graph, pad(rows), limits, self.beam, self.length_penalty)


def fit_sequence(pairs: Pairs, data: DataSettings, model: Any) -> SequenceTranslator:
    """`model` is that part of the configuration."""
    source = fit_symbols(pairs.sources, data.source_merges, LEAST_SEEN, data.max_symbols)
    target = fit_symbols(pairs.targets, data.target_merges, 1, data.max_symbols)
    both = zip(pairs.sources, pairs.targets, strict=True)
    ratios = [len(target.encode(b)) / len(source.encode(a)) for a, b in both]
    growth, usual = (round(float(np.quantile(ratios, share)), 3) for share in (USUAL, 0.5))
    return SequenceTranslator(source, target, growth, 1 / usual, model.beam, model.length_penalty)


def pad(rows: Sequence[Sequence[int]]) -> Numbers:
    """One row for each sequence, filled up at its end."""
    padded = np.full((len(rows), max(map(len, rows))), PAD, dtype=np.int64)
    for line, row in zip(padded, rows, strict=True):
        line[: len(row)] = row
    return padded
