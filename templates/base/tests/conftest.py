"""Data sets that the tests make themselves, and the shipped sample whatever it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ml_project.settings import Settings
from ml_project.threads import limit_threads
from ml_project.training.data import Data
from ml_project.training.fit import Job
from ml_project.training.state import StateFile
from ml_project.training.world import World
from tests.made import make_data
from tests.places import ROOT, Made

WORLD = World(0, 1, torch.device("cpu"))


Make = Callable[[str], Made]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    limit_threads(1)


@pytest.fixture
def mini() -> Made:
    return Made(ROOT / "data" / "mini", ROOT / "data" / "schema.json")


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Small data with a clear signal, for one of the tasks of this family."""
    return lambda task: make_data(tmp_path, task)


def new_job(settings: Settings, data: Data, folder: Path | None = None) -> Job:
    state = StateFile(folder, settings.trainer.save_seconds)
    return Job(settings, data.schema, WORLD, state=state)


def with_callback(job: Job, on_epoch: Callable[..., None]) -> Job:
    return replace(job, on_epoch=on_epoch)
