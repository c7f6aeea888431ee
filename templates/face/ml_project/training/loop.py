"""Trains a network: seeded, one-cycle, early stopping on people it has not seen, resumable."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

from ml_project.predictions import Predictions
from ml_project.training.examples import Examples
from ml_project.training.learner import Learner
from ml_project.training.plan import Plan
from ml_project.training.state import Progress, StateFile

LOG = logging.getLogger(__name__)
OnEpoch = Callable[[Progress], None]


def train_network(
    learner: Learner,
    examples: Examples,
    plan: Plan,
    state: StateFile,
    on_epoch: OnEpoch | None = None,
) -> Progress:
    """Leaves the weights of the best epoch in the learner's predictor."""
    predictor, optimiser = learner.predictor, learner.optimiser
    progress = state.load(predictor, optimiser)
    while progress.epoch < plan.epochs and not _exhausted(progress, plan):
        progress.epoch += 1
        loss = learner.run_epoch(progress)
        if not math.isfinite(loss):
            raise FloatingPointError(f"the training loss is {loss} in epoch {progress.epoch}")
        _validate(learner, examples, progress, loss, plan)
        if plan.world.is_main:
            state.save(progress, predictor, optimiser)
        if on_epoch is not None:
            on_epoch(progress)
    if plan.world.is_main:
        state.save(progress, predictor, optimiser, last=True)
    predictor.load_state_dict(progress.best_state)
    return progress


def _validate(
    learner: Learner, examples: Examples, progress: Progress, train_loss: float, plan: Plan
) -> None:
    found = examples.valid.compared(learner.model())
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
        weights = learner.predictor.state_dict()
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
