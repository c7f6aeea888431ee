"""Trains a network: seeded, one-cycle, early stopping on validation, resumable."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from ml_project.models.predictor import NetworkModel, Predictor
from ml_project.predictions import score
from ml_project.schema import Schema
from ml_project.training.examples import Examples
from ml_project.training.optimiser import new_optimiser
from ml_project.training.plan import Plan
from ml_project.training.schedule import learning_rate
from ml_project.training.state import Progress, StateFile

LOG = logging.getLogger(__name__)
SCORED_ROWS = 10_000
OnEpoch = Callable[[Progress], None]


def train_network(
    predictor: Predictor,
    examples: Examples,
    schema: Schema,
    plan: Plan,
    state: StateFile,
    on_epoch: OnEpoch | None = None,
) -> Progress:
    """Leaves the weights of the best epoch in `predictor`."""
    device = plan.world.device
    x, y = examples.tensors(device, predictor.classes)
    predictor.to(device)
    optimiser = new_optimiser(predictor, plan.trainer)
    network = plan.world.wrap(predictor.network)
    progress = state.load(predictor, optimiser)
    while progress.epoch < plan.epochs and not _exhausted(progress, plan):
        progress.epoch += 1
        loss = _run_epoch(predictor, network, optimiser, (x, y), progress, plan)
        _validate(predictor, examples, schema, progress, loss, plan)
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
    data: tuple[Tensor, Tensor],
    progress: Progress,
    plan: Plan,
) -> float:
    """The mean loss of the epoch's batches. Seeding each epoch makes it repeatable alone."""
    torch.manual_seed(plan.seed * 100_003 + progress.epoch)
    batches = _batches(len(data[0]), plan)
    predictor.train()
    total = torch.zeros((), device=plan.world.device)
    for first in range(0, len(batches), plan.trainer.accumulate):
        group = batches[first : first + plan.trainer.accumulate]
        rate = learning_rate(progress.step, plan.total_steps, plan.peak)
        for settings in optimiser.param_groups:
            settings["lr"] = rate
        optimiser.zero_grad(set_to_none=True)
        for rows in group:
            with torch.autocast("cuda", torch.bfloat16, enabled=_use_amp(plan)):
                loss = predictor.loss(network(data[0][rows]), data[1][rows]) / len(group)
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
        nn.utils.clip_grad_norm_(predictor.parameters(), plan.trainer.clip_norm)
        optimiser.step()
        progress.step += 1
    mean = float(total) / math.ceil(len(batches) / plan.trainer.accumulate)
    if not math.isfinite(mean):
        raise FloatingPointError(f"the training loss is {mean} in epoch {progress.epoch}")
    return mean


def _use_amp(plan: Plan) -> bool:
    return plan.trainer.amp and plan.world.device.type == "cuda"


def _batches(rows: int, plan: Plan) -> list[Tensor]:
    """Each process takes an equal share of every batch."""
    order = torch.randperm(rows).to(plan.world.device)
    size, rank = plan.world.size, plan.world.rank
    batches = list(order.split(plan.batch_size))[: plan.batches]
    return [rows[: len(rows) // size * size][rank::size] for rows in batches if len(rows) >= size]


def _validate(
    predictor: Predictor,
    examples: Examples,
    schema: Schema,
    progress: Progress,
    train_loss: float,
    plan: Plan,
) -> None:
    model = NetworkModel(predictor)
    some = slice(SCORED_ROWS)
    train = score(schema, examples.y_train[some], model.predict(examples.x_train[some]))
    valid = score(schema, examples.y_valid, model.predict(examples.x_valid))
    scale = float(predictor.spread) ** 2
    own = valid["log_loss"] if schema.is_classification else (valid["rmse"] or 0.0) ** 2 / scale
    loss = plan.world.agree(float(own if own is not None else np.nan))
    if not math.isfinite(loss):
        raise FloatingPointError(f"the validation loss is {loss} in epoch {progress.epoch}")
    place = {"epoch": progress.epoch, "step": progress.step}
    progress.history.append({**place, "split": "train", "loss": train_loss, **train})
    progress.history.append({**place, "split": "valid", "loss": loss, **valid})
    if loss < progress.best_loss:
        progress.best_loss, progress.best_epoch = loss, progress.epoch
        weights = predictor.state_dict()
        progress.best_state = {key: value.detach().clone() for key, value in weights.items()}
    LOG.info("epoch %d: loss %.4f, validation %.4f", progress.epoch, train_loss, loss)


def _exhausted(progress: Progress, plan: Plan) -> bool:
    return progress.epoch - progress.best_epoch >= plan.trainer.patience
