"""Which words texts are made of, for a later comparison with others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ml_project.distributions import numbers
from ml_project.values import words

FREQUENT = 100


def describe_words(texts: Sequence[object]) -> dict[str, Any]:
    """The most frequent words, and of each text the share that they are: texts of other words,
    of another subject or language, show in it whatever their length."""
    found = [words(text) for text in texts]
    counted = Counter(word for text in found for word in text)
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    terms = [word for word, _ in ranked[:FREQUENT]]
    known = set(terms)
    shares = [sum(word in known for word in text) / len(text) for text in found if text]
    return {"terms": terms, "familiar": numbers(shares)}
