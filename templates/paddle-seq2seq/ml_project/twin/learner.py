"""The twin of training/learner.py: the same epochs by Paddle."""

from __future__ import annotations

from collections.abc import Sequence

import paddle
import torch
from paddle import Tensor

from ml_project.models.predictor import Predictor
from ml_project.symbols import PAD
from ml_project.training.examples import Examples
from ml_project.training.learner import SCORED_AT_ONCE, Learner, Rows, epoch_batches
from ml_project.training.plan import Plan
from ml_project.training.schedule import learning_rate
from ml_project.training.state import Progress
from ml_project.training.tally import Tally
from ml_project.twin.checkpoint import twin_of
from ml_project.twin.model import TwinModel
from ml_project.twin.optimiser import TwinOptimiser
from ml_project.twin.weights import give_weights, take_weights
from ml_project.twin.world import average_gradients, use_amp

CPU = torch.device("cpu")


class TwinLearner(Learner):
    """Between epochs `predictor` holds the weights, in PyTorch; Paddle trains them."""

    def __init__(self, predictor: Predictor, rows: Rows, plan: Plan) -> None:
        self.predictor = predictor
        self.rows = rows
        self.plan = plan
        self.twin = twin_of(predictor)
        paddle.base.core.set_num_threads(plan.trainer.threads)  # by itself it takes one
        self.optimiser = TwinOptimiser(self.twin, plan.trainer)

    def model(self) -> TwinModel:
        return TwinModel(self.predictor)

    def run_epoch(self, progress: Progress) -> Tally:
        """The batches are those of PyTorch with the same seed."""
        plan, size = self.plan, self.plan.trainer.accumulate
        seed = plan.seed * 100_003 + progress.epoch
        torch.manual_seed(seed)
        paddle.seed(seed)
        batches = epoch_batches(self.rows.train, plan)
        take_weights(self.twin, self.predictor)
        self.twin.train()
        tally = Tally()
        for first in range(0, len(batches), size):
            rate = learning_rate(progress.step, plan.total_steps, plan.peak)
            self._step(batches[first : first + size], rate, tally)
            progress.step += 1
        give_weights(self.twin, self.predictor)
        return tally

    def _step(self, group: list[Sequence[int]], rate: float, tally: Tally) -> None:
        for rows in group:
            source, before, target = _batch(self.rows.train, rows)
            with paddle.amp.auto_cast(use_amp(self.plan), dtype="bfloat16"):
                logits = self.twin.network(source, before)
            loss = self.twin.loss(logits, target)
            (loss / len(group)).backward()
            tally.add(float(loss), *_hits(logits, target))
        average_gradients(self.twin, self.plan.world.size)
        self.optimiser.step(rate)

    def validate(self) -> Tally:
        self.twin.eval()
        valid, tally = self.rows.valid, Tally()
        with paddle.no_grad():
            for rows in valid.by_length(range(len(valid)), SCORED_AT_ONCE):
                source, before, target = _batch(valid, rows)
                logits = self.twin.network(source, before)
                tally.add(float(self.twin.loss(logits, target)), *_hits(logits, target))
        return tally


def _batch(examples: Examples, rows: Sequence[int]) -> list[Tensor]:
    return [paddle.to_tensor(part.numpy()) for part in examples.batch(rows, CPU)]


def _hits(logits: Tensor, target: Tensor) -> tuple[int, int]:
    """How many symbols are guessed rightly, and how many there are."""
    known = target != PAD
    right = paddle.logical_and(logits.argmax(axis=2) == target, known)
    return int(right.sum()), int(known.sum())
