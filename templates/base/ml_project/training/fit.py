"""Fits any model of the table in models/ to rows, with features fitted to those rows only."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from ml_project.errors import UsageError
from ml_project.family import NETWORKS
from ml_project.features import Features, Matrix, fit_features
from ml_project.frameworks import learner_of
from ml_project.models.estimators import EstimatorModel, new_estimator
from ml_project.models.predictor import NetworkModel, new_predictor
from ml_project.predictions import score
from ml_project.schema import Schema
from ml_project.settings import Settings
from ml_project.table import Table
from ml_project.training.examples import Examples, make_examples
from ml_project.training.loop import OnEpoch, train_network
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

    def predict(self, table: Table) -> Matrix:
        return self.model.predict(self.features.transform(table.columns))


def is_network(settings: Settings) -> bool:
    return settings.model.name in NETWORKS


def fit(job: Job, train: Table, valid: Table) -> Fitted:
    check_model(job.settings, job.schema)
    set_seed(job.settings.seed)
    features = fit_features(job.schema, train, job.settings)
    examples = make_examples(features, job.schema, train, valid)
    start = time.perf_counter()
    run = _fit_network if is_network(job.settings) else _fit_estimator
    return run(job, features, examples, start)


def check_model(settings: Settings, schema: Schema) -> None:
    wrong = "mean" if schema.is_classification else "majority"
    if settings.model.name == wrong:
        raise UsageError(f"model.name={wrong} does not fit the task {schema.task}")


def set_seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def _fit_network(job: Job, features: Features, examples: Examples, start: float) -> Fitted:
    # Here, since it imports torch's compiler, for which other models need not wait.
    torch.use_deterministic_algorithms(True, warn_only=True)
    settings = job.settings
    rows = len(examples.x_train)
    limit = FAST_DEV_BATCHES if job.fast_dev_run else 0
    plan = make_plan(rows, settings.trainer, settings.seed, job.world, limit)
    predictor = new_predictor(settings.model, features, len(job.schema.classes))
    x, y = examples.tensors(torch.device("cpu"), predictor.classes)
    predictor.prepare(x, y)
    learner = learner_of(settings.framework)(predictor, examples, plan)
    progress = train_network(learner, examples, job.schema, plan, job.state, job.on_epoch)
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
    classes = len(job.schema.classes)
    estimator = new_estimator(job.settings.model, features, classes, job.settings.seed)
    y = examples.y_train.astype(np.int64) if classes else examples.y_train
    estimator.fit(examples.x_train, y)
    model = EstimatorModel(estimator, classes)
    history: list[dict[str, Any]] = []
    parts = (("train", examples.x_train, y), ("valid", examples.x_valid, examples.y_valid))
    for split, x, truth in parts:
        metrics = score(job.schema, truth.astype(np.float64), model.predict(x))
        loss = metrics["log_loss"] if classes else (metrics["rmse"] or 0.0) ** 2
        history.append({"epoch": 1, "step": 1, "split": split, "loss": loss, **metrics})
    seconds = time.perf_counter() - start
    return Fitted(model, features, examples, 1, 1, len(y), seconds, history)
