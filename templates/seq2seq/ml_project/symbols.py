"""The numbers of one side's symbols: characters, and the runs of them that merges made."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ml_project.merges import Pair, learn_merges, split

PAD, UNKNOWN, START, END = range(4)
SPECIAL = 4  # numbers that stand for no symbol


@dataclass(frozen=True)
class Symbols:
    """The most frequent symbols first. Unknown ones of a text share a number."""

    names: list[str]
    merges: list[Pair]

    @cached_property
    def numbers(self) -> dict[str, int]:
        return {name: SPECIAL + i for i, name in enumerate(self.names)}

    @cached_property
    def ranks(self) -> dict[Pair, int]:
        return {pair: i for i, pair in enumerate(self.merges)}

    def __len__(self) -> int:
        return SPECIAL + len(self.names)

    def encode(self, text: str) -> list[int]:
        return [self._number(symbol) for symbol in split(text, self.ranks)] + [END]

    def decode(self, numbers: Iterable[int]) -> str:
        return "".join(self.names[number - SPECIAL] for number in numbers if number >= SPECIAL)

    def _number(self, symbol: str) -> int:
        """A rare letter with marks counts as the letter alone, where that is known."""
        found = self.numbers.get(symbol)
        if found is None:
            found = self.numbers.get(unicodedata.normalize("NFD", symbol)[0], UNKNOWN)
        return found


def fit_symbols(texts: Sequence[str], merges: int, least: int, most: int) -> Symbols:
    """`least`: the texts in which a symbol must occur to have a number of its own."""
    learnt = learn_merges(texts, merges)
    ranks = {pair: i for i, pair in enumerate(learnt)}
    found = Counter(symbol for text in texts for symbol in {*split(text, ranks), *text})
    known = [symbol for symbol, count in found.items() if count >= least]
    return Symbols(sorted(known, key=lambda symbol: (-found[symbol], symbol))[:most], learnt)
