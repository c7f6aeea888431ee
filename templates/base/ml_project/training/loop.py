"""Trains a network: seeded, one-cycle, early stopping on validation, resumable."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

import numpy as np

from ml_project.predictions import score
from ml_project.schema import Schema
from ml_project.training.examples import Examples
from ml_project.training.learner import Learner
from ml_project.training.plan import Plan
from ml_project.training.state import Progress, StateFile

LOG = logging.getLogger(__name__)
SCORED_ROWS = 10_000
OnEpoch = Callable[[Progress], None]


def train_network(
    learner: Learner,
    examples: Examples,
    schema: Schema,
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
        _validate(learner, examples, schema, progress, loss, plan)
        if plan.world.is_main:
            state.save(progress, predictor, optimiser)
        if on_epoch is not None:
            on_epoch(progress)
    if plan.world.is_main:
        state.save(progress, predictor, optimiser, last=True)
    predictor.load_state_dict(progress.best_state)
    return progress


def _validate(
    learner: Learner,
    examples: Examples,
    schema: Schema,
    progress: Progress,
    train_loss: float,
    plan: Plan,
) -> None:
    predictor, model = learner.predictor, learner.model()
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
