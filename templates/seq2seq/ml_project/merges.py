"""Frequent runs of characters become one symbol (byte pair encoding: Sennrich et al. 2016)."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping

Pair = tuple[str, str]
LEAST = 3  # times that a pair must occur; rarer ones would only be learnt by heart
CHUNK = re.compile(r" ?[^ ]+")  # a word with the space before it; no run goes beyond


def learn_merges(texts: Iterable[str], count: int) -> list[Pair]:
    """At most `count`, in the order in which they are to be applied."""
    words = Counter(tuple(chunk) for text in texts for chunk in CHUNK.findall(text))
    merges: list[Pair] = []
    while len(merges) < count:
        pairs: Counter[Pair] = Counter()
        for word, times in words.items():
            for pair in itertools.pairwise(word):
                pairs[pair] += times
        best = min(pairs, key=lambda pair: (-pairs[pair], pair), default=None)
        if best is None or pairs[best] < LEAST:
            break
        merges.append(best)
        joined: Counter[tuple[str, ...]] = Counter()
        for word, times in words.items():
            joined[_join(word, best)] += times
        words = joined
    return merges


def split(text: str, ranks: Mapping[Pair, int]) -> list[str]:
    """The symbols of a text; together they are the text again."""
    if not ranks:
        return list(text)
    symbols: list[str] = []
    for chunk in CHUNK.findall(text):
        word = tuple(chunk)
        while found := [pair for pair in itertools.pairwise(word) if pair in ranks]:
            word = _join(word, min(found, key=ranks.__getitem__))
        symbols += word
    return symbols


def _join(word: tuple[str, ...], pair: Pair) -> tuple[str, ...]:
    made: list[str] = []
    for symbol in word:
        if made and (made[-1], symbol) == pair:
            made[-1] += symbol
        else:
            made.append(symbol)
    return tuple(made)
