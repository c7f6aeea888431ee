"""Every configuration key with its type. Values live in configs/, not here."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any, get_type_hints

from ml_project.family import MODEL_SETTINGS, DataSettings
from ml_project.frameworks import FRAMEWORKS


@dataclass
class TrainerSettings:
    epochs: int
    batch_size: int
    learning_rate: float
    one_epoch_learning_rate: float
    weight_decay: float
    patience: int
    clip_norm: float
    accumulate: int
    amp: bool
    threads: int
    save_seconds: float
    # For some tasks alone; the configuration of another one leaves them out.
    interval_coverage: float = 0.9
    asked_recall: float | None = None
    asked_precision: float | None = None
    asked_false_accept_rate: float | None = None
    asked_true_accept_rate: float | None = None
    asked_accuracy: float | None = None
    threshold: float | None = None
    max_steps: int | None = None


@dataclass
class Settings:
    include: list[str]
    seed: int
    device: str
    output: str
    data: DataSettings
    trainer: TrainerSettings
    model: Any
    framework: str = FRAMEWORKS[0]


# What a number must exceed, and what it must stay below where there is such a bound.
BOUNDS: dict[str, tuple[float, float]] = {
    "data.valid_fraction": (0, 1),
    "trainer.epochs": (0, float("inf")),
    "trainer.batch_size": (-1, float("inf")),
    "trainer.learning_rate": (0, float("inf")),
    "trainer.one_epoch_learning_rate": (0, float("inf")),
    "trainer.patience": (0, float("inf")),
    "trainer.accumulate": (0, float("inf")),
    "trainer.threads": (0, float("inf")),
    "trainer.interval_coverage": (0, 1),
    "trainer.asked_recall": (0, 1.001),
    "trainer.asked_precision": (0, 1.001),
    "trainer.asked_false_accept_rate": (0, 1),
    "trainer.asked_true_accept_rate": (0, 1.001),
    "trainer.asked_accuracy": (0, 1.001),
    "trainer.threshold": (0, 1),
    "trainer.max_steps": (0, float("inf")),
}


def valid_keys(model: str) -> list[str]:
    """All keys in dotted form, for the given model."""
    return _dotted(Settings, MODEL_SETTINGS[model], "")


def _dotted(owner: type, model: type, prefix: str) -> list[str]:
    hints = get_type_hints(owner)
    keys: list[str] = []
    for field in fields(owner):
        kind = model if field.name == "model" else hints[field.name]
        path = prefix + field.name
        keys += _dotted(kind, model, f"{path}.") if is_dataclass(kind) else [path]
    return keys
