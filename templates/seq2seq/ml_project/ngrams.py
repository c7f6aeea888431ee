"""Which number follows which, by absolute discounting (Ney, Essen & Kneser 1994)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Gram = tuple[int, ...]
DISCOUNT = 0.8  # taken from each count and given to what was not seen there


def count_grams(sequences: Iterable[Sequence[int]], order: int) -> dict[Gram, int]:
    """All runs of at most `order` numbers that end behind the first; shorter ones first."""
    counts: Counter[Gram] = Counter()
    for sequence in sequences:
        for end in range(2, len(sequence) + 1):
            for size in range(1, min(order, end) + 1):
                counts[tuple(sequence[end - size : end])] += 1
    return {gram: counts[gram] for gram in sorted(counts, key=lambda gram: (len(gram), gram))}


def discount(counts: dict[Gram, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For each gram the log-probability of its last number after the others; and what a number
    pays, as a logarithm, that was not seen after the gram and is asked of a shorter one."""
    totals: Counter[Gram] = Counter()
    kinds: Counter[Gram] = Counter()
    for gram, count in counts.items():
        totals[gram[:-1]] += count
        kinds[gram[:-1]] += 1
    chances: dict[Gram, float] = {}
    for gram, count in counts.items():
        before = gram[:-1]
        shorter = chances[gram[1:]] if before else 1 / (kinds[()] + 1)
        rest = DISCOUNT * kinds[before] * shorter
        chances[gram] = (count - DISCOUNT + rest) / totals[before]
    costs = [
        math.log(DISCOUNT * kinds[gram] / totals[gram]) if gram in totals else 0.0
        for gram in counts
    ]
    logs = np.log(np.array([*chances.values()]))
    return logs.astype(np.float32), np.array(costs, dtype=np.float32)
