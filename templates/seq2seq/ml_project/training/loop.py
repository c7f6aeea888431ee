"""Trains a network: seeded, one-cycle, early stopping on validation, resumable."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ml_project.training.learner import Learner
from ml_project.training.plan import Plan
from ml_project.training.state import Progress, StateFile
from ml_project.training.tally import Tally

LOG = logging.getLogger(__name__)
OnEpoch = Callable[[Progress], None]


def train_network(
    learner: Learner,
    plan: Plan,
    state: StateFile,
    on_epoch: OnEpoch | None = None,
) -> Progress:
    """Leaves the weights of the best epoch in the learner's predictor."""
    predictor, optimiser = learner.predictor, learner.optimiser
    progress = state.load(predictor, optimiser)
    while progress.epoch < plan.epochs and not _exhausted(progress, plan):
        progress.epoch += 1
        train = learner.run_epoch(progress)
        _keep_best(learner, train, learner.validate(), progress, plan)
        if plan.world.is_main:
            state.save(progress, predictor, optimiser)
        if on_epoch is not None:
            on_epoch(progress)
    if plan.world.is_main:
        state.save(progress, predictor, optimiser, last=True)
    predictor.load_state_dict(progress.best_state)
    return progress


def _keep_best(
    learner: Learner, train: Tally, valid: Tally, progress: Progress, plan: Plan
) -> None:
    progress.history += [train.row(progress, "train"), valid.row(progress, "valid")]
    loss = plan.world.agree(valid.loss / valid.symbols)
    if loss < progress.best_loss:
        progress.best_loss, progress.best_epoch = loss, progress.epoch
        weights = learner.predictor.state_dict()
        progress.best_state = {key: value.detach().clone() for key, value in weights.items()}
    before_it = progress.history[-2]["loss"]
    LOG.info("epoch %d: loss %.4f, validation %.4f", progress.epoch, before_it, loss)


def _exhausted(progress: Progress, plan: Plan) -> bool:
    return progress.epoch - progress.best_epoch >= plan.trainer.patience
