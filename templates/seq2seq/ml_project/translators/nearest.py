"""The strong baseline: the answer that the most similar training text has.

Similar by the tf-idf weights of its runs of characters (Salton & Buckley 1988), whatever the case.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ml_project.pairs import Pairs
from ml_project.translators.graph import MODEL, Feeds, Graph

CHUNK = 32  # texts that are compared together


@dataclass(frozen=True)
class NearestTranslator:
    """The graph lists, term after term, the training texts that have it, and its weights there:
    `counts[i]` texts have `terms[i]`."""

    longest_run: int
    terms: list[str]
    counts: list[int]
    sources: list[str]
    answers: list[str]

    @cached_property
    def places(self) -> dict[str, int]:
        return {term: i for i, term in enumerate(self.terms)}

    @cached_property
    def seen(self) -> dict[str, str]:
        return dict(zip(self.sources, self.answers, strict=True))

    @cached_property
    def lists(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the list of each term begins, and its length."""
        lengths = np.array(self.counts, dtype=np.int64)
        return np.cumsum(lengths) - lengths, lengths

    def translate(self, texts: Sequence[str], graph: Graph) -> list[str]:
        """A text that training had is answered as there."""
        found: list[str] = []
        for first in range(0, len(texts), CHUNK):
            part = texts[first : first + CHUNK]
            nearest = graph(MODEL, self.feeds(part))[0].tolist()
            pairs = zip(part, nearest, strict=True)
            found += [self.seen.get(text, self.answers[row]) for text, row in pairs]
        return found

    def feeds(self, texts: Sequence[str]) -> Feeds:
        """The entries of the graph's list that matter: for which text, and how much."""
        places, weights, terms = self.weigh(texts)
        starts, lengths = (of_all[places] for of_all in self.lists)
        shift = starts - (np.cumsum(lengths) - lengths)
        return {
            "entries": np.arange(lengths.sum()) + np.repeat(shift, lengths),
            "texts": np.repeat(np.repeat(np.arange(len(texts)), terms), lengths),
            "weights": np.repeat(weights, lengths),
            "count": np.array([len(texts)], dtype=np.int64),
        }

    def weigh(
        self, texts: Sequence[str]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """Places and weights of the known terms, text after text, and how many each text has."""
        places: list[int] = []
        weights: list[float] = []
        lengths: list[int] = []
        for text in texts:
            runs = count_runs(text, self.longest_run).items()
            terms = {self.places[run]: times for run, times in runs if run in self.places}
            own = [(1 + math.log(n)) * self._rarity(place) for place, n in terms.items()]
            norm = math.sqrt(sum(weight * weight for weight in own)) or 1.0
            places += terms
            weights += [weight / norm for weight in own]
            lengths.append(len(terms))
        return (
            np.array(places, dtype=np.int64),
            np.array(weights, dtype=np.float32),
            np.array(lengths, dtype=np.int64),
        )

    def _rarity(self, place: int) -> float:
        return math.log((1 + len(self.sources)) / (1 + self.counts[place])) + 1


def count_runs(text: str, longest: int) -> Counter[str]:
    framed = f" {text.casefold()} "
    sizes = range(1, longest + 1)
    return Counter(framed[i : i + n] for n in sizes for i in range(len(framed) - n + 1))


def fit_nearest(pairs: Pairs, longest_run: int) -> NearestTranslator:
    """Of several answers to one text, the most frequent; of equals the first."""
    answers: dict[str, Counter[str]] = {}
    for source, target in zip(pairs.sources, pairs.targets, strict=True):
        answers.setdefault(source, Counter())[target] += 1
    counts: Counter[str] = Counter()
    for source in answers:
        counts.update(count_runs(source, longest_run).keys())
    terms = sorted(counts)
    best = [found.most_common(1)[0][0] for found in answers.values()]
    return NearestTranslator(longest_run, terms, [counts[t] for t in terms], [*answers], best)
