"""A network and the loss of any training rows, without the training around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ml_project.errors import UsageError
from ml_project.features import fit_features
from ml_project.models.predictor import Predictor, new_predictor
from ml_project.training.data import Data
from ml_project.training.examples import make_examples
from ml_project.training.fit import Job, check_model, is_network, set_seed


@dataclass(frozen=True)
class Rehearsal:
    predictor: Predictor
    rows: int
    data_mb: float  # what lies on the device through the whole training
    loss: Callable[[Sequence[int]], Tensor]


def rehearse(job: Job, data: Data) -> Rehearsal:
    """All rows of `data` are training rows here: nothing is scored."""
    settings, device = job.settings, job.world.device
    if not is_network(settings):
        raise UsageError(f"model.name={settings.model.name} is not trained in steps")
    check_model(settings, job.schema)
    set_seed(settings.seed)
    features = fit_features(job.schema, data.table, settings)
    examples = make_examples(features, job.schema, data.table, data.table)
    predictor = new_predictor(settings.model, features, len(job.schema.classes))
    predictor.prepare(*examples.tensors(torch.device("cpu"), predictor.classes))
    predictor.to(device).train()
    x, y = examples.tensors(device, predictor.classes)

    def loss(rows: Sequence[int]) -> Tensor:
        return predictor.loss(predictor.network(x[rows]), y[rows])

    return Rehearsal(predictor, len(x), (x.nbytes + y.nbytes) / 1e6, loss)
