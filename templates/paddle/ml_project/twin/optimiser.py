"""The twin of training/optimiser.py: AdamW with the same numbers."""

from __future__ import annotations

import paddle
import torch
from paddle import nn
from paddle.utils import unique_name

from ml_project.settings import TrainerSettings
from ml_project.training.optimiser import BETAS, decays


class TwinOptimiser:
    """Its state is given and taken as tensors of torch, which the state file holds."""

    def __init__(self, twin: nn.Layer, trainer: TrainerSettings) -> None:
        trained = [(name, w) for name, w in twin.named_parameters() if not w.stop_gradient]
        decaying = {weight.name for name, weight in trained if decays(name, weight)}
        self.adam = paddle.optimizer.AdamW(
            trainer.learning_rate,
            *BETAS,
            parameters=[weight for _, weight in trained],
            weight_decay=trainer.weight_decay,
            apply_decay_param_fun=decaying.__contains__,
            grad_clip=nn.ClipGradByGlobalNorm(trainer.clip_norm),
        )

    def step(self, rate: float) -> None:
        self.adam.set_lr(rate)
        with unique_name.guard():  # a resumed training finds its state by name
            self.adam.step()
        self.adam.clear_grad(set_to_zero=False)

    def state_dict(self) -> dict[str, torch.Tensor]:
        state = self.adam.state_dict()
        return {name: torch.from_numpy(value.numpy()) for name, value in state.items()}

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        given = {name: paddle.to_tensor(value.numpy()) for name, value in state.items()}
        self.adam.set_state_dict(given)
