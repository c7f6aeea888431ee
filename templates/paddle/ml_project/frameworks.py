"""PyTorch and PaddlePaddle: which of them trains networks. Each is imported when a function needs
it: `--dry-run` needs only the standard library, and without Paddle torch still trains."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ml_project.errors import UsageError

if TYPE_CHECKING:
    from ml_project.models.predictor import NetworkModel
    from ml_project.training.learner import Learner
    from ml_project.training.world import World

FRAMEWORKS = ("torch", "paddle")
CHECKPOINTS = ("checkpoint.pt", "checkpoint.pdparams")
HAS_PADDLE = find_spec("paddle") is not None
PACKAGES = ("torch", "paddlepaddle") if HAS_PADDLE else ("torch",)  # whose versions a run records


def learner_of(framework: str) -> type[Learner]:
    if framework == "paddle":
        _check_installed()
        from ml_project.twin.learner import TwinLearner

        return TwinLearner
    from ml_project.training.learner import Learner

    return Learner


def load_network(path: Path) -> NetworkModel:
    if path.name == "checkpoint.pdparams":
        _check_installed()
        from ml_project.twin.checkpoint import load_predictor
        from ml_project.twin.model import TwinModel

        return TwinModel(load_predictor(path))
    from ml_project.models import predictor

    return predictor.load_network(path)


def join_world(framework: str, device: str) -> AbstractContextManager[World]:
    if framework == "paddle":
        _check_installed()
        from ml_project.twin.world import join_twin_world

        return join_twin_world(device)
    from ml_project.training import world

    return world.join_world(device)


def _check_installed() -> None:
    if not HAS_PADDLE:
        raise UsageError("PaddlePaddle is not installed: pip install -r requirements-paddle.txt")
