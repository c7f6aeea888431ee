"""Images turned into arrays for training."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ml_project.features import Features, Matrix
from ml_project.models.estimators import EstimatorModel
from ml_project.models.predictor import NetworkModel
from ml_project.pairs import make_pairs
from ml_project.people import People, names_of, people_of
from ml_project.predictions import Predictions, Threshold, similarities
from ml_project.schema import Schema
from ml_project.table import Table


@dataclass(frozen=True)
class Images:
    """Pixels, and a number for each person among them."""

    x: Matrix
    people: People
    row_ids: list[str]
    names: list[str]

    def compared(
        self, model: EstimatorModel | NetworkModel, threshold: Threshold = 0.0
    ) -> Predictions:
        """Every pair by the model's similarity."""
        pairs = make_pairs(self.people)
        found = similarities(pairs, model.predict(self.x))
        return Predictions(self.row_ids, self.names, pairs, found, threshold)


@dataclass(frozen=True)
class Examples:
    train: Images
    valid: Images

    def tensors(self, device: torch.device, _: int = 0) -> tuple[Tensor, Tensor]:
        x = torch.from_numpy(self.train.x).to(device)
        return x, torch.from_numpy(self.train.people).to(device)


def images_of(features: Features, schema: Schema, table: Table) -> Images:
    return Images(
        features.transform(table.columns),
        people_of(schema, table),
        table.row_ids,
        names_of(schema, table),
    )
