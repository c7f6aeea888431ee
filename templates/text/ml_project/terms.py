"""The terms of a text: its words, pairs of words, and runs of two to five characters."""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter
from collections.abc import Iterator

from ml_project.values import is_missing, words

RUNS = range(2, 6)
# Words and runs share one vocabulary; the mark keeps them apart. No text holds it.
MARK = "\x00"


def normalise(value: object) -> str:
    """One form for full and half width, case and white space."""
    if is_missing(value):
        return ""
    return " ".join(unicodedata.normalize("NFKC", str(value)).lower().replace(MARK, " ").split())


def count_terms(value: object) -> Counter[str]:
    return Counter(_terms(normalise(value)))


def _terms(text: str) -> Iterator[str]:
    found = words(text)
    yield from (MARK + word for word in found)
    yield from (f"{MARK}{a} {b}" for a, b in itertools.pairwise(found))
    framed = f" {text} "
    for size in RUNS:
        yield from (framed[i : i + size] for i in range(len(framed) - size + 1))
