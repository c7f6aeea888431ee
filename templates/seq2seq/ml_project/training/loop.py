"""Trains a network: seeded, one-cycle, early stopping on validation, resumable."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ml_project.models.predictor import Predictor
from ml_project.symbols import PAD
from ml_project.training.examples import Examples
from ml_project.training.optimiser import new_optimiser
from ml_project.training.plan import Plan
from ml_project.training.schedule import learning_rate
from ml_project.training.state import Progress, StateFile

LOG = logging.getLogger(__name__)
SCORED_AT_ONCE = 128
OnEpoch = Callable[[Progress], None]


@dataclass(frozen=True)
class Rows:
    train: Examples
    valid: Examples


@dataclass
class Tally:
    """Loss and correct guesses of many symbols, each from the true ones before it."""

    loss: float = 0.0
    hits: int = 0
    symbols: int = 0

    def add(self, loss: Tensor, logits: Tensor, target: Tensor) -> None:
        known = target != PAD
        count = int(known.sum())
        self.loss += float(loss.detach()) * count
        self.hits += int(((logits.argmax(dim=2) == target) & known).sum())
        self.symbols += count

    def row(self, progress: Progress, split: str) -> dict[str, object]:
        place = {"epoch": progress.epoch, "step": progress.step, "split": split}
        mean = self.loss / self.symbols
        if not math.isfinite(mean):
            raise FloatingPointError(f"the {split} loss is {mean} in epoch {progress.epoch}")
        return {**place, "loss": mean, "symbol_accuracy": self.hits / self.symbols}


def train_network(
    predictor: Predictor,
    rows: Rows,
    plan: Plan,
    state: StateFile,
    on_epoch: OnEpoch | None = None,
) -> Progress:
    """Leaves the weights of the best epoch in `predictor`."""
    predictor.to(plan.world.device)
    optimiser = new_optimiser(predictor, plan.trainer)
    network = plan.world.wrap(predictor.network)
    progress = state.load(predictor, optimiser)
    while progress.epoch < plan.epochs and not _exhausted(progress, plan):
        progress.epoch += 1
        progress.history.append(
            _run_epoch(predictor, network, optimiser, rows.train, progress, plan)
        )
        _validate(predictor, rows.valid, progress, plan)
        if plan.world.is_main:
            state.save(progress, predictor, optimiser)
        if on_epoch is not None:
            on_epoch(progress)
    if plan.world.is_main:
        state.save(progress, predictor, optimiser, last=True)
    predictor.load_state_dict(progress.best_state)
    return progress


def _run_epoch(
    predictor: Predictor,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    train: Examples,
    progress: Progress,
    plan: Plan,
) -> dict[str, object]:
    """Seeding each epoch makes it repeatable alone."""
    torch.manual_seed(plan.seed * 100_003 + progress.epoch)
    batches = _batches(train, plan)
    predictor.train()
    tally = Tally()
    for first in range(0, len(batches), plan.trainer.accumulate):
        group = batches[first : first + plan.trainer.accumulate]
        rate = learning_rate(progress.step, plan.total_steps, plan.peak)
        for settings in optimiser.param_groups:
            settings["lr"] = rate
        optimiser.zero_grad(set_to_none=True)
        for rows in group:
            source, before, target = train.batch(rows, plan.world.device)
            with torch.autocast("cuda", torch.bfloat16, enabled=_use_amp(plan)):
                logits = network(source, before)
                loss = predictor.loss(logits, target)
            (loss / len(group)).backward()  # type: ignore[no-untyped-call]
            tally.add(loss, logits, target)
        nn.utils.clip_grad_norm_(predictor.parameters(), plan.trainer.clip_norm)
        optimiser.step()
        progress.step += 1
    return tally.row(progress, "train")


def _use_amp(plan: Plan) -> bool:
    return plan.trainer.amp and plan.world.device.type == "cuda"


def _batches(train: Examples, plan: Plan) -> list[Sequence[int]]:
    """In random order; each process takes an equal share of every batch."""
    batches = train.by_length(torch.randperm(len(train)).tolist(), plan.batch_size)
    chosen = [batches[i] for i in torch.randperm(len(batches)).tolist()][: plan.batches]
    size, rank = plan.world.size, plan.world.rank
    return [rows[: len(rows) // size * size][rank::size] for rows in chosen if len(rows) >= size]


def _validate(predictor: Predictor, valid: Examples, progress: Progress, plan: Plan) -> None:
    predictor.eval()
    tally = Tally()
    with torch.inference_mode():
        for rows in valid.by_length(range(len(valid)), SCORED_AT_ONCE):
            source, before, target = valid.batch(rows, plan.world.device)
            logits = predictor.network(source, before)
            tally.add(predictor.loss(logits, target), logits, target)
    row = tally.row(progress, "valid")
    loss = plan.world.agree(tally.loss / tally.symbols)
    progress.history.append(row)
    if loss < progress.best_loss:
        progress.best_loss, progress.best_epoch = loss, progress.epoch
        weights = predictor.state_dict()
        progress.best_state = {key: value.detach().clone() for key, value in weights.items()}
    before_it = progress.history[-2]["loss"]
    LOG.info("epoch %d: loss %.4f, validation %.4f", progress.epoch, before_it, loss)


def _exhausted(progress: Progress, plan: Plan) -> bool:
    return progress.epoch - progress.best_epoch >= plan.trainer.patience
