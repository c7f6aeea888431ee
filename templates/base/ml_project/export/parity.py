"""Does the exported graph answer as the trained model does?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ml_project.features import Matrix

BATCHES = (1, 7, 64)
TOLERANCE = 1e-4  # times the size of the largest answer where that exceeds 1
Predict = Callable[[Matrix], Matrix]


def check_parity(expected: Predict, exported: Predict, x: Matrix, seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    worst, largest = 0.0, 1.0
    for batch in BATCHES:
        mixed = _mixed(x, batch, random)
        want, got = expected(mixed), exported(mixed)
        if want.shape != got.shape:
            raise ValueError(f"batch {batch}: the export gives {got.shape}, not {want.shape}")
        worst = max(worst, float(np.abs(want - got).max()))
        largest = max(largest, float(np.abs(want).max()))
    tolerance = TOLERANCE * largest
    return {
        "batches": list(BATCHES),
        "max_abs_difference": worst,
        "tolerance": tolerance,
        "passed": bool(worst <= tolerance),
    }


def _mixed(x: Matrix, batch: int, random: np.random.Generator) -> Matrix:
    """Rows mixed cell by cell, so that they are new but each cell is possible."""
    flat = x.reshape(len(x), -1)
    rows = random.integers(0, len(flat), (batch, flat.shape[1]))
    mixed = np.take_along_axis(flat, rows, axis=0).reshape(batch, *x.shape[1:])
    return np.ascontiguousarray(mixed, dtype=np.float32)
