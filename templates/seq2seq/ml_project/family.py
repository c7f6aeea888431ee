"""This family of tasks: a text for each text, by which models."""

from __future__ import annotations

from dataclasses import dataclass

TASKS = ("sequence_to_sequence",)
ROLES = ("source", "ignored", "target")
NETWORKS = ("transformer", "gru")
MAX_BODY_BYTES = 1_000_000  # of a request


@dataclass
class DataSettings:
    schema: str
    source_sha256: str | None
    valid_fraction: float
    source_merges: int
    target_merges: int
    max_symbols: int
    max_characters: int


@dataclass
class CopySettings:
    name: str


@dataclass
class NearestSettings:
    name: str
    longest_run: int


@dataclass
class PhraseSettings:
    name: str
    order: int
    beam: int


@dataclass
class TransformerSettings:
    name: str
    width: int
    heads: int
    encoder_layers: int
    decoder_layers: int
    dropout: float
    label_smoothing: float
    beam: int
    length_penalty: float


@dataclass
class GruSettings:
    name: str
    width: int
    dropout: float
    label_smoothing: float
    beam: int
    length_penalty: float


MODEL_SETTINGS: dict[str, type] = {
    "copy": CopySettings,
    "nearest": NearestSettings,
    "phrase": PhraseSettings,
    "transformer": TransformerSettings,
    "gru": GruSettings,
}
