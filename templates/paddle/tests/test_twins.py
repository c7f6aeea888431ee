"""The twins side by side: the same weights to begin with, the same batches, no dropout."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml_project.export.export import export_run
from ml_project.family import NETWORKS, TASKS
from ml_project.frameworks import HAS_PADDLE
from ml_project.models.store import checkpoint_path
from ml_project.runs import read_run
from ml_project.training.run import train_run
from ml_project.training.state import Progress, StateFile
from tests.conftest import Make, new_job, with_callback
from tests.made import MODELS, STILL
from tests.places import Made

pytestmark = pytest.mark.skipif(not HAS_PADDLE, reason="PaddlePaddle is not installed")
TOLERANCE = 1e-3  # of losses and metrics, relative: they round differently and drift apart slowly
PADDLE = "framework=paddle"


def trained(made: Made, folder: Path, *overrides: str) -> Path:
    settings = made.settings("trainer.epochs=1", *overrides)
    data = made.load(settings)
    train_run(new_job(settings, data, folder), data, folder)
    return folder


def figures(folder: Path) -> np.ndarray:
    with (folder / "metrics.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return np.array([[float(v or "nan") for k, v in row.items() if k != "split"] for row in rows])


def compare_twins(made: Made, folder: Path, *options: str) -> None:
    torch_run = trained(made, folder / "torch", *options, *STILL, "framework=torch")
    paddle_run = trained(made, folder / "paddle", *options, *STILL, PADDLE)
    want, got = figures(torch_run), figures(paddle_run)
    assert np.allclose(got, want, rtol=TOLERANCE, equal_nan=True), np.abs(got - want).max()
    assert read_run(paddle_run)["framework"] == "paddle"
    assert checkpoint_path(paddle_run).name == "checkpoint.pdparams"


@pytest.mark.parametrize("name", NETWORKS)
def test_the_twins_learn_the_same_from_the_mini_set(mini: Made, tmp_path: Path, name: str) -> None:
    compare_twins(mini, tmp_path, f"model.name={name}")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", NETWORKS)
def test_the_twins_learn_the_same(make: Make, tmp_path: Path, task: str, name: str) -> None:
    compare_twins(make(task), tmp_path, f"model.name={name}", *MODELS[name], "trainer.epochs=2")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_seed_gives_the_same_bytes(mini: Made, tmp_path: Path, name: str) -> None:
    options = [f"model.name={name}", PADDLE]
    folders = [trained(mini, tmp_path / part, *options) for part in ("a", "b")]
    for file in ("checkpoint.pdparams", "valid.csv", "metrics.csv"):
        assert (folders[0] / file).read_bytes() == (folders[1] / file).read_bytes(), file


def test_an_interrupted_training_ends_as_if_it_had_not_been(mini: Made, tmp_path: Path) -> None:
    overrides = ["trainer.epochs=3", "trainer.save_seconds=0", PADDLE]
    whole = trained(mini, tmp_path / "whole", *overrides)
    settings = mini.settings(*overrides)
    data = mini.load(settings)
    folder = tmp_path / "broken"
    job = new_job(settings, data, folder)
    with pytest.raises(KeyboardInterrupt):
        train_run(with_callback(job, stop_after_two), data, folder)
    state = StateFile(folder, 0, resume=folder)
    train_run(replace(job, state=state), data, folder)
    for file in ("checkpoint.pdparams", "valid.csv", "metrics.csv"):
        assert (folder / file).read_bytes() == (whole / file).read_bytes(), file


def stop_after_two(progress: Progress) -> None:
    if progress.epoch == 2:
        raise KeyboardInterrupt


@pytest.mark.parametrize("name", NETWORKS)
def test_the_export_answers_as_paddle_does(mini: Made, tmp_path: Path, name: str) -> None:
    """The run is read again from its folder, and the graph compared with what Paddle answers."""
    folder = trained(mini, tmp_path / "run", f"model.name={name}", PADDLE)
    schema = mini.load(mini.settings()).schema
    assert export_run(folder, schema, tmp_path / "models" / "current")["passed"]
