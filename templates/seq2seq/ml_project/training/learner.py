"""Trains the weights of a network, an epoch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ml_project.models.predictor import NetworkModel, Predictor
from ml_project.symbols import PAD
from ml_project.training.examples import Examples
from ml_project.training.optimiser import new_optimiser
from ml_project.training.plan import Plan
from ml_project.training.schedule import learning_rate
from ml_project.training.state import Progress
from ml_project.training.tally import Tally

SCORED_AT_ONCE = 128


@dataclass(frozen=True)
class Rows:
    train: Examples
    valid: Examples


class Learner:
    """Between epochs `predictor` holds the weights."""

    def __init__(self, predictor: Predictor, rows: Rows, plan: Plan) -> None:
        self.predictor = predictor.to(plan.world.device)
        self.rows = rows
        self.plan = plan
        self.optimiser = new_optimiser(predictor, plan.trainer)
        self.network = plan.world.wrap(predictor.network)

    def model(self) -> NetworkModel:
        return NetworkModel(self.predictor)

    def run_epoch(self, progress: Progress) -> Tally:
        """Seeding each epoch makes it repeatable alone."""
        plan, size = self.plan, self.plan.trainer.accumulate
        torch.manual_seed(plan.seed * 100_003 + progress.epoch)
        batches = epoch_batches(self.rows.train, plan)
        self.predictor.train()
        tally = Tally()
        for first in range(0, len(batches), size):
            rate = learning_rate(progress.step, plan.total_steps, plan.peak)
            self._step(batches[first : first + size], rate, tally)
            progress.step += 1
        return tally

    def _step(self, group: list[Sequence[int]], rate: float, tally: Tally) -> None:
        plan, predictor = self.plan, self.predictor
        for settings in self.optimiser.param_groups:
            settings["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        for rows in group:
            source, before, target = self.rows.train.batch(rows, plan.world.device)
            with torch.autocast("cuda", torch.bfloat16, enabled=_use_amp(plan)):
                logits = self.network(source, before)
                loss = predictor.loss(logits, target)
            (loss / len(group)).backward()  # type: ignore[no-untyped-call]
            tally.add(float(loss.detach()), *_hits(logits, target))
        nn.utils.clip_grad_norm_(predictor.parameters(), plan.trainer.clip_norm)
        self.optimiser.step()

    def validate(self) -> Tally:
        self.predictor.eval()
        valid, tally = self.rows.valid, Tally()
        with torch.inference_mode():
            for rows in valid.by_length(range(len(valid)), SCORED_AT_ONCE):
                source, before, target = valid.batch(rows, self.plan.world.device)
                logits = self.predictor.network(source, before)
                tally.add(float(self.predictor.loss(logits, target)), *_hits(logits, target))
        return tally


def _hits(logits: Tensor, target: Tensor) -> tuple[int, int]:
    """How many symbols are guessed rightly, and how many there are."""
    known = target != PAD
    return int(((logits.argmax(dim=2) == target) & known).sum()), int(known.sum())


def epoch_batches(train: Examples, plan: Plan) -> list[Sequence[int]]:
    """In random order; each process takes an equal share of every batch."""
    batches = train.by_length(torch.randperm(len(train)).tolist(), plan.batch_size)
    chosen = [batches[i] for i in torch.randperm(len(batches)).tolist()][: plan.batches]
    size, rank = plan.world.size, plan.world.rank
    return [rows[: len(rows) // size * size][rank::size] for rows in chosen if len(rows) >= size]


def _use_amp(plan: Plan) -> bool:
    return plan.trainer.amp and plan.world.device.type == "cuda"
