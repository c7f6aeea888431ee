"""Does the exported graph answer as the trained model does?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tabular_project.features import Matrix

BATCHES = (1, 7, 64)
TOLERANCE = 1e-4  # times the size of the largest answer where that exceeds 1
Predict = Callable[[Matrix], Matrix]


def check_parity(expected: Predict, exported: Predict, x: Matrix, seed: int) -> dict[str, Any]:
    """Rows are mixed column by column, so that they are new but each cell is possible."""
    random = np.random.default_rng(seed)
    worst, largest = 0.0, 1.0
    for batch in BATCHES:
        mixed = np.column_stack([random.choice(column, batch) for column in x.T])
        mixed = np.ascontiguousarray(mixed, dtype=np.float32)
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
