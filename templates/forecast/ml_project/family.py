"""This family of tasks: what it predicts, from which columns, with which models."""

from __future__ import annotations

from dataclasses import dataclass

TASKS = ("time_series_forecasting",)
ROLES = (
    "time",
    "series",
    "numeric",
    "categorical",
    "boolean",
    "text",
    "ignored",
    "target",
)
NETWORKS = ("mlp", "dlinear")
MAX_BODY_BYTES = 1_000_000  # of a request


@dataclass
class DataSettings:
    schema: str
    source_sha256: str | None
    valid_fraction: float
    context: str
    context_after: str
    window: int
    covariate_lags: int
    max_categories: int


@dataclass
class BaselineSettings:
    name: str


@dataclass
class LinearSettings:
    name: str
    strength: float


@dataclass
class GradientBoostingSettings:
    name: str
    iterations: int
    learning_rate: float
    max_leaf_nodes: int
    min_samples_leaf: int
    l2: float


@dataclass
class MlpSettings:
    name: str
    width: int
    depth: int
    dropout: float
    strength: float


@dataclass
class DlinearSettings:
    name: str
    average: int
    dropout: float


MODEL_SETTINGS: dict[str, type] = {
    "last_value": BaselineSettings,
    "seasonal_naive": BaselineSettings,
    "linear": LinearSettings,
    "gradient_boosting": GradientBoostingSettings,
    "mlp": MlpSettings,
    "dlinear": DlinearSettings,
}
