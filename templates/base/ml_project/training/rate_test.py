"""The learning-rate range test (Smith, "Cyclical Learning Rates for Training Neural Networks",
2017): the rate rises by a constant factor from step to step until the loss runs away."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn

from ml_project.settings import TrainerSettings
from ml_project.training.optimiser import new_optimiser
from ml_project.training.rehearsal import Rehearsal

LOWEST, HIGHEST = 1e-5, 1.0
STEPS = 120
SMOOTHING = 0.9
RUNS_AWAY = 4.0  # times the least loss so far
BELOW_LEAST = 10  # the rate of the least loss is already at the edge: take a tenth


@dataclass(frozen=True)
class RateTest:
    curve: list[tuple[float, float]]  # rate, smoothed loss

    @property
    def suggested(self) -> float:
        """A peak for the one-cycle schedule, to one significant digit."""
        rate, _ = min(self.curve, key=lambda point: point[1])
        return float(f"{rate / BELOW_LEAST:.0e}")


def range_test(
    rehearsal: Rehearsal, trainer: TrainerSettings, batch_size: int, seed: int
) -> RateTest:
    """Changes the weights of the network."""
    optimiser = new_optimiser(rehearsal.predictor, trainer)
    draw = torch.Generator().manual_seed(seed)
    curve: list[tuple[float, float]] = []
    mean = 0.0
    for step in range(STEPS):
        rate = LOWEST * (HIGHEST / LOWEST) ** (step / (STEPS - 1))
        for settings in optimiser.param_groups:
            settings["lr"] = rate
        rows = torch.randint(rehearsal.rows, (batch_size,), generator=draw).tolist()
        optimiser.zero_grad(set_to_none=True)
        loss = rehearsal.loss(rows)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(rehearsal.predictor.parameters(), trainer.clip_norm)
        optimiser.step()
        mean = SMOOTHING * mean + (1 - SMOOTHING) * float(loss.detach())
        smoothed = mean / (1 - SMOOTHING ** (step + 1))
        if not math.isfinite(smoothed) or _runs_away(smoothed, curve):
            break
        curve.append((rate, smoothed))
    return RateTest(curve)


def _runs_away(loss: float, curve: list[tuple[float, float]]) -> bool:
    return bool(curve) and loss > RUNS_AWAY * min(value for _, value in curve)
