"""How the texts are distributed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ml_project.distributions import numbers, rounded
from ml_project.schema import Column
from ml_project.text_mix import describe_words
from ml_project.values import is_missing, words


def describe_column(column: Column, cells: Sequence[object]) -> dict[str, Any]:
    """By their number of words (of Chinese, of characters) and by which words these are."""
    missing = sum(1 for cell in cells if is_missing(cell)) / max(1, len(cells))
    lengths = [float(len(words(cell))) for cell in cells]
    return {
        "name": column.name,
        "role": column.role,
        "missing": rounded(missing),
        **numbers(lengths),
        **describe_words(cells),
    }
