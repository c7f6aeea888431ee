"""This family of tasks: what it predicts, from which columns, with which models."""

from __future__ import annotations

from dataclasses import dataclass

TASKS = ("tabular_classification", "tabular_regression")
ROLES = ("numeric", "categorical", "boolean", "datetime", "text", "ignored", "group", "target")
NETWORKS = ("mlp", "tabm")
MAX_BODY_BYTES = 1_000_000  # of a request


@dataclass
class DataSettings:
    schema: str
    source_sha256: str | None
    valid_fraction: float
    min_category_count: int
    max_categories: int
    text_tokens: int


@dataclass
class BaselineSettings:
    name: str


@dataclass
class LinearSettings:
    name: str
    strength: float


@dataclass
class RandomForestSettings:
    name: str
    trees: int
    min_samples_leaf: int
    max_leaf_nodes: int


@dataclass
class GradientBoostingSettings:
    name: str
    iterations: int
    learning_rate: float
    max_leaf_nodes: int
    min_samples_leaf: int
    l2: float


@dataclass
class PoissonSettings:
    name: str
    alpha: float


@dataclass
class MlpSettings:
    name: str
    width: int
    depth: int
    dropout: float
    embedding: int
    bins: int


@dataclass
class TabmSettings:
    name: str
    width: int
    depth: int
    dropout: float
    embedding: int
    bins: int
    members: int


MODEL_SETTINGS: dict[str, type] = {
    "majority": BaselineSettings,
    "mean": BaselineSettings,
    "median": BaselineSettings,
    "linear": LinearSettings,
    "random_forest": RandomForestSettings,
    "gradient_boosting": GradientBoostingSettings,
    "ordinal": LinearSettings,
    "poisson": PoissonSettings,
    "poisson_boosting": GradientBoostingSettings,
    "median_boosting": GradientBoostingSettings,
    "mlp": MlpSettings,
    "tabm": TabmSettings,
}
