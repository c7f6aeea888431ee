"""Trains the weights of a network, an epoch at a time."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ml_project.models.predictor import NetworkModel, Predictor
from ml_project.training.examples import Examples
from ml_project.training.optimiser import new_optimiser
from ml_project.training.plan import Plan
from ml_project.training.schedule import learning_rate
from ml_project.training.state import Progress


class Learner:
    """Between epochs `predictor` holds the weights."""

    def __init__(self, predictor: Predictor, examples: Examples, plan: Plan) -> None:
        device = plan.world.device
        self.x, self.y = examples.tensors(device, predictor.classes)
        self.predictor = predictor.to(device)
        self.plan = plan
        self.optimiser = new_optimiser(predictor, plan.trainer)
        self.network = plan.world.wrap(predictor.network)

    def model(self) -> NetworkModel:
        return NetworkModel(self.predictor)

    def run_epoch(self, progress: Progress) -> float:
        """The mean loss of the epoch's batches. Seeding each epoch makes it repeatable alone."""
        plan = self.plan
        torch.manual_seed(plan.seed * 100_003 + progress.epoch)
        batches = epoch_batches(len(self.x), plan)
        self.predictor.train()
        total = torch.zeros((), device=plan.world.device)
        for first in range(0, len(batches), plan.trainer.accumulate):
            rate = learning_rate(progress.step, plan.total_steps, plan.peak)
            for loss in self._step(batches[first : first + plan.trainer.accumulate], rate):
                total += loss
            progress.step += 1
        return float(total) / math.ceil(len(batches) / plan.trainer.accumulate)

    def _step(self, group: list[Tensor], rate: float) -> list[Tensor]:
        """The losses of the batches whose gradients make one step."""
        plan, predictor = self.plan, self.predictor
        losses: list[Tensor] = []
        for settings in self.optimiser.param_groups:
            settings["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        for rows in group:
            with torch.autocast("cuda", torch.bfloat16, enabled=_use_amp(plan)):
                loss = predictor.loss(self.network(self.x[rows]), self.y[rows]) / len(group)
            loss.backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach())
        nn.utils.clip_grad_norm_(predictor.parameters(), plan.trainer.clip_norm)
        self.optimiser.step()
        return losses


def epoch_batches(rows: int, plan: Plan) -> list[Tensor]:
    """Each process takes an equal share of every batch."""
    order = torch.randperm(rows).to(plan.world.device)
    size, rank = plan.world.size, plan.world.rank
    batches = list(order.split(plan.batch_size))[: plan.batches]
    return [rows[: len(rows) // size * size][rank::size] for rows in batches if len(rows) >= size]


def _use_amp(plan: Plan) -> bool:
    return plan.trainer.amp and plan.world.device.type == "cuda"
