"""How large a batch and a step are."""

from __future__ import annotations

import math

STEPS = 1100  # of a network; larger batches use a processor better than more steps do
SMALLEST, LARGEST = 8, 256
SMALLEST_IN_ONE_EPOCH = 4  # a single pass over little data needs every step it can get
WARM_UP = 0.2
LAST = 0.01


def choose_batch_size(rows: int, epochs: int) -> int:
    """A power of two with which the whole training takes about STEPS steps."""
    wanted = max(1.0, rows * epochs / STEPS)
    smallest = SMALLEST_IN_ONE_EPOCH if epochs == 1 else SMALLEST
    return min(LARGEST, max(smallest, 2 ** math.floor(math.log2(wanted))))


def learning_rate(step: int, total: int, peak: float) -> float:
    """One cycle: a linear rise, then half a cosine down. A function of the step alone, so
    that a resumed training needs no state of it."""
    rise = max(1, round(total * WARM_UP))
    if step < rise:
        return peak * (step + 1) / (rise + 1)
    progress = (step - rise) / max(1, total - rise)
    return peak * (LAST + (1 - LAST) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))
