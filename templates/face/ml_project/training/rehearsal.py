"""A network and the loss of any training images, without the training around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from ml_project.errors import UsageError
from ml_project.features import fit_features
from ml_project.models.predictor import Predictor, new_predictor
from ml_project.training.data import Data
from ml_project.training.examples import Examples, images_of
from ml_project.training.fit import Job, is_network, set_seed


@dataclass(frozen=True)
class Rehearsal:
    predictor: Predictor
    rows: int
    data_mb: float  # what lies on the device through the whole training
    loss: Callable[[Sequence[int]], Tensor]


def rehearse(job: Job, data: Data) -> Rehearsal:
    """All images of `data` are training images here: nothing is scored."""
    settings, device = job.settings, job.world.device
    if not is_network(settings):
        raise UsageError(f"model.name={settings.model.name} is not trained in steps")
    set_seed(settings.seed)
    features = fit_features(job.schema, data.table, settings)
    images = images_of(features, job.schema, data.table)
    predictor = new_predictor(settings.model, features, int(images.people.max()) + 1)
    predictor.to(device).train()
    x, y = Examples(images, images).tensors(device)

    def loss(rows: Sequence[int]) -> Tensor:
        return predictor.loss(predictor.network(x[rows]), y[rows])

    return Rehearsal(predictor, len(x), (x.nbytes + y.nbytes) / 1e6, loss)
