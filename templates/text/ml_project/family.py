"""This family of tasks: a label for each text."""

from __future__ import annotations

from dataclasses import dataclass

TASKS = ("text_classification",)
ROLES = ("text", "ignored", "target")
NETWORKS = ("bag", "cnn")
MAX_BODY_BYTES = 1_000_000  # of a request


@dataclass
class DataSettings:
    schema: str
    source_sha256: str | None
    valid_fraction: float
    min_count: int
    max_terms: int
    max_terms_per_text: int
    max_words_per_text: int


@dataclass
class BaselineSettings:
    name: str


@dataclass
class NaiveBayesSettings:
    name: str
    smoothing: float


@dataclass
class LinearSettings:
    name: str
    strength: float


@dataclass
class BagSettings:
    name: str
    width: int
    dropout: float


@dataclass
class CnnSettings:
    name: str
    embedding: int
    filters: int
    widths: list[int]
    dropout: float


MODEL_SETTINGS: dict[str, type] = {
    "majority": BaselineSettings,
    "naive_bayes": NaiveBayesSettings,
    "linear": LinearSettings,
    "linear_balanced": LinearSettings,
    "bag": BagSettings,
    "cnn": CnnSettings,
}
