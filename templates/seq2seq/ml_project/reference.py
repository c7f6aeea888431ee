"""What the training texts looked like, for comparison with the texts that a service meets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ml_project.distributions import joint, numbers
from ml_project.features import Features
from ml_project.pairs import Pairs
from ml_project.text_mix import describe_words


def make_reference(features: Features, pairs: Pairs, answers: Sequence[str]) -> dict[str, Any]:
    """Of the sources their length in characters and the share of uncommon ones, each alone and
    both together; of the answers their length."""
    measures = features.measures(pairs.sources)
    column = {
        "name": features.column,
        "role": "source",
        "missing": 0.0,
        **numbers(measures[:, 0].tolist()),
        "uncommon_characters": numbers(measures[:, 1].tolist()),
        **describe_words(pairs.sources),
    }
    return {
        "n": len(pairs),
        "columns": [column],
        "features": joint(measures),
        "prediction": numbers([float(len(answer)) for answer in answers]),
    }
