"""Which terms count, and how much each weighs in a text (tf-idf: Salton & Buckley 1988)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ml_project.terms import count_terms, normalise
from ml_project.values import words


@dataclass(frozen=True)
class Vocabulary:
    """Terms, the most frequent first, with their weights; word numbers need no weights."""

    terms: list[str]
    weights: list[float] = field(default_factory=list)


def fit_terms(texts: Sequence[object], least: int, most: int) -> tuple[Vocabulary, int]:
    """The vocabulary, and the largest number of its terms in one text."""
    found: Counter[str] = Counter()
    counted = [count_terms(text) for text in texts]
    for terms in counted:
        found.update(terms.keys())
    chosen = _most_frequent(found, least, most)
    known = set(chosen)
    longest = max((len(known & terms.keys()) for terms in counted), default=0)
    weights = [math.log((1 + len(texts)) / (1 + found[term])) + 1 for term in chosen]
    return Vocabulary(chosen, [float(format(weight, ".7g")) for weight in weights]), longest


def fit_words(texts: Sequence[object], least: int, most: int) -> tuple[Vocabulary, int]:
    split = [words(normalise(text)) for text in texts]
    found = Counter(word for text in split for word in set(text))
    longest = max((len(text) for text in split), default=0)
    return Vocabulary(_most_frequent(found, least, most)), longest


def weigh(
    text: object, numbers: Mapping[str, int], weights: Sequence[float], most: int
) -> tuple[list[int], list[float]]:
    """Numbers and weights of a text's known terms, the weightiest first; length one together."""
    terms = [(n, numbers[term]) for term, n in count_terms(text).items() if term in numbers]
    found = [((1 + math.log(n)) * weights[number - 1], number) for n, number in terms]
    found = sorted(found, key=lambda pair: (-pair[0], pair[1]))[:most]
    norm = math.sqrt(sum(weight * weight for weight, _ in found)) or 1.0
    return [number for _, number in found], [weight / norm for weight, _ in found]


def _most_frequent(found: Counter[str], least: int, most: int) -> list[str]:
    """Where nothing occurs often enough, whatever occurs counts."""
    frequent = {term: n for term, n in found.items() if n >= least} or dict(found)
    return sorted(frequent, key=lambda term: (-frequent[term], term))[:most]
