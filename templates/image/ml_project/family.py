"""This family of tasks: a label for each image."""

from __future__ import annotations

from dataclasses import dataclass

TASKS = ("image_classification",)
ROLES = ("image", "ignored", "target")
NETWORKS = ("cnn", "resnet")
MAX_BODY_BYTES = 20_000_000  # of a request


@dataclass
class DataSettings:
    schema: str
    source_sha256: str | None
    valid_fraction: float
    images: str
    size: int


@dataclass
class BaselineSettings:
    name: str


@dataclass
class LinearSettings:
    name: str
    strength: float


@dataclass
class KernelSettings:
    name: str
    strength: float
    centres: int


@dataclass
class RandomForestSettings:
    name: str
    trees: int
    min_samples_leaf: int
    max_leaf_nodes: int


@dataclass
class NetworkSettings:
    name: str
    width: int
    depth: int
    dropout: float
    shift: float
    turn: float


MODEL_SETTINGS: dict[str, type] = {
    "majority": BaselineSettings,
    "linear": LinearSettings,
    "kernel": KernelSettings,
    "random_forest": RandomForestSettings,
    "cnn": NetworkSettings,
    "resnet": NetworkSettings,
}
