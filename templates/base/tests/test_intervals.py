from __future__ import annotations

import numpy as np
import pytest

from ml_project.intervals import interval_offsets

RANDOM = np.random.default_rng(5)


def test_intervals_cover_new_residuals() -> None:
    offsets = interval_offsets(RANDOM.normal(size=2000), 0.9)
    later = RANDOM.normal(size=5000)
    covered = ((later >= offsets["low"]) & (later <= offsets["high"])).mean()
    assert covered == pytest.approx(0.9, abs=0.03)


def test_few_residuals_still_cover() -> None:
    covered: list[bool] = []
    for _ in range(400):
        offsets = interval_offsets(RANDOM.normal(size=6), 0.9)
        covered.append(offsets["low"] <= RANDOM.normal() <= offsets["high"])
    assert np.mean(covered) > 0.85
