"""AdamW with weight decay where it helps."""

from __future__ import annotations

import torch
from torch import Tensor

from ml_project.models.predictor import Predictor
from ml_project.settings import TrainerSettings

BETAS = (0.9, 0.99)


def new_optimiser(predictor: Predictor, trainer: TrainerSettings) -> torch.optim.AdamW:
    """Weight decay acts on matrices, not on biases, scales and embeddings."""
    weights = [w for name, w in predictor.named_parameters() if decays(name, w)]
    others = [w for name, w in predictor.named_parameters() if not decays(name, w)]
    groups = [
        {"params": weights, "weight_decay": trainer.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=trainer.learning_rate, betas=BETAS, fused=True)


def decays(name: str, weight: Tensor) -> bool:
    return weight.ndim > 1 and not any(part in name for part in ("bias", "scale", "embeddings"))
