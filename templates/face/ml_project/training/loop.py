"""Trains a network: seeded, one-cycle, early stopping on people it has not seen, resumable."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ml_project.models.predictor import NetworkModel, Predictor
from ml_project.predictions import Predictions
from ml_project.training.examples import Examples
from ml_project.training.optimiser import new_optimiser
from ml_project.training.plan import Plan
from ml_project.training.schedule import learning_rate
from ml_project.training.state import Progress, StateFile

LOG = logging.getLogger(__name__)
OnEpoch = Callable[[Progress], None]


def train_network(
    predictor: Predictor,
    examples: Examples,
    plan: Plan,
    state: StateFile,
    on_epoch: OnEpoch | None = None,
) -> Progress:
    """Leaves the weights of the best epoch in `predictor`."""
    data = examples.tensors(plan.world.device)
    predictor.to(plan.world.device)
    optimiser = new_optimiser(predictor, plan.trainer)
    network = plan.world.wrap(predictor.network)
    progress = state.load(predictor, optimiser)
    while progress.epoch < plan.epochs and not _exhausted(progress, plan):
        progress.epoch += 1
        loss = _run_epoch(predictor, network, optimiser, data, progress, plan)
        _validate(predictor, examples, progress, loss, plan)
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
    predictor: Predictor, examples: Examples, progress: Progress, train_loss: float, plan: Plan
) -> None:
    found = examples.valid.compared(NetworkModel(predictor))
    loss = plan.world.agree(overlap(found))
    if not math.isfinite(loss):
        raise FloatingPointError(f"the validation loss is {loss} in epoch {progress.epoch}")
    place = {"epoch": progress.epoch, "step": progress.step}
    measured = found.curve_metrics()
    empty = dict.fromkeys(measured)
    progress.history.append({**place, "split": "train", "loss": train_loss, **empty})
    progress.history.append({**place, "split": "valid", "loss": loss, **measured})
    if loss < progress.best_loss:
        progress.best_loss, progress.best_epoch = loss, progress.epoch
        weights = predictor.state_dict()
        progress.best_state = {key: value.detach().clone() for key, value in weights.items()}
    LOG.info("epoch %d: loss %.4f, validation %.4f", progress.epoch, train_loss, loss)


def overlap(found: Predictions) -> float:
    """The equal error rate that normal distributions with the same decidability (d', Daugman 2000)
    would have: smooth where few pairs make the measured rate jump."""
    verify = ~found.pairs.search
    same, similarity = found.pairs.same[verify], found.similarity[verify].astype(float)
    genuine, impostor = similarity[same], similarity[~same]
    spread = math.sqrt((genuine.var() + impostor.var()) / 2)
    decidability = (genuine.mean() - impostor.mean()) / max(spread, 1e-9)
    return 0.5 * math.erfc(decidability / (2 * math.sqrt(2)))


def _exhausted(progress: Progress, plan: Plan) -> bool:
    return progress.epoch - progress.best_epoch >= plan.trainer.patience
