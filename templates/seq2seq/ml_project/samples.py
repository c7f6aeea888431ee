"""Texts as a caller of the service would send them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ml_project.errors import UsageError
from ml_project.pairs import Pairs

SAMPLES = 50


def sample_inputs(pairs: Pairs, seed: int) -> list[str]:
    order = np.random.default_rng(seed).permutation(len(pairs))[:SAMPLES]
    return [pairs.sources[row] for row in order]


def record_reader(info: dict[str, Any]) -> Callable[[dict[str, str]], str]:
    """Finds the text of a record of a CSV file."""
    column = next(item["name"] for item in info["columns"] if item["role"] == "source")

    def read(record: dict[str, str]) -> str:
        if column not in record:
            raise UsageError(f"column {column!r} is missing; there are: {', '.join(record)}")
        return record[column]

    return read
