"""A network and the loss of any training rows, without the training around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from ml_project.errors import UsageError
from ml_project.features import fit_features
from ml_project.models.predictor import Predictor, new_predictor
from ml_project.pairs import pairs_of
from ml_project.training.data import Data
from ml_project.training.examples import make_examples
from ml_project.training.fit import Job, is_network, set_seed


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
    set_seed(settings.seed)
    pairs = pairs_of(job.schema, data.table)
    features = fit_features(job.schema, pairs, settings)
    examples = make_examples(features, pairs)
    predictor = new_predictor(settings.model, features).to(device).train()

    def loss(rows: Sequence[int]) -> Tensor:
        source, before, target = examples.batch(rows, device)
        return predictor.loss(predictor.network(source, before), target)

    return Rehearsal(predictor, len(examples), 0.0, loss)
