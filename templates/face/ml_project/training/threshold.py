"""The threshold that comparisons of known people show for what is asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml_project.decision import choose_threshold
from ml_project.metrics import curve_of
from ml_project.predictions import Predictions
from ml_project.settings import Settings


def threshold_of(settings: Settings, parts: Sequence[Predictions]) -> float:
    """Of all parts together; pairs never reach from one part to another."""
    trainer = settings.trainer
    same = np.concatenate([part.pairs.same[~part.pairs.search] for part in parts])
    similarity = np.concatenate([part.similarity[~part.pairs.search] for part in parts])
    return choose_threshold(
        curve_of(same, similarity.astype(np.float64)),
        impostors=sum(part.couples() for part in parts),
        people=sum(len(set(part.names)) for part in parts),
        far=trainer.asked_false_accept_rate,
        tar=trainer.asked_true_accept_rate,
        accuracy=trainer.asked_accuracy,
    )
