"""The twin of training/learner.py: the same epochs by Paddle."""

from __future__ import annotations

import math

import paddle
import torch

from ml_project.models.predictor import Predictor
from ml_project.training.examples import Examples
from ml_project.training.learner import Learner, epoch_batches
from ml_project.training.plan import Plan
from ml_project.training.schedule import learning_rate
from ml_project.training.state import Progress
from ml_project.twin.checkpoint import twin_of
from ml_project.twin.model import TwinModel
from ml_project.twin.optimiser import TwinOptimiser
from ml_project.twin.weights import give_weights, take_weights
from ml_project.twin.world import average_gradients, use_amp


class TwinLearner(Learner):
    """Between epochs `predictor` holds the weights, in PyTorch; Paddle trains them."""

    def __init__(self, predictor: Predictor, examples: Examples, plan: Plan) -> None:
        x, y = examples.tensors(torch.device("cpu"), predictor.classes)
        self.x, self.y = paddle.to_tensor(x.numpy()), paddle.to_tensor(y.numpy())
        self.predictor = predictor
        self.plan = plan
        self.twin = twin_of(predictor)
        paddle.base.core.set_num_threads(plan.trainer.threads)  # by itself it takes one
        self.optimiser = TwinOptimiser(self.twin, plan.trainer)

    def model(self) -> TwinModel:
        return TwinModel(self.predictor)

    def run_epoch(self, progress: Progress) -> float:
        """The mean loss of the epoch's batches, which are those of PyTorch with the same seed."""
        plan, size = self.plan, self.plan.trainer.accumulate
        seed = plan.seed * 100_003 + progress.epoch
        torch.manual_seed(seed)
        paddle.seed(seed)
        batches = [paddle.to_tensor(rows.numpy()) for rows in epoch_batches(len(self.x), plan)]
        take_weights(self.twin, self.predictor)
        self.twin.train()
        total = 0.0
        for first in range(0, len(batches), size):
            total += self._batches(batches[first : first + size], progress.step)
            progress.step += 1
        give_weights(self.twin, self.predictor)
        return total / math.ceil(len(batches) / size)

    def _batches(self, group: list[paddle.Tensor], step: int) -> float:
        plan = self.plan
        total = 0.0
        for rows in group:
            with paddle.amp.auto_cast(use_amp(plan), dtype="bfloat16"):
                raw = self.twin.network(self.x[rows])
            loss = self.twin.loss(raw, self.y[rows]) / len(group)
            loss.backward()
            total += float(loss)
        average_gradients(self.twin, plan.world.size)
        self.optimiser.step(learning_rate(step, plan.total_steps, plan.peak))
        return total
