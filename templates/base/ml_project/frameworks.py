"""The framework that trains networks. Imported when a function is called, since `--dry-run` needs
only the standard library."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml_project.models.predictor import NetworkModel
    from ml_project.training.learner import Learner
    from ml_project.training.world import World

FRAMEWORKS = ("torch",)
CHECKPOINTS = ("checkpoint.pt",)
PACKAGES = ("torch",)  # whose versions a run records


def learner_of(_: str) -> type[Learner]:
    from ml_project.training.learner import Learner

    return Learner


def load_network(path: Path) -> NetworkModel:
    from ml_project.models import predictor

    return predictor.load_network(path)


def join_world(_: str, device: str) -> AbstractContextManager[World]:
    from ml_project.training import world

    return world.join_world(device)
