"""What the training images looked like, for comparison with those that a service meets."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml_project.distributions import joint, numbers
from ml_project.features import Features
from ml_project.input_distributions import describe_column
from ml_project.models.estimators import EstimatorModel
from ml_project.models.predictor import NetworkModel
from ml_project.schema import Schema
from ml_project.table import Table
from ml_project.training.examples import Examples


def make_reference(
    schema: Schema,
    table: Table,
    features: Features,
    examples: Examples,
    model: EstimatorModel | NetworkModel,
) -> dict[str, Any]:
    """The images' sizes, their measures together, and the similarities of people who are not in
    the training set."""
    found = examples.valid.compared(model)
    return {
        "n": len(table),
        "columns": [describe_column(item, table.columns[item.name]) for item in schema.inputs],
        "features": joint(features.measures(examples.train.x).astype(np.float64)),
        "prediction": numbers(found.similarity[~found.pairs.search].tolist()),
    }
