"""Fits any model of the table in models/ to images, with features fitted to those images only."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from ml_project.family import NETWORKS
from ml_project.features import Features, fit_features
from ml_project.frameworks import learner_of
from ml_project.models.estimators import EstimatorModel, fit_estimator
from ml_project.models.predictor import NetworkModel, new_predictor
from ml_project.schema import Schema
from ml_project.settings import Settings
from ml_project.table import Table
from ml_project.training.examples import Examples, images_of
from ml_project.training.loop import OnEpoch, overlap, train_network
from ml_project.training.plan import make_plan
from ml_project.training.state import StateFile
from ml_project.training.world import World

FAST_DEV_BATCHES = 3
Model = EstimatorModel | NetworkModel


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
    examples: Examples
    epochs: int
    steps: int
    batch_size: int
    seconds: float
    history: list[dict[str, Any]]


def is_network(settings: Settings) -> bool:
    return settings.model.name in NETWORKS


def fit(job: Job, train: Table, valid: Table) -> Fitted:
    set_seed(job.settings.seed)
    features = fit_features(job.schema, train, job.settings)
    examples = Examples(*(images_of(features, job.schema, part) for part in (train, valid)))
    start = time.perf_counter()
    run = _fit_network if is_network(job.settings) else _fit_estimator
    return run(job, features, examples, start)


def set_seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def _fit_network(job: Job, features: Features, examples: Examples, start: float) -> Fitted:
    torch.use_deterministic_algorithms(True, warn_only=True)
    settings = job.settings
    limit = FAST_DEV_BATCHES if job.fast_dev_run else 0
    plan = make_plan(len(examples.train.x), settings.trainer, settings.seed, job.world, limit)
    people = int(examples.train.people.max()) + 1
    predictor = new_predictor(settings.model, features, people)
    learner = learner_of(settings.framework)(predictor, examples, plan)
    progress = train_network(learner, examples, plan, job.state, job.on_epoch)
    predictor.cpu()
    return Fitted(
        learner.model(),
        features,
        examples,
        progress.epoch,
        progress.step,
        plan.batch_size,
        time.perf_counter() - start,
        progress.history,
    )


def _fit_estimator(job: Job, features: Features, examples: Examples, start: float) -> Fitted:
    train = examples.train
    model = fit_estimator(job.settings.model, features, train.x, train.people)
    history: list[dict[str, Any]] = []
    for split, images in (("train", train), ("valid", examples.valid)):
        found = images.compared(model)
        row = {"epoch": 1, "step": 1, "split": split, "loss": overlap(found)}
        history.append({**row, **found.curve_metrics()})
    seconds = time.perf_counter() - start
    return Fitted(model, features, examples, 1, 1, len(train.x), seconds, history)
