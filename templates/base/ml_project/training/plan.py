"""How a network's training is divided into epochs, batches and steps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ml_project.settings import TrainerSettings
from ml_project.training.schedule import choose_batch_size
from ml_project.training.world import World


@dataclass(frozen=True)
class Plan:
    epochs: int
    batch_size: int
    batches: int  # in one epoch
    trainer: TrainerSettings
    seed: int
    world: World

    @property
    def total_steps(self) -> int:
        return self.epochs * math.ceil(self.batches / self.trainer.accumulate)

    @property
    def peak(self) -> float:
        one = self.epochs == 1
        return self.trainer.one_epoch_learning_rate if one else self.trainer.learning_rate


def make_plan(rows: int, trainer: TrainerSettings, seed: int, world: World, limit: int) -> Plan:
    """`limit` caps the batches of an epoch; 0 is no cap."""
    chosen = trainer.batch_size or choose_batch_size(rows, trainer.epochs)
    batch_size = max(1, min(chosen, rows // world.size)) if world.size == 1 else chosen
    batches = math.ceil(rows / batch_size)
    batches = min(batches, limit) if limit else batches
    return Plan(trainer.epochs, batch_size, batches, trainer, seed, world)
