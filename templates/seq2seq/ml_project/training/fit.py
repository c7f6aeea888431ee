"""Fits any model to rows, with symbols and terms that come from those rows only."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from ml_project.family import NETWORKS
from ml_project.features import Features, fit_features
from ml_project.frameworks import learner_of
from ml_project.metrics import sequence_metrics
from ml_project.models.baselines import fit_baseline
from ml_project.models.predictor import new_predictor
from ml_project.models.store import Model
from ml_project.pairs import Pairs, pairs_of
from ml_project.schema import Schema
from ml_project.settings import Settings
from ml_project.table import Table
from ml_project.training.examples import make_examples
from ml_project.training.learner import Rows
from ml_project.training.loop import OnEpoch, train_network
from ml_project.training.plan import Plan, make_plan
from ml_project.training.state import StateFile
from ml_project.training.world import World

FAST_DEV_BATCHES = 3
SCORED_ROWS = 300


@dataclass(frozen=True)
class Job:
    """What to train and in which circumstances."""

    settings: Settings
    schema: Schema
    world: World
    fast_dev_run: bool = False
    state: StateFile = field(default_factory=lambda: StateFile(None, 0))
    on_epoch: OnEpoch | None = None


@dataclass(frozen=True)
class Fitted:
    model: Model
    features: Features
    train: Pairs
    valid: Pairs
    epochs: int
    steps: int
    batch_size: int
    seconds: float
    history: list[dict[str, Any]]

    def translate(self, texts: list[str]) -> list[str]:
        return self.features.translate(texts, self.model.graph)


def is_network(settings: Settings) -> bool:
    return settings.model.name in NETWORKS


def fit(job: Job, train: Table, valid: Table) -> Fitted:
    set_seed(job.settings.seed)
    start = time.perf_counter()
    pairs = pairs_of(job.schema, train), pairs_of(job.schema, valid)
    features = fit_features(job.schema, pairs[0], job.settings)
    run = _fit_network if is_network(job.settings) else _fit_baseline
    return run(job, features, *pairs, start)


def set_seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def _fit_network(job: Job, features: Features, train: Pairs, valid: Pairs, start: float) -> Fitted:
    torch.use_deterministic_algorithms(True, warn_only=True)
    predictor = new_predictor(job.settings.model, features)
    rows = Rows(make_examples(features, train), make_examples(features, valid))
    plan = bounded_plan(job, len(train))
    learner = learner_of(job.settings.framework)(predictor, rows, plan)
    progress = train_network(learner, plan, job.state, job.on_epoch)
    predictor.cpu()
    return Fitted(
        learner.model(),
        features,
        train,
        valid,
        progress.epoch,
        progress.step,
        plan.batch_size,
        time.perf_counter() - start,
        progress.history,
    )


def bounded_plan(job: Job, rows: int) -> Plan:
    """Fewer epochs where they would take more than `max_steps`; a long one ends there."""
    trainer = job.settings.trainer
    most = (trainer.max_steps or 0) * trainer.accumulate
    limit = FAST_DEV_BATCHES if job.fast_dev_run else most
    plan = make_plan(rows, trainer, job.settings.seed, job.world, limit)
    epochs = most // plan.batches if most else plan.epochs
    return replace(plan, epochs=max(1, min(plan.epochs, epochs)))


def _fit_baseline(job: Job, features: Features, train: Pairs, valid: Pairs, start: float) -> Fitted:
    """The loss is the character error rate, on at most `SCORED_ROWS` rows."""
    model = fit_baseline(features.kind, features.translator)
    seconds = time.perf_counter() - start
    history: list[dict[str, Any]] = []
    for split, pairs in (("train", train), ("valid", valid)):
        sources, targets = pairs.sources[:SCORED_ROWS], pairs.targets[:SCORED_ROWS]
        metrics = sequence_metrics(targets, features.translate(sources, model.graph))
        place = {"epoch": 1, "step": 1, "split": split, "loss": metrics["cer"]}
        history.append({**place, **metrics})
    return Fitted(model, features, train, valid, 1, 1, len(train), seconds, history)
