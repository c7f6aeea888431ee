"""Where things stand in a row of the matrix that every model takes.

First the last known value (the anchor) and the spread of the series, both in the target's unit.
Then what all steps of the forecast share, the earlier values first. Then a block for each step.
All but the first two are relative: a model forecasts how many spreads a step lies from the anchor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ANCHOR, SPREAD, FIRST = 0, 1, 2
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Layout:
    """`lags` are the first of the `shared` columns, `seasons` the first of each `block`."""

    horizon: int
    lags: int
    shared: int
    block: int
    seasons: int

    @property
    def width(self) -> int:
        return FIRST + self.shared + self.horizon * self.block

    def block_start(self, step: int) -> int:
        return FIRST + self.shared + step * self.block

    def columns(self, step: int) -> list[int]:
        """What the forecast of one step is made from; the first step is number 0."""
        start = self.block_start(step)
        return [*range(FIRST, FIRST + self.shared), *range(start, start + self.block)]


def relative(x: Floats, y: Floats) -> Floats:
    """From the target's unit to spreads from the anchor."""
    return (y - x[:, ANCHOR, None]) / x[:, SPREAD, None]


def absolute(x: Floats, z: Floats) -> Floats:
    return x[:, ANCHOR, None] + x[:, SPREAD, None] * z
